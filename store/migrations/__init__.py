"""How the schema grew: one file a step in `versions/`, run by `store.migrate`. A step, once released, never changes."""
