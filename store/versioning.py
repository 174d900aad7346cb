"""What an analysed page does to the article we have: nothing, or a new version. Decided here, without a database.

    no article at its URL yet                               added, version 1
    the page that the newest version came from, again       updated if the analysis now says anything else
    (`zhiwen spool retry`: better code)                       (reason "reanalysed")
    a page fetched before the article was last seen         unchanged (reason "late")
    a page fetched since                                    updated if something that people read has changed

A late page is one that waited while newer ones were analysed: a failure retried after a week, or an old page
retried together with all others. What it shows was true once and is not any more; as the newest version it
would undo a correction. So of all pages of an article only the newest one's page can be analysed anew to an effect,
which is what "analyse everything again" needs: in any order, by any number of workers, each article ends with what
the better code says of the page seen last.

People read the body, title, author, publisher and date. A difference in entities or figures alone is no correction by
the publisher: a later fetch does not make a version of it, a re-analysis does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from nlp.records import Article
from store.records import Outcome
from store.schema import storable
from store.serial import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest version we have. `page_id` is the page it came from; None where that is no longer kept."""

    article: Article
    version: int
    page_id: int | None
    last_fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    outcome: Outcome
    reason: str | None = None
    detail: str | None = None


def judge(newest: Newest | None, article: Article, *, page_id: int, fetched_at: datetime) -> Verdict:
    """`article` came from page `page_id`, fetched at `fetched_at`; `newest` is what we have at its URL."""
    if newest is None:
        return Verdict(outcome=Outcome.ADDED)
    if newest.page_id == page_id:
        if _all_said(newest.article) == _all_said(article):
            return Verdict(outcome=Outcome.UNCHANGED)
        return Verdict(outcome=Outcome.UPDATED, reason="reanalysed")
    if fetched_at < newest.last_fetched_at:
        seen = newest.last_fetched_at.isoformat(timespec="seconds")
        detail = f"fetched before the article was last seen ({seen}): version {newest.version} stands"
        return Verdict(outcome=Outcome.UNCHANGED, reason="late", detail=detail)
    changed = _changed(newest.article, article)
    if not changed:
        return Verdict(outcome=Outcome.UNCHANGED)
    return Verdict(outcome=Outcome.UPDATED, detail=f"changed: {', '.join(changed)}")


def _changed(before: Article, after: Article) -> list[str]:
    """The names of what people read and what is not the same any more."""
    return [
        name
        for name, old, new in (
            ("text", before.fingerprint, after.fingerprint),
            ("title", storable(before.title), storable(after.title)),
            ("author", storable(before.author or ""), storable(after.author or "")),
            ("publisher", storable(before.publisher or ""), storable(after.publisher or "")),
            ("published_at", _moment(before), _moment(after)),
        )
        if old != new
    ]


def _moment(article: Article) -> datetime | None:
    """In UTC: in the hour that clocks repeat, one moment in two spellings of its zone is unequal to itself."""
    return None if article.published_at is None else article.published_at.astimezone(UTC)


def _all_said(article: Article) -> str:
    """What the analysis says of the article. How it came to say so (lines, repairs, …) may change unnoticed."""
    return storable(to_json(replace(article, lines=(), repairs=(), published_from=None)))
