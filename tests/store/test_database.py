from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from store import database
from store.database import open_engine, reading, writing
from store.store import open_store
from zhiwen.errors import StoreError


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url", "cannot be read"),
        ("mysql://u:p@h/d", "no support for 'mysql' databases"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_a_url_we_cannot_use_is_refused_with_examples(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as refused:
        open_engine(url)

    assert "postgresql://" in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_however_it_is_spelled(scheme: str) -> None:
    engine = open_engine(f"{scheme}://u:p@127.0.0.1/d")

    assert engine.url.drivername == "postgresql+psycopg"


def test_missing_psycopg_is_named_with_the_way_to_get_it() -> None:
    code = """
import sys
sys.modules["psycopg"] = None  # what an interpreter without the package answers
from store import database
from store.database import open_engine
from zhiwen.errors import StoreError
try:
    open_engine("postgresql://localhost/zhiwen")
except StoreError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "psycopg" in said
    assert "pip install 'zhiwen[postgres]'" in said


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/deep/down/zhiwen.db") as store:
        assert store.articles.count() == 0

    assert (tmp_path / "deep/down/zhiwen.db").is_file()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match=f"{tmp_path}/file/zhiwen.db"):
        open_engine(f"sqlite:///{tmp_path}/file/zhiwen.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "zhiwen.db"
    path.write_text("this is a letter to my mother " * 100)

    with pytest.raises(StoreError, match=r"zhiwen\.db cannot be used: file is not a database"):
        open_store(f"sqlite:///{path}")


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9/zhiwen cannot be used") as refused:
        open_store("postgresql://me:secret@127.0.0.1:9/zhiwen")

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_sqlite_is_durable_strict_and_patient(tmp_path: Path, pragma: str, value: object) -> None:
    with open_store(f"sqlite:///{tmp_path}/zhiwen.db") as store, reading(store.engine) as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_a_writer_is_alone_from_its_first_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deferred transaction would read here, and fail without waiting when it wants to write."""
    with open_store(f"sqlite:///{tmp_path}/zhiwen.db") as store:
        monkeypatch.setattr(database, "LOCK_WAIT", timedelta(milliseconds=20))
        impatient = open_engine(f"sqlite:///{tmp_path}/zhiwen.db")
        with (
            writing(store.engine),
            pytest.raises(StoreError, match="database is locked"),
            writing(impatient) as connection,
        ):
            connection.execute(text("SELECT 1"))
        impatient.dispose()


def test_a_transaction_that_raises_leaves_no_trace(database_url: str) -> None:
    def change_and_raise(engine: Engine) -> None:
        with writing(engine) as connection:
            connection.execute(text("UPDATE counters SET value = 7"))
            raise ZeroDivisionError

    with open_store(database_url) as store:
        with pytest.raises(ZeroDivisionError):
            change_and_raise(store.engine)

        assert store.articles.latest_seq() == 0


def test_others_who_are_handed_the_engine_write_safely_too(tmp_path: Path) -> None:
    """The scheduler's job store looks before it writes; a reader that became a writer would fail when we wrote first."""
    with open_store(f"sqlite:///{tmp_path}/zhiwen.db") as store:
        with store.engine.begin() as connection:
            connection.execute(text("SELECT * FROM counters"))
            writing_too = Thread(target=lambda: _count_up(store.engine))
            writing_too.start()
            writing_too.join(0.2)
            connection.execute(text("UPDATE counters SET value = value + 1 WHERE name = 'seq'"))
        writing_too.join(30)

        assert store.articles.latest_seq() == 2


def test_readers_wait_for_nobody(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/zhiwen.db") as store, writing(store.engine) as connection:
        connection.execute(text("UPDATE counters SET value = 5"))

        assert store.articles.latest_seq() == 0


def _count_up(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE counters SET value = value + 1 WHERE name = 'seq'"))
