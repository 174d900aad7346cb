"""Steps are named by number. They name columns and types themselves and import nothing of ours: they are history."""
