"""Alembic runs this file. The connection comes from `store.migrate`, in a transaction that is already locked."""

from __future__ import annotations

from alembic import context

# render_as_batch: SQLite changes a column by building the table anew; later steps get that for free.
context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
