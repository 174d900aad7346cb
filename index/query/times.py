"""Times in queries: `2025`, `2025-12`, `2025-12-01`, `2025/12/1`, `20251201`, `today`, `7d`, with <, <=, >, >= and `..`.

A date is a whole day in China, a month or year all its days: `>2025-12` begins in January 2026.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from index.query.ast import Published
from zhiwen.times import CHINA

_AGO = re.compile(r"(?P<count>\d{1,4})(?P<unit>h|d|w|m|y|小时|天|日|周|个?月|年)", re.IGNORECASE)
_HOURS = {
    "h": 1,
    "小时": 1,
    "d": 24,
    "天": 24,
    "日": 24,
    "w": 168,
    "周": 168,
    "m": 730,
    "月": 730,
    "个月": 730,
    "y": 8760,
    "年": 8760,
}
_LONGEST = 100 * 8760  # older than the news; much further back there are no dates
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?)?[月年]?|(\d{4})(\d{2})(\d{2})")
EXAMPLES = "2025-12-01, 2025-12, >=2025-12-01, 2025-12-01..2025-12-31 or 7d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """[start, end) in UTC."""

    start: datetime
    end: datetime


def midnight(day: date, where: ZoneInfo = CHINA) -> datetime:
    """When `day` begins there, in UTC. Where clocks skip midnight, it begins when they go on."""
    return datetime.combine(day, time.min, tzinfo=where).astimezone(UTC)


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down: bounds are whole seconds, so nothing is lost."""
    return math.floor(moment.timestamp())


def moment(seconds: float) -> datetime:
    """The moment that `seconds` since 1970 are, whole ones, in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))


def days(since: date | None, until: date | None, *, where: ZoneInfo = CHINA) -> Published:
    """From the beginning of `since` to the end of `until`, both days there."""
    end = None if until is None else midnight(until + timedelta(days=1), where)
    return Published(start=None if since is None else midnight(since, where), end=end)


def period(text: str) -> Period | None:
    """What a date, month or year covers; None where `text` is none (2025-13-40 included).

    >>> period("2025-02").end.isoformat()
    '2025-02-28T16:00:00+00:00'
    """
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = (
        int(part) if part else None for part in (match[1] or match[4], match[2] or match[5], match[3] or match[6])
    )
    try:
        first = date(year or 0, month or 1, day or 1)
        # The years 1 and 9999 do not survive a change of time zone.
        return Period(start=midnight(first), end=midnight(_after(first, month=month, day=day)))
    except (ValueError, OverflowError):
        return None


def _after(first: date, *, month: int | None, day: int | None) -> date:
    if day:
        return first + timedelta(days=1)
    if month:
        return (first + timedelta(days=31)).replace(day=1)
    return date(first.year + 1, 1, 1)


def published(comparison: str, text: str, *, today: date) -> Published | None:
    """The condition that `published:<comparison><text>` means; None where `text` is no time."""
    if comparison in ("", "="):
        ago = _AGO.fullmatch(text)
        if ago:
            hours = int(ago["count"]) * _HOURS[ago["unit"].lower()]
            return Published(start=timedelta(hours=min(hours, _LONGEST)))
        if ".." in text:
            return _between(*text.split("..", 1), today=today)
    whole = _day_or_period(text, today=today)
    if whole is None:
        return None
    return {
        ">": Published(start=whole.end),
        ">=": Published(start=whole.start),
        "<": Published(end=whole.start),
        "<=": Published(end=whole.end),
    }.get(comparison, Published(start=whole.start, end=whole.end))


def _day_or_period(text: str, *, today: date) -> Period | None:
    named = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}.get(text.lower())
    return period(text if named is None else (today - timedelta(days=named)).isoformat())


def _between(first: str, last: str, *, today: date) -> Published | None:
    start, end = (_day_or_period(part, today=today) if part else None for part in (first, last))
    if (first and start is None) or (last and end is None) or not (first or last):
        return None
    return Published(start=start.start if start else None, end=end.end if end else None)
