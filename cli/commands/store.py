"""`zhiwen migrate`: bring the database to the schema of this version."""

from __future__ import annotations

import typer

from cli.context import loaded
from cli.output import say


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate() -> None:
    """Bring the database of this home to the schema of this version. Make a copy of the file first.

    Example: zhiwen migrate
    """
    from store.store import open_store

    current = loaded()
    current.home.mkdir(parents=True, exist_ok=True)
    with open_store(current.database_url, migrate=True):
        say("the database has the schema of this version")
