"""The history of crawl runs: how each source has been doing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, func, select

from crawler.ports import CrawlOutcome, CrawlReport, Problem
from store.database import reading, writing
from store.schema import runs

# A run that brought something, if not everything. All others are failures: they count for the back-off.
_GOOD = [CrawlOutcome.OK, CrawlOutcome.PARTIAL]


class Runs:
    """Runs of a source are ordered as they were recorded: one source is never crawled twice at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, report: CrawlReport) -> None:
        with writing(self._engine) as connection:
            connection.execute(
                runs.insert().values(
                    source=report.source,
                    started_at=report.started_at,
                    finished_at=report.finished_at,
                    outcome=report.outcome,
                    requests=report.requests,
                    pages=report.pages,
                    not_modified=report.not_modified,
                    gone=report.gone,
                    skipped=dict(report.skipped),
                    problems=[{"url": problem.url, "what": problem.what} for problem in report.problems],
                    retry_after=report.retry_after,
                )
            )

    def latest(self, source: str) -> CrawlReport | None:
        found = self.history(source, limit=1)
        return found[0] if found else None

    def history(self, source: str, *, limit: int = 50) -> list[CrawlReport]:
        """Newest first."""
        query = select(runs).where(runs.c.source == source).order_by(runs.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [_report(row) for row in connection.execute(query)]

    def failures_in_a_row(self, source: str) -> int:
        """How many runs since the last one that was ok or partial."""
        last_good = (
            select(func.coalesce(func.max(runs.c.id), 0))
            .where(runs.c.source == source, runs.c.outcome.in_(_GOOD))
            .scalar_subquery()
        )
        query = select(func.count()).where(runs.c.source == source, runs.c.id > last_good)
        with reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one())


def _report(row: Row[Any]) -> CrawlReport:
    return CrawlReport(
        source=row.source,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=CrawlOutcome(row.outcome),
        requests=row.requests,
        pages=row.pages,
        not_modified=row.not_modified,
        gone=row.gone,
        skipped=row.skipped,
        problems=tuple(Problem(**problem) for problem in row.problems),
        retry_after=row.retry_after,
    )
