"""What is remembered of URLs and of crawls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.ports import CrawlOutcome, CrawlReport, Problem, Visit
from store.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
VISIT = Visit(
    url="https://news.example/1",
    source="news",
    kind="page",
    status=200,
    fetched_at=NOON,
    etag='W/"智"',
    last_modified="Mon, 02 Mar 2026 11:00:00 GMT",
    sha256="ab" * 32,
    unchanged=2,
    first_seen_at=NOON - HOUR,
    next_visit_at=NOON + HOUR,
    hints={"title": '智谱"上市"', "published": "2026-03-02T11:00:00+00:00"},
)
REPORT = CrawlReport(
    source="news",
    started_at=NOON,
    finished_at=NOON + HOUR,
    outcome=CrawlOutcome.PARTIAL,
    requests=9,
    pages=5,
    not_modified=2,
    gone=1,
    skipped={"known": 30, "robots": 1},
    problems=(Problem(url="https://news.example/2", what="HTTP 500"),),
    retry_after=12.5,
)


def test_a_visit_comes_back_whole(store: Store) -> None:
    store.visits.record(VISIT)

    assert store.visits.get(VISIT.url) == VISIT
    assert store.visits.get("https://news.example/never") is None


def test_a_later_visit_replaces_the_earlier_one(store: Store) -> None:
    store.visits.record(VISIT)
    later = replace(VISIT, etag=None, status=304, unchanged=3, next_visit_at=None)

    store.visits.record(later)

    assert store.visits.get(VISIT.url) == later


def test_due_are_known_pages_of_the_source_the_longest_overdue_first(store: Store) -> None:
    for url, changes in {
        "b": {"next_visit_at": NOON},
        "a": {"next_visit_at": NOON - HOUR},
        "soon": {"next_visit_at": NOON + timedelta(seconds=1)},
        "never again": {"next_visit_at": None},
        "list": {"next_visit_at": NOON - HOUR, "kind": "list"},
        "other source": {"next_visit_at": NOON - HOUR, "source": "other"},
    }.items():
        store.visits.record(replace(VISIT, url=url, **changes))  # type: ignore[arg-type]

    assert [visit.url for visit in store.visits.due("news", NOON, 10)] == ["a", "b"]
    assert [visit.url for visit in store.visits.due("news", NOON, 1)] == ["a"]


def test_reports_come_back_whole_newest_first(store: Store) -> None:
    second = CrawlReport(
        source="news", started_at=NOON + HOUR, finished_at=NOON + HOUR, outcome=CrawlOutcome.UNREACHABLE
    )
    for report in (REPORT, second, replace(REPORT, source="other")):
        store.runs.record(report)

    assert store.runs.history("news", limit=10) == [second, REPORT]
    assert store.runs.history("news", limit=1) == [second]
    assert store.runs.latest("news") == second
    assert store.runs.latest("never crawled") is None


@pytest.mark.parametrize(
    ("outcomes", "failures"),
    [
        ("", 0),
        ("ok", 0),
        ("unreachable", 1),
        ("ok unreachable refused unhealthy failed", 4),
        ("failed partial", 0),
        ("failed failed ok failed", 1),
    ],
)
def test_failures_in_a_row_end_with_the_last_good_run(store: Store, outcomes: str, failures: int) -> None:
    for outcome in outcomes.split():
        store.runs.record(replace(REPORT, outcome=CrawlOutcome(outcome)))
    store.runs.record(replace(REPORT, source="other", outcome=CrawlOutcome.FAILED))

    assert store.runs.failures_in_a_row("news") == failures
