"""Pages given by hand: into the spool, and how they ended."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler import crawl_here
from zhiwen.times import now

if TYPE_CHECKING:
    from crawler.folder import Refused
    from crawler.ports import CrawlReport, PageSink
    from crawler.records import RawPage
    from scheduler import Monitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What `zhiwen ingest` took: pages in the spool, files it refused, and how fetching went."""

    ids: tuple[int, ...]
    refused: tuple[Refused, ...] = ()
    crawl: CrawlReport | None = None


class _Remembering:
    """A sink that also remembers which pages it kept, once each."""

    def __init__(self, sink: PageSink) -> None:
        self._sink = sink
        self.ids: dict[int, None] = {}

    def put(self, page: RawPage) -> int:
        number = self._sink.put(page)
        self.ids[number] = None
        return number


def take(monitor: Monitor, *, paths: Sequence[Path], urls: Sequence[str]) -> Taken:
    """Put files, folders and URLs into the spool. URLs are fetched with the crawler's manners, robots.txt included."""
    from crawler.folder import read_pages
    from crawler.records import RawPage
    from crawler.sources import ingest_source

    sink = _Remembering(monitor.store.spool)
    refused: list[Refused] = []
    for path in paths:
        for page in read_pages(path, source="ingest", now=now()):
            if isinstance(page, RawPage):
                sink.put(page)
            else:
                refused.append(page)
    report = crawl_here(monitor, ingest_source(tuple(urls)), sink=sink) if urls else None
    return Taken(ids=tuple(sink.ids), refused=tuple(refused), crawl=report)


def outcomes_of(monitor: Monitor, ids: Sequence[int], *, stop: threading.Event) -> Counter[tuple[str, str]]:
    """How the pages of `ids` ended, waiting for those that another worker (a running daemon) has in hand."""
    outcomes: Counter[tuple[str, str]] = Counter()
    for number in ids:
        while (entry := monitor.store.spool.get(number)).outcome is None and not stop.wait(0.1):
            pass
        if entry.outcome is not None:
            outcomes[entry.outcome.value, entry.reason or ""] += 1
    return outcomes
