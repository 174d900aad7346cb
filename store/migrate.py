"""Bringing a database to the schema of this code.

    empty    ─▶ built, silently
    current  ─▶ opened
    older    ─▶ refused: the operator runs `zhiwen migrate` when a backup is at hand
    newer    ─▶ refused: this code would not understand what it reads

All steps run in one transaction on either engine: a migration that dies leaves the old schema, whole.
Alembic is imported only where there is something to migrate; opening a current database costs one SELECT.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from store.database import lock_name, reading, writing
from store.schema import REVISION
from zhiwen.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What `migrate` did. `before` None: the database was empty. Equal: there was nothing to do."""

    before: str | None
    after: str


def head() -> str:
    """The schema revision that this code works with."""
    return REVISION


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one. Raises StoreError where it cannot be opened."""
    with reading(engine) as connection:
        return _revision(connection)


def ensure_current(engine: Engine) -> None:
    """Build an empty database; refuse one that is older or newer than this code with StoreError."""
    revision = current(engine)
    if revision is None:
        migrate(engine)
    elif revision != head():
        _refuse_newer(engine, revision)
        raise StoreError(
            f"the database {_name(engine)} has schema {revision}, this code needs {head()}",
            hint="make a backup, then run `zhiwen migrate`",
        )


def migrate(engine: Engine) -> Migration:
    """Run the steps that are missing. Of two processes that start together, one waits and finds the work done."""
    with writing(engine) as connection:
        lock_name(connection, "zhiwen migrate")
        before = _revision(connection)  # again, now that nobody else can change it
        if before != head():
            _refuse_newer(engine, before)
            _upgrade(connection)
    return Migration(before=before, after=head())


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _refuse_newer(engine: Engine, revision: str | None) -> None:
    """A revision without a file here was made by later code."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"this code is older than the data: the database {_name(engine)} has schema {revision},"
            f" which this code (schema {head()}) does not know",
            hint="install the newer zhiwen again, or give this one a database of its own",
        )


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
