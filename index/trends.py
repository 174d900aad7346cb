"""What the news speaks of over time: counts a term and bucket, and terms that rise against their own history.

    TrendRequest ─ one search: histogram and facet of all that matches
                 ─ one search a term: its histogram, on the same buckets            ─▶ Trends
    RiseRequest  ─ one facet search for the window, one for each window before it   ─▶ Rises

Everything goes through a `Search` (SearchIndex.search, or Monitor.search): any engine will do.

How a rise is told. A term has c of the N articles of the window, and H of the M articles of its history: so many windows
of the same length before it. Counting shares of articles, not articles, keeps a new source, a holiday or an outage from
looking like a rise of everything. If the term's share had not changed, it would have E = (c+H)·N/(N+M) of the window, and

    G = 2·(c·ln(c/E) + H·ln(H/(c+H−E)))     log-likelihood ratio of two Poisson rates; chi-squared with one degree
    score = G / max(1, dispersion)           dispersion of the term's own counts from window to window (Pearson)

so that a term which always comes in bursts must burst higher than one that is steady. A term rises with a score of
MIN_SCORE and MIN_RATIO times its earlier share; it is new where its history has none. Dunning, "Accurate Methods for the
Statistics of Surprise and Coincidence" (1993), says why G and not the usual chi-squared: it stays right for rare terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import log
from typing import TypeAlias

from index.counting import FACETS, INTERVALS, MAX_VALUES
from index.records import (
    Count,
    Rise,
    RiseRequest,
    Rises,
    SearchRequest,
    SearchResult,
    Series,
    Span,
    TrendRequest,
    Trends,
)
from zhiwen.errors import InputError

Search: TypeAlias = Callable[[SearchRequest], SearchResult]

FIELDS = FACETS
# chi-squared of p = 0.0001, half of it upwards. Simulated on unchanged terms of 0.05 to 60 articles a window: at most 7 in 100,000.
MIN_SCORE = 15.1
MIN_RATIO = 2.0  # less than twice as much is sure in big numbers, and no news
MIN_DOCUMENTS = 3
MAX_TERMS = 1_000  # terms of a window that are compared, the most frequent first


# ── counts over time ─────────────────────────────────────────────────────────────────────────────────────────────────


def trends(request: TrendRequest, *, search: Search) -> Trends:
    """Raises QueryError for the query, InputError for other impossible wishes."""
    _check_field(request.by)
    if request.interval is not None and request.interval not in INTERVALS:
        raise InputError(f"no counts by {request.interval!r}", hint=f"options: {', '.join(INTERVALS)}")
    facets = () if request.compare else (request.by,)
    asked = _counting(request.search, facets=facets, facet_size=max(request.top, 1), histogram="month")
    found = search(asked)
    interval = request.interval or _readable(found.histogram)
    if interval != "month":
        found = search(replace(asked, histogram=interval))
    buckets = tuple(date.fromisoformat(count.value) for count in found.histogram)
    names = request.compare or [count.value for count in found.facets.get(request.by, ())[: request.top]]
    asked = replace(asked, facets=(), histogram=interval)
    return Trends(
        by=request.by,
        interval=interval,
        timezone=request.search.timezone,
        buckets=buckets,
        all=_series("", found.histogram, buckets),
        series=tuple(
            _series(name, search(_only(asked, request.by, name)).histogram, buckets) for name in dict.fromkeys(names)
        ),
    )


def _check_field(by: str) -> None:
    if by not in FIELDS:
        raise InputError(f"cannot count by {by!r}", hint=f"options: {', '.join(FIELDS)}")


def _counting(request: SearchRequest, **changes: object) -> SearchRequest:
    """`request` for its counts alone: no hits are ranked, cut or unpacked."""
    bare = replace(request, limit=0, offset=0, cursor=None, collapse=False, highlight=False, sort="newest")
    return replace(bare, **{"facets": (), "histogram": None, **changes})  # type: ignore[arg-type]  # fields by name


def _readable(months: Sequence[Count]) -> str:
    """Some ten to a hundred buckets: days up to two months, weeks up to two years."""
    if len(months) <= 2:
        return "day"
    return "week" if len(months) <= 24 else "month"


def _series(name: str, histogram: Sequence[Count], buckets: Sequence[date]) -> Series:
    held = {date.fromisoformat(count.value): count.documents for count in histogram}
    counts = tuple(held.get(bucket, 0) for bucket in buckets)
    return Series(name=name, documents=sum(counts), counts=counts)


def _only(request: SearchRequest, field: str, name: str) -> SearchRequest:
    """`request`, of the articles alone that have `name` in `field`: a filter beside the query, so any sign may stand in it."""
    return replace(request, only=(*request.only, f"{field}:{name}"))


# ── what rises ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Articles of some days: how many in all, and of each value; `complete` where no value was left out."""

    request: SearchRequest
    documents: int
    counts: Mapping[str, int]
    complete: bool


