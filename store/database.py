"""Opening a database, and the two kinds of transactions that everything in `store` is made of.

`reading` sees one state and blocks nobody; `writing` commits when its block ends, or leaves no trace. What differs
between SQLite and PostgreSQL stands in this file, nowhere else.

Durability. A committed page survives kill -9, and the loss of power as well: SQLite runs with synchronous=FULL, not
with NORMAL, which may lose the last commits with the power. They must not be lost: the index and other consumers
remember ingest sequences, and a sequence given out twice would be skipped by them for ever.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError

from zhiwen.errors import StoreError

# How long a writer waits for the others. A transaction here lasts milliseconds; a migration may last seconds.
LOCK_WAIT = timedelta(seconds=30)

_URL_HINT = "give sqlite:////path/to/zhiwen.db or postgresql://user:password@host/database"


def open_engine(url: str) -> Engine:
    """An engine for `url`; makes the folder of a SQLite file, connects to nothing yet.

    Share it among threads, never across a fork: a child opens its own.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed)
    return _postgresql_engine(parsed)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with _explained(engine), engine.execution_options(sqlite_begin="DEFERRED").connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; on SQLite the only one, from its first statement on."""
    with _explained(engine), engine.begin() as connection:
        yield connection


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT with `on_conflict_do_…`, which SQLAlchemy has once a dialect, spelled the same."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def lock_name(connection: Connection, name: str) -> None:
    """Let one transaction at a time pass for `name`, until it ends. SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Not the URL itself: what cannot be parsed cannot be masked, and it may hold a password.
        raise StoreError("the database URL cannot be read", hint=_URL_HINT) from error
    if parsed.drivername == "postgres":  # as hosters write it
        return parsed.set(drivername="postgresql+psycopg")
    match parsed.get_backend_name():
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return parsed.set(drivername="sqlite+pysqlite")
        case "sqlite":
            raise StoreError("a database in memory cannot be shared by processes", hint=_URL_HINT)
        case other:
            raise StoreError(f"no support for {other!r} databases", hint=_URL_HINT)


def _sqlite_engine(url: URL) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of the database {path}: {error.strerror}") from error
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT.total_seconds()})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 must not begin transactions by itself: `_begin_sqlite` does
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_size_limit = 67108864")  # bytes; a burst must not leave gigabytes behind


def _switch_to_wal(connection: Any) -> None:
    """The file remembers WAL, so this works once in its life. SQLite does not wait for locks here: we do."""
    import sqlite3

    deadline = time.monotonic() + LOCK_WAIT.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    """IMMEDIATE unless told otherwise, also for others who are handed the engine (the scheduler's job store).

    A transaction that begins as a reader and becomes a writer later fails, without waiting, when somebody else wrote
    in between.
    """
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _postgresql_engine(url: URL) -> Engine:
    try:
        # The ping finds connections that died with a restart of the server before a page meets them.
        return create_engine(url, pool_pre_ping=True, connect_args={"application_name": "zhiwen"})
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs the package psycopg, which is not installed", hint="pip install 'zhiwen[postgres]'"
        ) from error


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    """Say which database is in trouble. A mistake of ours (a constraint, wrong SQL) passes through as it is."""
    try:
        yield
    except DBAPIError as error:
        trouble = isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError
        if not trouble:
            raise
        where = engine.url.render_as_string(hide_password=True)
        raise StoreError(f"the database {where} cannot be used: {str(error.orig).strip()}") from error
