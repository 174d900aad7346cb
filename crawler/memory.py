"""Visits and pages in memory: for tests, and for crawls whose memory ends with them."""

from __future__ import annotations

from datetime import datetime

from crawler.ports import Visit
from crawler.records import RawPage


class MemoryVisits:
    """crawler.ports.VisitMemory in a dict."""

    def __init__(self) -> None:
        self.visits: dict[str, Visit] = {}

    def get(self, url: str) -> Visit | None:
        return self.visits.get(url)

    def record(self, visit: Visit) -> None:
        self.visits[visit.url] = visit

    def due(self, source: str, now: datetime, limit: int) -> list[Visit]:
        due = [
            visit
            for visit in self.visits.values()
            if visit.source == source
            and visit.kind == "page"
            and visit.next_visit_at is not None
            and visit.next_visit_at <= now
        ]
        return sorted(due, key=lambda visit: (visit.next_visit_at, visit.url))[:limit]


class MemorySink:
    """crawler.ports.PageSink in a list."""

    def __init__(self) -> None:
        self.pages: list[RawPage] = []

    def put(self, page: RawPage) -> int:
        self.pages.append(page)
        return len(self.pages)
