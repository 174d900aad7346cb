"""Times that pages print, as moments. Chinese, ISO and relative forms; a time without an offset is the source's local time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from zhiwen.times import CHINA

_FULL = re.compile(
    r"(?P<y>(?:19|20)\d\d)\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})\s?日?"
    r"(?:[\sTt,，]{0,4}(?:周.|星期.|\(.{1,4}\))?\s{0,3}(?P<pm>上午|下午|晚上|凌晨|中午)?\s?(?P<h>\d{1,2})\s?[:：时点]\s?(?P<mi>\d{1,2})(?:\s?[:：分]\s?(?P<s>\d{2}))?"
    r"(?:\.\d+)?\s?(?P<off>[Zz](?![a-z])|[+-]\d{2}:?\d{2})?)?"
)
_SHORT = re.compile(
    r"(?<![\d-])(?P<m>0?[1-9]|1[0-2])\s?[-/月]\s?(?P<d>[0-3]?\d)\s?日?\s{1,3}(?P<h>\d{1,2}):(?P<mi>\d{2})(?!\d)"
)
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?:(?P<h>[0-2]\d)(?P<mi>[0-5]\d)(?P<s>[0-5]\d)?)?(?!\d)"
)
_AGO = re.compile(r"(\d{1,4})\s?(秒钟?|分钟|小时|天|周|星期)(?:之?前)")
_DAY_NAMES = re.compile(r"(今天|昨天|昨日|前天)\s{0,2}(\d{1,2}):(\d{2})")
_ENGLISH_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may may", "jun june", "jul july", "aug august", "sep september sept",
         "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_ENGLISH_MONTHS, key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?:(?P<d1>\d{{1,2}})\s+(?P<m1>{_MONTH})\.?,?\s+(?P<y1>20\d\d)|(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>20\d\d))",
    re.IGNORECASE,
)
_UNITS = {"秒": timedelta(seconds=1), "分": timedelta(minutes=1), "小": timedelta(hours=1), "天": timedelta(days=1),
          "周": timedelta(weeks=1), "星": timedelta(weeks=1)}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTime:
    """`moment` is aware. precision: "second", "minute", or "day" (then the moment is that day's midnight, local)."""

    moment: datetime
    precision: str
    text: str


def find_times(text: str, *, fetched_at: datetime, zone: tzinfo = CHINA) -> list[FoundTime]:
    """All times in `text` in order of their kind: full dates, short ones (of the year before `fetched_at`), relative ones.

    >>> [t.moment.isoformat() for t in find_times("2025年12月24日 18:56", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))]
    ['2025-12-24T18:56:00+08:00']
    """
    found = list(_full_times(text, zone))
    return (
        found
        or list(_short_times(text, fetched_at.astimezone(zone)))
        or list(_relative_times(text, fetched_at.astimezone(zone)))
    )


def _full_times(text: str, zone: tzinfo) -> Iterator[FoundTime]:
    for match in _FULL.finditer(text):
        parts = {key: int(value) for key in "ymdhs" if (value := match[key])}
        hour = _hour(match["h"], match["pm"])
        moment = _moment(parts["y"], parts["m"], parts["d"], hour, int(match["mi"] or 0), int(match["s"] or 0), zone)
        if moment is None:
            continue
        if match["off"]:
            moment = _with_offset(moment, match["off"])
        precision = "second" if match["s"] else "minute" if match["h"] else "day"
        yield FoundTime(moment=moment, precision=precision, text=match.group())
    for match in _ENGLISH.finditer(text):
        day, month, year = match["d1"] or match["d2"], match["m1"] or match["m2"], match["y1"] or match["y2"]
        moment = _moment(int(year), _ENGLISH_MONTHS[month.lower()], int(day), 0, 0, 0, zone)
        if moment is not None:
            yield FoundTime(moment=moment, precision="day", text=match.group())


def _hour(hour: str | None, half: str | None) -> int:
    value = int(hour or 0)
    return value + 12 if half in ("下午", "晚上") and value < 12 else value


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: tzinfo) -> datetime | None:
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _with_offset(moment: datetime, offset: str) -> datetime:
    if offset in "Zz":
        return moment.replace(tzinfo=UTC)
    sign = 1 if offset[0] == "+" else -1
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return moment.replace(tzinfo=timezone(sign * shift))


def _short_times(text: str, fetched: datetime) -> Iterator[FoundTime]:
    """Month and day without a year: the last such day before the page was fetched."""
    for match in _SHORT.finditer(text):
        for year in (fetched.year, fetched.year - 1):
            moment = _moment(
                year, int(match["m"]), int(match["d"]), int(match["h"]), int(match["mi"]), 0, fetched.tzinfo or UTC
            )
            if moment is not None and moment <= fetched + timedelta(days=1):
                yield FoundTime(moment=moment, precision="minute", text=match.group())
                break


def _relative_times(text: str, fetched: datetime) -> Iterator[FoundTime]:
    for match in _AGO.finditer(text):
        step = _UNITS[match.group(2)[0]]
        moment = fetched - min(int(match.group(1)), 5000) * step
        fine = step < timedelta(days=1)
        if not fine:
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        # "3 hours ago" is right to the hour, which says the minute of nothing: the day is all we claim.
        yield FoundTime(
            moment=moment, precision="minute" if step <= timedelta(minutes=1) else "day", text=match.group()
        )
    for match in _DAY_NAMES.finditer(text):
        day = fetched - timedelta(days={"今": 0, "昨": 1, "前": 2}[match.group(1)[0]])
        moment_ = _moment(
            day.year, day.month, day.day, int(match.group(2)), int(match.group(3)), 0, fetched.tzinfo or UTC
        )
        if moment_ is not None:
            yield FoundTime(moment=moment_, precision="minute", text=match.group())


def time_in_attribute(value: str, *, fetched_at: datetime, zone: tzinfo = CHINA) -> FoundTime | None:
    """The time in a meta's content or a JSON-LD property: also 20251224 and seconds since 1970."""
    value = value.strip()
    found = find_times(value, fetched_at=fetched_at, zone=zone)
    if found:
        return found[0]
    compact = _COMPACT.search(value)
    if compact:
        year, month, day, hour, minute, second = (int(compact[key] or 0) for key in ("y", "m", "d", "h", "mi", "s"))
        moment = _moment(year, month, day, hour, minute, second, zone)
        if moment is not None:
            return FoundTime(moment=moment, precision="minute" if compact["h"] else "day", text=value)
    if re.fullmatch(r"1\d{9}(?:\d{3})?", value):
        return FoundTime(moment=datetime.fromtimestamp(int(value[:10]), UTC), precision="second", text=value)
    return None


_URL_DAY = re.compile(r"(?<!\d)(20[0-3]\d)[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?!\d)")


def day_in_url(url: str, *, zone: tzinfo = CHINA) -> FoundTime | None:
    """The day in a path such as /2025-12/24/ or /20251224/."""
    for match in _URL_DAY.finditer(url):
        moment = _moment(int(match[1]), int(match[2]), int(match[3]), 0, 0, 0, zone)
        if moment is not None:
            return FoundTime(moment=moment, precision="day", text=match.group())
    return None
