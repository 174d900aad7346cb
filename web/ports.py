"""What the web needs from others, said by it. `cli/services.py` implements it over store, index and schedule.

Calls come from several threads at a time, and every one reads the present: nothing is cached here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from alerts.records import Alert, Delivery
from index.records import Rises, SearchRequest, SearchResult, TrendRequest, Trends
from store.records import StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A source with its last run, as people look at it.

    status    "on", "opt_in" or "ack", as the source file says; `enabled`: it is crawled
    schedule  as the command line says it ("every 0:30:00", "cron 0 9 * * mon-fri Asia/Shanghai")
    every     the interval, where there is one; None for cron lines
    outcome   value of the last run's CrawlOutcome; None: it never ran
    pages, not_modified, gone, requests   of the last run
    problem   the first thing that went wrong in the last run; `problems` are all that were kept
    """

    id: str
    name: str
    kind: str
    enabled: bool
    status: str = "on"
    note: str = ""
    schedule: str = ""
    every: timedelta | None = None
    last_run_at: datetime | None = None
    next_run_at: datetime | None = None
    outcome: str | None = None
    requests: int = 0
    pages: int = 0
    not_modified: int = 0
    gone: int = 0
    problem: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    alert: Alert
    deliveries: tuple[Delivery, ...] = ()


class Services(Protocol):
    def search(self, request: SearchRequest) -> SearchResult:
        """An empty query matches everything that the filters let through. Raises QueryError."""

    def like(self, id: str, *, limit: int) -> SearchResult:
        """Articles most like the one of that id, never itself. Empty for an unknown id."""

    def trends(self, request: TrendRequest) -> Trends:
        """Counts over time. Raises QueryError, and InputError for other impossible wishes."""

    def rises(self, search: SearchRequest, *, by: str, days: int, top: int) -> Rises:
        """What is new or rises in the `days` days up to `search.until`, or today. Raises as `trends` does."""

    def figures(self, request: SearchRequest, *, limit: int) -> Mapping[str, Any]:
        """`{"total", "figures"}` as `zhiwen figures --json` answers, as `jsonable` data. Raises as `search` does."""

    def export(self, request: SearchRequest, *, form: str, address: str) -> Iterator[bytes]:
        """All that `request` finds as a file, the newest first: form is "csv", "jsonl" or "rss" (its newest alone).

        `address` is where a reader of the feed finds the search. Raises before the first bytes, or not at all.
        """

    def article(self, id: str) -> StoredArticle | None:
        """The latest version; None for an id that is not known."""

    def versions(self, id: str) -> Sequence[StoredArticle]:
        """All versions, oldest first."""

    def alerts(self, *, limit: int) -> Sequence[AlertRow]:
        """Newest first."""

    def sources(self) -> Sequence[SourceHealth]: ...

    def status(self) -> Mapping[str, Any]:
        """What runs and how much it holds, as `jsonable` data."""
