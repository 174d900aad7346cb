"""What the crawler remembers of URLs, in the database."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from crawler.ports import Visit
from store.database import insert, reading, writing
from store.schema import visits

_FIELDS = [field.name for field in fields(Visit)]


class Visits:
    """crawler.ports.VisitMemory over the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, url: str) -> Visit | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(visits).where(visits.c.url == url)).one_or_none()
        return None if row is None else _visit(row)

    def record(self, visit: Visit) -> None:
        values = asdict(visit)
        with writing(self._engine) as connection:
            connection.execute(
                insert(connection, visits)
                .values(**values)
                .on_conflict_do_update(index_elements=[visits.c.url], set_=values)
            )

    def due(self, source: str, now: datetime, limit: int) -> list[Visit]:
        query = (
            select(visits)
            .where(visits.c.source == source, visits.c.kind == "page", visits.c.next_visit_at <= now)
            .order_by(visits.c.next_visit_at, visits.c.url)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [_visit(row) for row in connection.execute(query)]


def _visit(row: Row[Any]) -> Visit:
    columns = row._mapping
    return Visit(**{name: columns[name] for name in _FIELDS})
