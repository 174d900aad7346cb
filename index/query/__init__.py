"""The query language: `parser` reads text into the syntax tree of `ast`, `plan` makes it ready for an engine."""
