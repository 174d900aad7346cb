from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from store import migrate as migrations
from store.database import open_engine, reading, writing
from store.migrate import Migration, current, head, migrate
from store.schema import metadata
from store.store import open_store
from zhiwen.errors import StoreError


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def test_the_code_works_with_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migrations._config()).get_current_head() == head()


def test_an_empty_database_is_built_silently(database_url: str, engine: Engine, capfd: pytest.CaptureFixture) -> None:
    assert current(engine) is None

    open_store(database_url).close()

    assert current(engine) == head()
    assert capfd.readouterr() == ("", "")


def test_the_migrated_schema_is_the_one_the_code_believes_in(engine: Engine) -> None:
    migrate(engine)

    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_a_current_database_does_nothing(engine: Engine) -> None:
    assert migrate(engine) == Migration(before=None, after=head())
    assert migrate(engine) == Migration(before=head(), after=head())


def test_older_data_is_refused_until_the_operator_migrates(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = migrate(engine)
    monkeypatch.setattr(migrations, "REVISION", "0099")

    with pytest.raises(StoreError, match=f"has schema {made.after}, this code needs 0099") as refused:
        open_store(database_url)

    assert "zhiwen migrate" in str(refused.value)


def test_visits_of_the_first_schema_are_kept_and_know_no_hints(database_url: str, engine: Engine) -> None:
    with writing(engine) as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO visits (url, source, kind, status, fetched_at, unchanged, first_seen_at) VALUES"
                " ('https://a.example/1', 'a', 'page', 200, '2026-03-02 12:00:00', 1, '2026-03-02 12:00:00')"
            )
        )

    assert migrate(engine) == Migration(before="0001", after=head())

    with closing(open_store(database_url)) as store:
        visit = store.visits.get("https://a.example/1")
    assert visit is not None
    assert (visit.unchanged, visit.hints) == (1, {})


@pytest.mark.parametrize("migrate_too", [False, True])
def test_newer_data_is_refused_even_by_migrate(database_url: str, engine: Engine, migrate_too: bool) -> None:
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="this code is older than the data"):
        open_store(database_url, migrate=migrate_too)

    assert current(engine) == "9999"


def test_a_migration_that_dies_half_way_leaves_the_old_schema(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = migrations._upgrade

    def die_after(connection: Connection) -> None:
        upgrade(connection)
        raise ZeroDivisionError

    monkeypatch.setattr(migrations, "_upgrade", die_after)
    with pytest.raises(ZeroDivisionError):
        migrate(engine)

    assert inspect(engine).get_table_names() == []


def test_tables_of_others_in_the_database_are_left_alone(database_url: str, engine: Engine) -> None:
    """The scheduler keeps its jobs beside our tables, and may come first."""
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE apscheduler_jobs (id TEXT)"))

    open_store(database_url).close()

    assert "apscheduler_jobs" in inspect(engine).get_table_names()


def test_processes_that_open_an_empty_database_together_all_find_it_built(database_url: str) -> None:
    code = "import sys; from store.store import open_store; open_store(sys.argv[1]).close()"
    together = [
        subprocess.Popen([sys.executable, "-c", code, database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in together]

    assert ended == [("", 0)] * 4


def test_opening_a_current_database_does_not_load_alembic(database_url: str) -> None:
    """Commands that only look something up must answer at once."""
    open_store(database_url).close()
    code = "import sys; from store.store import open_store; open_store(sys.argv[1]).close(); print('alembic' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code, database_url], capture_output=True, text=True, check=True)

    assert loaded.stdout == "False\n"
