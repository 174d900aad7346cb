"""`zhiwen migrate`: bring the database to the schema of this version."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import loaded
from cli.output import emit_json, say


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(
    json: Annotated[bool, typer.Option("--json", help="Schema before and after, as JSON on stdout.")] = False,
) -> None:
    """Bring the database of this home to the schema of this version. Make a copy of it first.

    Example: zhiwen migrate
    """
    from store.database import open_engine
    from store.migrate import migrate as run_migrations

    current = loaded()
    current.home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(current.database_url)
    try:
        done = run_migrations(engine)
    finally:
        engine.dispose()
    if json:
        emit_json(done)
    elif done.before == done.after:
        say(f"the database has schema {done.after} already: nothing to do")
    else:
        say(f"the database went from schema {done.before or 'none'} to {done.after}")
