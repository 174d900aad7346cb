"""Times in queries: `2025`, `2025-12`, `2025年12月1日`, `2025Q3`, `今天`, `上周`, `7d`, `最近7天`, with <, <=, >, >= and ranges.

A date is a whole day in China, a month or year all its days: `>2025-12` begins in January 2026.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from index.query.ast import Published
from index.query.periods import stretch
from zhiwen.errors import InputError
from zhiwen.folding import fold
from zhiwen.times import CHINA

_DIGITS = {
    "半": 0.5,
    "一": 1,
    "两": 2,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_AGO = re.compile(
    rf"(?:最近|近|过去)?(?P<count>\d{{1,4}}|[{''.join(_DIGITS)}])"
    r"(?P<unit>h|d|w|m|y|个?小时|天|日|周|个?星期|个月|年)(?:以?内|以来)?"
)
_BARE = re.compile(r"\d{4}年")  # 2025年 is a year of the calendar, however long ago 5年 is
_HOURS = {
    "h": 1,
    "小时": 1,
    "d": 24,
    "天": 24,
    "日": 24,
    "w": 168,
    "周": 168,
    "星期": 168,
    "m": 730,
    "月": 730,
    "y": 8760,
    "年": 8760,
}
_LONGEST = 100 * 8760  # older than the news; much further back there are no dates
# How many of its kind before the one that holds today.
_DAYS = {"today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2}
_WEEKS = {"thisweek": 0, "本周": 0, "这周": 0, "本星期": 0, "这星期": 0, "lastweek": 1, "上周": 1, "上星期": 1}
_MONTHS = {"thismonth": 0, "本月": 0, "这个月": 0, "lastmonth": 1, "上月": 1, "上个月": 1}
_QUARTERS = {"本季度": 0, "这个季度": 0, "上季度": 1, "上个季度": 1}
_YEARS = {"thisyear": 0, "今年": 0, "本年": 0, "lastyear": 1, "去年": 1, "前年": 2}
_WITHOUT_YEAR = re.compile(r"(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号])?")
_RANGE = re.compile(r"\.{2,}|[~至到—–]+|…+")
EXAMPLES = "2025-12-01, 2025-12, >=2025-12-01, 2025-12-01..2025-12-31, 7d or 上周"


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


def period(text: str, *, today: date | None = None) -> Period | None:
    """What a date, month, quarter, half or year covers; None where `text` is none (2025-13-40 included).

    `today` is for what the calendar moves: 昨天, 上周 (from Monday), 去年, and 12月 without a year, the last that has begun.

    >>> period("2025-02").end.isoformat(), period("2025年第四季度").start.isoformat()
    ('2025-02-28T16:00:00+00:00', '2025-09-30T16:00:00+00:00')
    >>> period("上周", today=date(2026, 1, 1)).start.isoformat()
    '2025-12-21T16:00:00+00:00'
    """
    try:
        found = _moving(fold("".join(text.split())), today) if today else None
        first, after = found or _fixed(text) or (None, None)
        # The years 1 and 9999 do not survive a change of time zone.
        return Period(start=midnight(first), end=midnight(after)) if first and after else None
    except (ValueError, OverflowError):
        return None


def moves(text: str) -> bool:
    """Whether some part of `text` is a day or month that depends on today."""
    return any(_moving(fold("".join(part.split())), date(2024, 1, 1)) for part in _RANGE.split(text))


def _moving(text: str, today: date) -> tuple[date, date] | None:
    """The first day, and the one after the last."""
    if text in _DAYS:
        first = today - timedelta(days=_DAYS[text])
        return first, first + timedelta(days=1)
    if text in _WEEKS:
        first = today - timedelta(days=today.weekday(), weeks=_WEEKS[text])
        return first, first + timedelta(weeks=1)
    if text in _MONTHS:
        return _months(today.year, today.month - _MONTHS[text], count=1)
    if text in _QUARTERS:
        return _months(today.year, today.month - (today.month - 1) % 3 - 3 * _QUARTERS[text], count=3)
    if text in _YEARS:
        return _months(today.year - _YEARS[text], 1, count=12)
    match = _WITHOUT_YEAR.fullmatch(text)
    return _last_begun(match["month"], match["day"], today) if match else None


def _last_begun(month: str, day: str | None, today: date) -> tuple[date, date] | None:
    """The month, or day, of the last year in which it is there and not in the future: 2月29日 goes back furthest."""
    for year in range(today.year, max(0, today.year - 9), -1):
        try:
            first = date(year, int(month), int(day or 1))
        except ValueError:
            continue
        if first <= today:
            return (first, first + timedelta(days=1)) if day else _months(year, int(month), count=1)
    return None


def _fixed(text: str) -> tuple[date, date] | None:
    found = stretch(text)
    if found is None or found.fiscal:
        return None
    if found.day:
        first = date(found.year, found.month, found.day)
        return first, first + timedelta(days=1)
    return _months(found.year, found.month, count=found.months)


def _months(year: int, month: int, *, count: int) -> tuple[date, date]:
    """`count` months from that one on; month 0 is the December before. Raises ValueError for month 13."""
    if month > 12:
        raise ValueError(f"there is no month {month}")
    first, after = (divmod(month - 1 + further, 12) for further in (0, count))
    return date(year + first[0], first[1] + 1, 1), date(year + after[0], after[1] + 1, 1)


def published(comparison: str, text: str, *, today: date) -> Published:
    """The condition that `published:<comparison><text>` means. Raises InputError where `text` is no time."""
    ago = _ago(text)
    if ago is not None and comparison not in ("", "="):
        raise InputError(
            f"{text!r} is no date", hint="a span stands alone: published:7d, and -published:7d for what is older"
        )
    if ago is not None:
        return Published(start=ago)
    if comparison in ("", "="):
        first, *rest = _RANGE.split(text, maxsplit=1)
        if rest:
            return _between(text, first, rest[0], today=today)
    whole = _whole(text, today=today)
    return {
        ">": Published(start=whole.end),
        ">=": Published(start=whole.start),
        "<": Published(end=whole.start),
        "<=": Published(end=whole.end),
    }.get(comparison, Published(start=whole.start, end=whole.end))


def _ago(text: str) -> timedelta | None:
    text = fold("".join(text.split()))
    match = _AGO.fullmatch(text)
    if not match or _BARE.fullmatch(text):
        return None
    count = _DIGITS[match["count"]] if match["count"] in _DIGITS else int(match["count"])
    return timedelta(hours=min(count * _HOURS[match["unit"].removeprefix("个")], _LONGEST))


def _whole(text: str, *, today: date) -> Period:
    found = period(text, today=today)
    if found is None:
        raise InputError(f"{text.strip()!r} is no date", hint=f"write published:{EXAMPLES}")
    return found


def _between(text: str, first: str, last: str, *, today: date) -> Published:
    if not first.strip() and not last.strip():
        raise InputError(f"{text!r} is no date", hint=f"write published:{EXAMPLES}")
    start = _whole(first, today=today).start if first.strip() else None
    end = _whole(last, today=today).end if last.strip() else None
    if start and end and start >= end:
        raise InputError(f"{text!r} ends before it begins", hint="swap its ends")
    return Published(start=start, end=end)
