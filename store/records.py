"""What the store hands on: articles as they were kept, and pages as they wait in the spool."""

from __future__ import annotations

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
    """

    id: str
    version: int
    seq: int
    stored_at: datetime
    first_stored_at: datetime
    gone_at: datetime | None = None
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What finishing a page did. `seq` is set where a version was stored."""

    outcome: Outcome
    reason: str | None = None
    article_id: str | None = None
    version: int | None = None
    seq: int | None = None
