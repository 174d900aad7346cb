"""Counts over time as bars of an inline SVG. Pure geometry: texts and links are printed by the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

HEIGHT = 100  # of the drawing, in its own units; a bucket is SLOT wide
SLOT = 10
_BAR = 8
_LOWEST = 3  # what is not nothing shows
MOST_BARS = 120  # more buckets are joined: bars of less than a few pixels tell nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """`label` says which days; `address` leads to the articles of them."""

    x: int
    y: float
    height: float
    label: str
    documents: int
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`first` and `last` are the labels of the ends, `top` the count of the highest bar, at `peak`."""

    bars: tuple[Bar, ...]
    width: int
    top: int
    peak: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Neighbouring buckets as one: whole days, both ends included."""

    since: date
    until: date
    documents: int


def chart(
    buckets: Sequence[date], counts: Sequence[int], *, interval: str, address: Callable[[date, date], str]
) -> Chart | None:
    """None where there is nothing to compare: fewer than two buckets."""
    if len(buckets) < 2:
        return None
    stretches = list(_stretches(buckets, counts, interval=interval))
    top = max(stretch.documents for stretch in stretches)
    bars = tuple(_bar(number, stretch, top=top, address=address) for number, stretch in enumerate(stretches))
    return Chart(
        bars=bars,
        width=SLOT * len(bars),
        top=top,
        peak=next(bar.label for bar in bars if bar.documents == top),
        first=bucket_label(buckets[0], interval),
        last=bucket_label(buckets[-1], interval),
    )


def _bar(number: int, stretch: Stretch, *, top: int, address: Callable[[date, date], str]) -> Bar:
    height = _height(stretch.documents, top)
    return Bar(
        x=number * SLOT + (SLOT - _BAR) // 2,
        y=HEIGHT - height,
        height=height,
        label=days_label(stretch.since, stretch.until),
        documents=stretch.documents,
        address=address(stretch.since, stretch.until),
    )


def _height(documents: int, top: int) -> float:
    return round(max(documents * HEIGHT / max(top, 1), _LOWEST if documents else 0), 1)


def spark(counts: Sequence[int], *, top: int | None = None) -> str:
    """Bars as one path, SLOT wide each: `d` of an SVG path. `top` is a full height, so that several can be compared.

    >>> spark([0, 1, 2])
    'M11 100v-50.0h8v50.0zM21 100v-100.0h8v100.0z'
    """
    joined = [sum(counts[at] for at in group) for group in groups(len(counts))]
    top = max(top or 0, 1, *joined) if joined else 1
    return "".join(
        f"M{number * SLOT + 1} {HEIGHT}v-{(height := _height(documents, top))}h{_BAR}v{height}z"
        for number, documents in enumerate(joined)
        if documents
    )


def spark_width(buckets: int) -> int:
    return SLOT * max(1, len(groups(buckets)))


def joined_top(series: Sequence[Sequence[int]]) -> int:
    """The highest bar of all series."""
    return max((sum(counts[at] for at in group) for counts in series for group in groups(len(counts))), default=1)


def groups(count: int, most: int = MOST_BARS) -> list[range]:
    """Neighbours that share a bar. Where it does not come out even, the first bar has fewer, not the newest.

    >>> groups(5, 3)
    [range(0, 1), range(1, 3), range(3, 5)]
    """
    size = max(1, ceil(count / most))
    first = count % size
    starts = [*([0] if first else []), *range(first, count, size)]
    return [range(start, first if start < first else start + size) for start in starts]


def _stretches(buckets: Sequence[date], counts: Sequence[int], *, interval: str) -> Iterator[Stretch]:
    for group in groups(len(buckets)):
        yield Stretch(
            since=buckets[group[0]],
            until=last_day(buckets[group[-1]], interval),
            documents=sum(counts[at] for at in group),
        )


def last_day(bucket: date, interval: str) -> date:
    """Of the day, week or month that begins with `bucket`."""
    match interval:
        case "month":
            return (bucket.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "week":
            return bucket + timedelta(days=6)
        case _:
            return bucket


def days_label(since: date, until: date) -> str:
    """
    >>> days_label(date(2025, 12, 1), date(2025, 12, 31)), days_label(date(2025, 12, 1), date(2025, 12, 1))
    ('2025-12', '2025-12-01')
    """
    if since == until:
        return since.isoformat()
    if since.day == 1 and until == last_day(since, "month"):
        return since.isoformat()[:7]
    return f"{since} 至 {until}"


def bucket_label(bucket: date, interval: str) -> str:
    return bucket.isoformat()[:7] if interval == "month" else bucket.isoformat()


def readable(months: int) -> str:
    """The interval that gives some ten to a hundred buckets: days up to two months, weeks up to two years."""
    if months <= 2:
        return "day"
    return "week" if months <= 24 else "month"
