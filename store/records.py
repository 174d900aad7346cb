"""What the store hands on: articles as they were kept, and pages as they wait in the spool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.records import RawPage
from nlp.records import Article


class PageState(StrEnum):
    NEW = "new"
    CLAIMED = "claimed"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """How a page ended. Every page in the spool that is not new or claimed has exactly one."""

    ADDED = "added"  # a new article
    UPDATED = "updated"  # a new version of a known article
    UNCHANGED = "unchanged"  # the article we already have
    DROPPED = "dropped"  # no article in it; the reason is a DropReason
    FAILED = "failed"  # our code raised; the traceback is kept, `zhiwen spool retry` tries again


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolEntry:
    """A page in the spool. `page` carries the body only where the call says so (claim, get)."""

    id: int
    page: RawPage
    state: PageState
    attempts: int
    claim: str | None = None  # fencing token: only its holder may finish the page
    claimed_by: str | None = None
    lease_until: datetime | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    detail: str | None = None
    error: str | None = None  # traceback of a failure
    article_id: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """One version of an article.

    seq is the ingest sequence: it only grows, in the order in which versions became visible, whatever the
    publication date; index and alerts follow it. `gone_at`: since when the page has answered 404 or 410.
    `last_fetched_at`: when the page last showed the article, changed or not. Both belong to the article, not to
    the version: they stand as they were when it was read.
    """

    id: str
    version: int
    seq: int
    stored_at: datetime
    first_stored_at: datetime
    gone_at: datetime | None = None
    last_fetched_at: datetime | None = None
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What finishing a page did. `version` and `seq` are set where a version was stored.

    reason: the DropReason of a dropped page; "reanalysed" where a page that was analysed before says something new;
    "late" where the page was fetched before the newest version and so changed nothing.
    """

    outcome: Outcome
    reason: str | None = None
    article_id: str | None = None
    version: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many pages of a source ended in one way, for one reason."""

    outcome: Outcome
    reason: str | None
    source: str
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpoolCounts:
    """All pages of the spool, counted twice: by state (every state is there), and the ended ones by outcome."""

    states: Mapping[PageState, int]
    outcomes: tuple[OutcomeCount, ...]
