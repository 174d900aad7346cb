"""How a run ended, decided from what was noted on the way. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from crawler.ports import CrawlOutcome


class Answer(StrEnum):
    """What came of one request."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"
    NO_ANSWER = "no_answer"  # DNS, refused, reset, timeout
    REFUSED = "refused"  # robots, 401, 403, 429, 451, a challenge
    WRONG = "wrong"  # another status, not a feed, too large, cut short


_GOOD = frozenset({Answer.OK, Answer.NOT_MODIFIED})
REFUSING = frozenset({401, 403, 429, 451})


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """entries: the answers of the entry points. pages: of the articles behind them.

    items: how many articles the entry points named; None where no list was read anew (304).
    """

    entries: tuple[Answer, ...]
    pages: tuple[Answer, ...] = ()
    items: int | None = None
    min_items: int = 0
    max_items: int | None = None
    errors: int = 0  # our code raised
    stopped: bool = False  # before the end, by a signal or a limit


def outcome_of(noted: Noted) -> CrawlOutcome:
    if noted.errors:
        return CrawlOutcome.FAILED
    if not _any_good(noted.entries):
        return _all_bad(noted)
    if noted.items is not None and not _healthy(noted):
        return CrawlOutcome.UNHEALTHY
    whole = all(answer in _GOOD for answer in (*noted.entries, *noted.pages))
    return CrawlOutcome.OK if whole and not noted.stopped else CrawlOutcome.PARTIAL


def _any_good(entries: Iterable[Answer]) -> bool:
    return any(answer in _GOOD for answer in entries)


def _all_bad(noted: Noted) -> CrawlOutcome:
    if Answer.REFUSED in noted.entries:
        return CrawlOutcome.REFUSED
    if Answer.WRONG in noted.entries:
        return CrawlOutcome.UNHEALTHY
    if Answer.NO_ANSWER in noted.entries:
        return CrawlOutcome.UNREACHABLE
    return CrawlOutcome.PARTIAL  # stopped before the first answer


def _healthy(noted: Noted) -> bool:
    items = noted.items or 0
    return noted.min_items <= items and (noted.max_items is None or items <= noted.max_items)
