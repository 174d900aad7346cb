"""The schedule persists: what the sources say now, with the times of the last run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import load_settings
from crawler.children import Children, ChildrenStopped
from crawler.ports import CrawlOutcome, CrawlReport
from scheduler import Daemon, Monitor, build_schedule, crawl_in_child, retry_at, trigger_for

SHIPPED = Path(__file__).parent.parent.parent / "config"
NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def report(**values: Any) -> CrawlReport:
    return CrawlReport(
        **{"source": "a", "started_at": NOW, "finished_at": NOW, "outcome": CrawlOutcome.UNREACHABLE, **values}
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config" / "sources").mkdir(parents=True)
    for name in ("lexicon", "rules", "channels.yaml"):
        (tmp_path / "config" / name).symlink_to(SHIPPED / name)
    return tmp_path


def write_source(home: Path, id_: str, schedule: str, *, enabled: bool = True) -> None:
    (home / "config" / "sources" / f"{id_}.yaml").write_text(
        f"id: {id_}\nname: {id_}\nkind: folder\nenabled: {str(enabled).lower()}\nschedule: {schedule}\npath: /nowhere\n",
        encoding="utf-8",
    )


@contextmanager
def scheduled(home: Path) -> Iterator[dict[str, Any]]:
    """The crawl jobs by id, with the schedule running. The jobs find no daemon, so they do nothing."""
    environ = {"ZHIWEN_CONFIG": str(home / "config"), "ZHIWEN_HOME": str(home / "home")}
    with Monitor(load_settings(environ=environ)) as monitor:
        schedule = build_schedule(monitor)
        try:
            yield {job.id: job for job in schedule.get_jobs(jobstore="default")}
        finally:
            schedule.shutdown(wait=True)


def test_a_restart_keeps_the_next_time(home: Path) -> None:
    write_source(home, "a", "{cron: '0 17 * * mon-fri', timezone: Asia/Hong_Kong}")
    with scheduled(home):
        pass
    with scheduled(home) as first:
        before = first["crawl:a"].next_run_time

    with scheduled(home) as again:
        assert again["crawl:a"].next_run_time == before
        assert before.astimezone(UTC).hour == 9


def test_a_source_that_says_otherwise_is_scheduled_anew(home: Path) -> None:
    write_source(home, "a", "{every: 10m}")
    with scheduled(home) as jobs:
        assert str(jobs["crawl:a"].trigger) == "interval[0:10:00]"

    write_source(home, "a", "{every: 20m}")

    with scheduled(home) as jobs:
        assert str(jobs["crawl:a"].trigger) == "interval[0:20:00]"


@pytest.mark.parametrize("how", ["removed", "switched off"])
def test_a_source_that_is_no_more_is_not_scheduled(home: Path, how: str) -> None:
    write_source(home, "a", "{every: 10m}")
    write_source(home, "b", "{every: 10m}")
    with scheduled(home) as jobs:
        assert set(jobs) == {"crawl:a", "crawl:b"}

    if how == "removed":
        (home / "config" / "sources" / "b.yaml").unlink()
    else:
        write_source(home, "b", "{every: 10m}", enabled=False)

    with scheduled(home) as jobs:
        assert set(jobs) == {"crawl:a"}


def test_runs_that_were_missed_happen_once_and_late(home: Path) -> None:
    write_source(home, "a", "{every: 10m}")

    with scheduled(home) as jobs:
        job = jobs["crawl:a"]

    assert (job.coalesce, job.misfire_grace_time, job.max_instances) == (True, None, 1)


def test_jitter_and_time_zone_reach_the_trigger(home: Path) -> None:
    write_source(home, "a", "{cron: '30 16 * * mon-fri', timezone: Asia/Hong_Kong, jitter: 2m}")
    environ = {"ZHIWEN_CONFIG": str(home / "config"), "ZHIWEN_HOME": str(home / "home")}
    with Monitor(load_settings(environ=environ)) as monitor:
        trigger = trigger_for(monitor.source("a"))

    assert trigger.jitter == 120
    assert str(trigger.timezone) == "Asia/Hong_Kong"


@pytest.mark.parametrize(("failures", "minutes"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 360), (50, 360)])
def test_a_failing_source_is_asked_ever_more_rarely(failures: int, minutes: int) -> None:
    again = retry_at(report(), failures=failures, base=timedelta(minutes=30), cap=timedelta(hours=6))

    assert again == NOW + timedelta(minutes=minutes)


def test_retry_after_is_taken_at_its_word() -> None:
    again = retry_at(report(retry_after=86400.0), failures=1, base=timedelta(minutes=30), cap=timedelta(hours=6))

    assert again == NOW + timedelta(days=1)


def test_a_source_in_its_pause_is_not_crawled(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_source(home, "a", "{every: 10m}")
    environ = {"ZHIWEN_CONFIG": str(home / "config"), "ZHIWEN_HOME": str(home / "home")}
    asked: list[str] = []
    monkeypatch.setattr("scheduler.crawl_in_child", lambda *args, **_: asked.append(args[1]) or report())
    with Monitor(load_settings(environ=environ)) as monitor:
        daemon = Daemon(monitor)
        daemon.crawl("a")
        recent = datetime.now(UTC)
        monitor.store.runs.record(report(started_at=recent, finished_at=recent))
        daemon.crawl("a")
        long_ago = recent - timedelta(hours=1)
        monitor.store.runs.record(report(started_at=recent, finished_at=long_ago, outcome=CrawlOutcome.OK))
        daemon.crawl("a")

    assert asked == ["a", "a"], "asked at first, not in the pause after a failure, again after a success"


@pytest.fixture
def monitor(home: Path) -> Iterator[Monitor]:
    write_source(home, "a", "{every: 10m}")
    environ = {
        "ZHIWEN_CONFIG": str(home / "config"),
        "ZHIWEN_HOME": str(home / "home"),
        "ZHIWEN_CRAWL_TIMEOUT_SECONDS": "1",
    }
    with Monitor(load_settings(environ=environ)) as found:
        yield found


@pytest.mark.parametrize(
    ("child", "words"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "code -9 and no report"),
        ("print('{}')", "no report"),
        ("import time; time.sleep(60)", "ran longer than 1 s"),
    ],
)
def test_whatever_becomes_of_a_crawl_process_a_report_is_kept(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch, child: str, words: str
) -> None:
    import sys

    monkeypatch.setattr("scheduler.crawl_command", lambda _: [sys.executable, "-c", child])

    found = crawl_in_child(monitor, "a", children=Children())

    assert found.outcome == CrawlOutcome.FAILED
    assert words in found.problems[0].what
    kept = monitor.store.runs.latest("a")
    assert kept is not None
    assert kept.problems == found.problems


def test_no_crawl_starts_when_the_daemon_goes_down(monitor: Monitor) -> None:
    children = Children()
    children.stop()

    with pytest.raises(ChildrenStopped):
        crawl_in_child(monitor, "a", children=children)
