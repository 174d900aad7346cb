"""What to do with an address that a list named. Touches nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from crawler.addresses import is_private
from crawler.items import Item
from crawler.ports import Visit
from crawler.sources import FeedSource, ListSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """`reason` is counted in the report."""

    reason: str


def decide(item: Item, *, source: FeedSource | ListSource, visit: Visit | None, now: datetime) -> Fetch | Skip:
    """About an item with a web address. `visit` is what is remembered of the item's canonical address."""
    unwanted = _unwanted(item, source)
    if unwanted is not None:
        return Skip(reason=unwanted)
    # What the entry carries is here already; whether it changed is seen in its bytes.
    if visit is None or carries_article(item, source):
        return Fetch(item=item)
    if visit.next_visit_at is None or visit.next_visit_at > now:
        return Skip(reason="known")
    return Fetch(item=item)


def carries_article(item: Item, source: FeedSource | ListSource) -> bool:
    """An entry without content is fetched even from a full-text feed: some feeds drop it for some entries."""
    return source.full_text and bool(item.content.strip())


def _unwanted(item: Item, source: FeedSource | ListSource) -> str | None:
    if source.article_pattern and not re.search(source.article_pattern, item.url):
        return "no article (article_pattern)"
    if source.exclude_pattern and re.search(source.exclude_pattern, item.url):
        return "excluded address"
    if source.exclude_title and re.search(source.exclude_title, item.hints.get("title", "")):
        return "excluded title"
    if is_private(item.url) and not any(is_private(url) for url in source.urls):
        return "private address"
    return None
