"""What the crawler needs from others, said by the crawler. `store` implements it; `scheduler.py` joins the two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from crawler.records import RawPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is remembered of a URL: validators for the conditional GET, and when to look again.

    url is canonical. `unchanged` counts answers in a row that brought nothing new: the re-visit policy backs off by it.
    `kind`: "list" (feeds and list pages), "page". `next_visit_at` None: never again. `hints`: what lists and feeds said of
    the page (RawPage.hints); they name it for some days, and it is looked at again for weeks.
    """

    url: str
    source: str
    kind: str
    status: int
    fetched_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    sha256: str | None = None
    unchanged: int = 0
    first_seen_at: datetime
    next_visit_at: datetime | None = None
    hints: Mapping[str, str] = field(default_factory=dict)


class VisitMemory(Protocol):
    def get(self, url: str) -> Visit | None: ...

    def record(self, visit: Visit) -> None:
        """Insert or replace. Durable when it returns."""

    def due(self, source: str, now: datetime, limit: int) -> list[Visit]:
        """Known pages (kind "page") of a source whose next visit is due, the longest overdue first."""


class PageSink(Protocol):
    def put(self, page: RawPage) -> int:
        """Keep a page durably; returns its number in the spool."""


class CrawlOutcome(StrEnum):
    OK = "ok"
    PARTIAL = "partial"  # some requests failed, some pages came
    UNREACHABLE = "unreachable"  # no answer from the source's entry points: DNS, refused, timeout
    REFUSED = "refused"  # robots, 401, 403, 429, 451, a challenge page, terms not acknowledged
    UNHEALTHY = "unhealthy"  # it answered, but not what a healthy run looks like (source's `healthy:` numbers)
    FAILED = "failed"  # our code raised, or the crawl process died


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    url: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """One run over one source. `skipped` counts by reason what was seen and not fetched (known, robots, pattern …)."""

    source: str
    started_at: datetime
    finished_at: datetime
    outcome: CrawlOutcome
    requests: int = 0
    pages: int = 0
    not_modified: int = 0
    gone: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    retry_after: float | None = None  # seconds, where the site said so
