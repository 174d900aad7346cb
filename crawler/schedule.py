"""When a source is crawled, as data. The composition root makes triggers of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
# The day of the week by name only: cron counts from Sunday, APScheduler from Monday, a number means two things.
_CRON_FIELD = re.compile(r"[\d*/,\-]+")
_CRON_WEEKDAY = re.compile(r"\*|(?:mon|tue|wed|thu|fri|sat|sun)(?:[,-](?:mon|tue|wed|thu|fri|sat|sun))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Either an interval (`every`) or a crontab line (`cron`: minute hour day month weekday) in `timezone`.

    `jitter` moves each run by up to that much, so that sources do not all start in the same second.
    """

    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "Asia/Shanghai"
    jitter: timedelta = timedelta(0)


def duration(text: str) -> timedelta:
    """`text` as a time span; raises ValueError that says how to write one.

    >>> duration("30m"), duration("1.5h")
    (datetime.timedelta(seconds=1800), datetime.timedelta(seconds=5400))
    """
    found = _DURATION.fullmatch(text.strip())
    if not found or float(found[1]) == 0:
        raise ValueError(f"{text!r} is not a time span: write a number and a unit, like 90s, 30m, 12h or 2d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


def cron_line(text: str) -> str:
    """`text` if it is a crontab line that every scheduler reads the same way; raises ValueError."""
    fields = text.split()
    if len(fields) != 5:
        raise ValueError(f"{text!r} has {len(fields)} fields: write five, minute hour day month weekday")
    if not all(_CRON_FIELD.fullmatch(field) for field in fields[:4]):
        raise ValueError(f"{text!r}: the first four fields hold digits and * / , - only")
    if not _CRON_WEEKDAY.fullmatch(fields[4].lower()):
        raise ValueError(f"{text!r}: write the weekday by name (mon-fri) or *: its numbers mean different days")
    return " ".join(fields)