def rises(request: RiseRequest, *, search: Search) -> Rises:
    """New and rising values of a field. Raises as `trends` does."""
    _check_field(request.by)
    if request.days < 1 or request.windows < 2:
        raise InputError(
            f"{request.windows} windows of {request.days} days tell no rise",
            hint="at least 2 windows of history, of at least 1 day",
        )
    now, *before = (_window(request, number, search=search) for number in range(request.windows + 1))
    found = []
    for name, documents in _candidates(now):
        history = [_count(window, request.by, name, search=search) for window in before]
        rise = risen(name, documents, of=now.documents, history=history, volumes=[each.documents for each in before])
        if rise:
            found.append(rise)
    found.sort(key=lambda rise: (-rise.score, rise.name))
    since = _days(request, request.windows)[0]
    return Rises(
        by=request.by,
        window=Span(since=_days(request, 0)[0], until=request.until, documents=now.documents),
        history=Span(since=since, until=_days(request, 1)[1], documents=sum(each.documents for each in before)),
        terms=tuple(found[: request.top]),
    )


def _days(request: RiseRequest, number: int) -> tuple[date, date]:
    """First and last day of a window; 0 is the newest. Raises InputError before the calendar begins."""
    try:
        until = request.until - timedelta(days=number * request.days)
        return until - timedelta(days=request.days - 1), until
    except OverflowError:
        hint = "fewer days or windows"
        raise InputError(
            f"{request.windows} windows of {request.days} days are beyond the calendar", hint=hint
        ) from None


def _window(request: RiseRequest, number: int, *, search: Search) -> _Window:
    since, until = _days(request, number)
    size = MAX_VALUES if number else MAX_TERMS
    asked = _counting(request.search, since=since, until=until, facets=(request.by,), facet_size=size)
    found = search(asked)
    values = found.facets.get(request.by, ())
    return _Window(
        request=asked,
        documents=found.total,
        counts={count.value: count.documents for count in values},
        complete=len(values) < size,
    )


def _candidates(window: _Window) -> Iterator[tuple[str, int]]:
    return ((name, count) for name, count in window.counts.items() if count >= MIN_DOCUMENTS)


def _count(window: _Window, field: str, name: str, *, search: Search) -> int:
    held = window.counts.get(name)
    if held is not None or window.complete:
        return held or 0
    return search(_only(replace(window.request, facets=()), field, name)).total


def risen(name: str, documents: int, *, of: int, history: Sequence[int], volumes: Sequence[int]) -> Rise | None:
    """The rise of a term with `documents` of the `of` articles now, and history[i] of volumes[i] before; None where it is none.

    >>> risen("智谱", 30, of=100, history=[5, 4, 6, 5], volumes=[100, 100, 100, 100]).ratio
    6.0
    >>> risen("智谱", 7, of=100, history=[5, 4, 6, 5], volumes=[100, 100, 100, 100]) is None
    True
    """
    earlier, volume = sum(history), sum(volumes)
    if documents < MIN_DOCUMENTS or of == 0 or volume == 0:
        return None
    rate = earlier / volume
    ratio = documents / of / rate if earlier else None
    if ratio is not None and ratio < MIN_RATIO:
        return None
    score = _likelihood_ratio(documents, earlier, of=of, volume=volume) / max(1.0, _dispersion(history, volumes))
    if score < MIN_SCORE:
        return None
    return Rise(
        name=name,
        documents=documents,
        expected=rate * of,
        earlier=earlier,
        ratio=ratio,
        score=score,
        new=earlier == 0,
    )


def _likelihood_ratio(now: int, earlier: int, *, of: int, volume: int) -> float:
    expected = (now + earlier) * of / (of + volume)
    before = now + earlier - expected
    return 2 * (now * log(now / expected) + (earlier * log(earlier / before) if earlier else 0.0))


def _dispersion(history: Sequence[int], volumes: Sequence[int]) -> float:
    """How much more the counts move from window to window than chance does (1): Pearson's, over windows with articles."""
    rate = sum(history) / sum(volumes)
    held = [(count, rate * volume) for count, volume in zip(history, volumes, strict=True) if volume]
    if rate == 0 or len(held) < 2:
        return 1.0
    return sum((count - expected) ** 2 / expected for count, expected in held) / (len(held) - 1)
