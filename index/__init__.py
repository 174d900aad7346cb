"""Search: StoredArticle ─ document ─▶ Document ─ apply ─▶ engine; SearchRequest ─ plan ─▶ syntax tree ─ engine ─▶ Hit.

tokens      the one analysis; every engine, query and highlight goes through it
query/      text to syntax tree, and the tree made ready (names resolved, filters added)
matching    the tree over one document: memory engine, highlights, alerts
memory, embedded   the engines behind records.SearchIndex
sync        the only way documents get into an engine
"""
