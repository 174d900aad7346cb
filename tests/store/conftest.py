"""Every test that takes `store` or `database_url` runs twice: over SQLite, and over a real PostgreSQL.

ZHIWEN_TEST_POSTGRES_URL names a running server whose user may create databases. Without it a server is started for the
session from the programs of the machine. Where there are none, the PostgreSQL half is skipped with one loud line,
and fails when CI=true.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from crawler.records import RawPage
from nlp.records import Article, Dropped, DropReason
from store.records import Finished, SpoolEntry
from store.store import Store, open_store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_NO_SERVER = pytest.StashKey[str]()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of our own, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/home/zhiwen.db"
        return
    with _postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with open_store(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a server on which databases can be created."""
    if running := os.environ.get("ZHIWEN_TEST_POSTGRES_URL"):
        yield running
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not programs:
        missing = "no PostgreSQL server programs in /usr/lib/postgresql/*/bin, no ZHIWEN_TEST_POSTGRES_URL"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        request.config.stash[_NO_SERVER] = missing
        pytest.skip(missing)
    with _server(programs[-1]) as url:
        yield url


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if missing := config.stash.get(_NO_SERVER, None):
        terminalreporter.write_line(f"PostgreSQL NOT TESTED: {missing}", red=True, bold=True)


@contextmanager
def _server(programs: Path) -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="zhiwen-postgres-")
    try:
        user = _as_ordinary_user(folder)
        data = f"{folder}/data"
        initdb = [programs / "initdb", "-D", data, "-U", "zhiwen", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **user)
        port = _free_port()
        fast = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
        command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", *fast]
        with open(f"{folder}/log", "wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        try:
            url = f"postgresql+psycopg://zhiwen@127.0.0.1:{port}/postgres"
            _wait_until_ready(url, server, log=Path(folder, "log"))
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        shutil.rmtree(folder)


def _as_ordinary_user(folder: str) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    ordinary = names.get("postgres") or names["nobody"]
    os.chown(folder, ordinary.pw_uid, ordinary.pw_gid)
    return {"user": ordinary.pw_uid, "group": ordinary.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, server: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + 60
    engine = create_engine(url)
    try:
        while True:
            try:
                with engine.connect():
                    return
            except OperationalError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}") from None
                time.sleep(0.1)
    finally:
        engine.dispose()


@contextmanager
def _postgres_database(server_url: str) -> Iterator[str]:
    name = f"zhiwen_{uuid.uuid4().hex}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()


@pytest.fixture(scope="session")
def noon() -> datetime:
    """When the pages of these tests were fetched, unless they say otherwise."""
    return NOON


@pytest.fixture(scope="session")
def a_page() -> Callable[..., RawPage]:
    def build(slug: str = "1", *, after: timedelta = timedelta(0), **changes: Any) -> RawPage:
        """Page `slug` of one site, fetched `after` noon."""
        url = f"https://news.example/{slug}"
        usual = {"url": url, "final_url": url, "source": "news", "fetched_at": NOON + after, "body": slug.encode()}
        return RawPage(**usual | changes)

    return build


@pytest.fixture(scope="session")
def an_article() -> Callable[..., Article]:
    def build(page: RawPage, **changes: Any) -> Article:
        usual = {
            "url": page.url,
            "canonical_url": page.url,
            "source": page.source,
            "title": "智谱通过港交所聆讯",
            "fetched_at": page.fetched_at,
            "language": "zh",
            "text": "智谱今日通过聆讯。",
            "fingerprint": "f1",
        }
        return Article(**usual | changes)

    return build


@pytest.fixture
def enter(store: Store, an_article: Callable[..., Article]) -> Callable[..., Finished]:
    """Put a page, claim it, and finish it with an article (fields as given), or as gone."""

    def run(page: RawPage, *, gone: bool = False, **changes: Any) -> Finished:
        store.spool.put(page)
        return finish_one(page, gone=gone, **changes)

    def finish_one(page: RawPage, *, gone: bool = False, **changes: Any) -> Finished:
        (entry,) = store.spool.claim("w", limit=1, lease=timedelta(minutes=5))
        assert entry.page.url == page.url
        if gone:
            dropped = Dropped(url=page.url, source=page.source, reason=DropReason.GONE, detail="HTTP 404")
            return store.finish(entry, dropped)
        return store.finish(entry, an_article(page, **changes))

    run.again = finish_one  # type: ignore[attr-defined]
    return run


@pytest.fixture
def claim_one(store: Store) -> Callable[..., SpoolEntry]:
    def run(worker: str = "w", *, lease: timedelta = timedelta(minutes=5)) -> SpoolEntry:
        (entry,) = store.spool.claim(worker, limit=1, lease=lease)
        return entry

    return run
