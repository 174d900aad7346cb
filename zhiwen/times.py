"""Times are aware and in UTC everywhere; only edges (pages, people) speak local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

# Chinese news sites print times without an offset; all of them mean this one (facts/sources.md).
CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present, aware, UTC. The only clock of the product: tests travel with time-machine."""
    return datetime.now(UTC)


def require_utc(moment: datetime, *, what: str) -> datetime:
    """`moment` in UTC; raises ValueError for a naive time, naming `what`."""
    if moment.tzinfo is None:
        raise ValueError(f"{what} is a naive time ({moment.isoformat()}): give it a time zone")
    return moment.astimezone(UTC)
