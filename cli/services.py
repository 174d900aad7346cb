"""What the web page and `zhiwen sources` ask for, over the parts of one home."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhiwen.errors import IndexError_

if TYPE_CHECKING:
    from crawler.ports import CrawlReport
    from crawler.schedule import Schedule
    from crawler.sources import Source
    from index.records import Rises, SearchRequest, SearchResult, TrendRequest, Trends
    from scheduler import Monitor
    from store.records import StoredArticle
    from web.ports import AlertRow, SourceHealth


_FEED = 100  # items: feed readers come back for more


class WebServices:
    """web.ports.Services over the parts of one home."""

    def __init__(self, monitor: Monitor, next_runs: Callable[[], Mapping[str, datetime]] = dict) -> None:
        self._monitor = monitor
        self._next_runs = next_runs

    def search(self, request: SearchRequest) -> SearchResult:
        return self._monitor.search(request)

    def like(self, id: str, *, limit: int) -> SearchResult:
        return self._monitor.index.like(id, limit=limit)

    def trends(self, request: TrendRequest) -> Trends:
        from index.trends import trends

        return trends(request, search=self._monitor.search)

    def rises(self, search: SearchRequest, *, by: str, days: int, top: int) -> Rises:
        from cli.rising import rises

        return rises(search, by=by, days=days, top=top, search=self._monitor.search)

    def figures(self, request: SearchRequest, *, limit: int) -> dict[str, Any]:
        from cli.figures import Sorted, answer, rows

        with Sorted(rows(self._monitor, request)) as ordered:
            return answer(ordered, limit=limit)

    def export(self, request: SearchRequest, *, form: str, address: str) -> Iterator[bytes]:
        from cli.export import channel, hits, lines

        # Newest first and uncollapsed: the one order that can be read through to any depth.
        asked = replace(request, sort="newest", collapse=False, offset=0, cursor=None)
        found = hits(asked, search=self._monitor.search, limit=_FEED if form == "rss" else None)
        return lines(found, form=form, channel=channel(request.query, address=address), bom=True)

    def article(self, id: str) -> StoredArticle | None:
        return self._monitor.store.articles.get(id)

    def versions(self, id: str) -> Sequence[StoredArticle]:
        return self._monitor.store.articles.versions(id)

    def alerts(self, *, limit: int) -> Sequence[AlertRow]:
        from web.ports import AlertRow

        ledger = self._monitor.store.ledger
        return [
            AlertRow(alert=alert, deliveries=tuple(ledger.deliveries(alert_id=alert.id)))
            for alert in ledger.alerts(limit=limit)
        ]

    def sources(self) -> Sequence[SourceHealth]:
        runs, next_runs = self._monitor.store.runs, self._next_runs()
        return [
            source_health(source, runs.latest(source.id), next_run_at=next_runs.get(source.id))
            for source in self._monitor.sources
        ]

    def status(self) -> dict[str, Any]:
        store = self._monitor.store
        latest = store.articles.latest_seq()
        return {
            "home": str(self._monitor.home),
            "articles": store.articles.count(),
            "pages_waiting": store.spool.waiting(),
            "sequence": latest,
            "index": self._index_status(latest),
            "deliveries_pending": dict(store.ledger.pending()),
            "outcomes": store.spool.counts(),
        }

    def _index_status(self, latest: int) -> dict[str, Any]:
        """A server that is down is news about the index, and hides nothing about the rest."""
        try:
            index = self._monitor.index.status()
        except IndexError_ as error:
            return {"engine": self._monitor.settings.index, "error": error.message, "hint": error.hint}
        return {
            "engine": index.engine,
            "documents": index.documents,
            "lag": max(0, latest - index.position),
            "health": index.health,
            "rejected": index.rejected,
        }


def schedule_words(when: Schedule) -> str:
    """A schedule as people say it: "every 0:30:00", "cron 0 17 * * mon-fri Asia/Hong_Kong"."""
    return f"every {when.every}" if when.every is not None else f"cron {when.cron} {when.timezone}"


def source_health(source: Source, last: CrawlReport | None, *, next_run_at: datetime | None = None) -> SourceHealth:
    """A source and its last run in one row."""
    from web.ports import SourceHealth

    row = SourceHealth(
        id=source.id,
        name=source.name,
        kind=source.kind,
        enabled=source.enabled,
        status=source.status,
        note=source.note,
        schedule=schedule_words(source.when),
        every=source.when.every,
        next_run_at=next_run_at,
    )
    if last is None:
        return row
    problems = tuple(f"{problem.url} {problem.what}".strip() for problem in last.problems)
    return replace(
        row,
        last_run_at=last.finished_at,
        outcome=last.outcome.value,
        requests=last.requests,
        pages=last.pages,
        not_modified=last.not_modified,
        gone=last.gone,
        problem=problems[0] if problems else None,
        problems=problems,
    )
