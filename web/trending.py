"""The page of trends: what is wished for, and what the template prints of the answer.

    ?q=融资&by=company&compare=智谱、MiniMax&interval=week&since=2025-11-01&until=2025-12-31&days=7

Counts are of the days from `since` to `until`; what rises is told of the last `days` days up to `until`, or today.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from index.records import Rise, Rises, SearchRequest, Series, TrendRequest, Trends
from web import labels
from web.charts import Chart, bucket_label, chart, joined_top, last_day, spark, spark_width
from web.narrowing import SourceNames, search_address, value_label
from web.ports import Services
from web.searching import TRENDS, at_offset, read_days, read_trends, to_query_string

DAYS = (1, 7, 14, 30)  # windows to choose from
_TOP = 10
_PLAIN = SearchRequest(query="")
_BETWEEN = re.compile(r"[、，,;；]+")  # names in one field of the form


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`compare` as it was typed, so that the form shows it again; `names` as the index is asked for them."""

    search: SearchRequest
    by: str = "company"
    compare: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    interval: str | None = None
    days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRow:
    """`path` draws the counts (web.charts.spark); `peak` is the first of the highest buckets."""

    label: str
    address: str
    documents: int
    path: str
    most: int
    peak: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseRow:
    label: str
    address: str
    rise: Rise
    times: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RisesView:
    """`look` is the address of a page with news to look at, where the window has none."""

    rises: Rises
    rows: tuple[RiseRow, ...]
    look: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendsView:
    trends: Trends
    chart: Chart | None
    rows: tuple[SeriesRow, ...]
    spark_width: int
    first: str
    last: str
    rising: RisesView


# ── what is wished for ───────────────────────────────────────────────────────────────────────────────────────────────


def read_wish(params: QueryParams, names: SourceNames) -> Wish:
    """Raises InputError that names the parameter and what it may be."""
    asked = read_trends(params, also=TRENDS | {"days"})
    typed = tuple(
        dict.fromkeys(name for text in asked.compare for name in map(str.strip, _BETWEEN.split(text)) if name)
    )
    codes = _codes(asked.by, names)
    return Wish(
        search=asked.search,
        by=asked.by,
        compare=typed,
        names=tuple(codes.get(name, name) for name in typed),
        interval=asked.interval,
        days=read_days(params),
    )


def typed_wish(params: QueryParams) -> Wish:
    """What a form shows again that cannot be read as it is."""
    return Wish(
        search=SearchRequest(query=params.get("q", "")),
        by=params.get("by", "company"),
        compare=tuple(filter(None, params.getlist("compare"))),
    )


def _codes(by: str, names: SourceNames) -> dict[str, str]:
    """Values of a field by what people call them: a source by its name, a grade by its label. Companies know theirs."""
    tables = {"source": names, "grade": labels.GRADES, "lang": labels.LANGUAGES}
    return {label: code for code, label in tables.get(by, {}).items()}


def address(wish: Wish) -> str:
    pairs = [
        ("by", wish.by if wish.by != "company" else ""),
        ("compare", "、".join(wish.compare)),
        ("interval", wish.interval or ""),
        ("days", str(wish.days) if wish.days != Wish(search=wish.search).days else ""),
    ]
    filters = replace(at_offset(wish.search, 0), sort="relevance", limit=_PLAIN.limit, collapse=False)
    parts = (to_query_string(filters), urlencode([(name, value) for name, value in pairs if value]))
    query_string = "&".join(filter(None, parts))
    return f"/trends?{query_string}" if query_string else "/trends"


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def trends_view(services: Services, wish: Wish, names: SourceNames) -> TrendsView:
    """Raises as `Services.trends` does."""
    found = services.trends(
        TrendRequest(search=wish.search, by=wish.by, compare=wish.names, interval=wish.interval, top=_TOP)
    )
    ends = [bucket_label(bucket, found.interval) for bucket in found.buckets] or [""]
    return TrendsView(
        trends=found,
        chart=chart(found.buckets, found.all.counts, interval=found.interval, address=_days_address(wish.search)),
        rows=tuple(_series_rows(found, wish, names)),
        spark_width=spark_width(len(found.buckets)),
        first=ends[0],
        last=ends[-1],
        rising=_rises_view(services, wish, found, names),
    )


def _days_address(search: SearchRequest) -> Callable[[date, date], str]:
    return lambda since, until: search_address(replace(at_offset(search, 0), since=since, until=until))


def _series_rows(found: Trends, wish: Wish, names: SourceNames) -> Iterator[SeriesRow]:
    """Compared ones share a scale; the most frequent have each their own, so that the small ones show too."""
    top = joined_top([series.counts for series in found.series]) if wish.names else None
    for series in found.series:
        most = max(series.counts, default=0)
        yield SeriesRow(
            label=value_label(found.by, series.name, names),
            address=_only_address(wish.search, found.by, series.name),
            documents=series.documents,
            path=spark(series.counts, top=top),
            most=most,
            peak=_peak(found, series, most),
        )


def _peak(found: Trends, series: Series, most: int) -> str:
    return bucket_label(found.buckets[series.counts.index(most)], found.interval) if most else ""


def _only_address(search: SearchRequest, field: str, name: str) -> str:
    condition = f"{field}:{name}"
    only = search.only if condition in search.only else (*search.only, condition)
    return search_address(replace(at_offset(search, 0), only=only))


def _rises_view(services: Services, wish: Wish, found: Trends, names: SourceNames) -> RisesView:
    search = replace(wish.search, since=None)
    rises = services.rises(search, by=wish.by, days=wish.days, top=_TOP)
    window = replace(search, since=rises.window.since, until=rises.window.until)
    rows = tuple(
        RiseRow(
            label=value_label(rises.by, rise.name, names),
            address=_only_address(window, rises.by, rise.name),
            rise=rise,
            times="新" if rise.ratio is None else f"{rise.ratio:.1f}",
        )
        for rise in rises.terms
    )
    return RisesView(rises=rises, rows=rows, look=_last_news(wish, found) if not rises.window.documents else None)


def _last_news(wish: Wish, found: Trends) -> str | None:
    """The same page up to the last day that has articles; None where that is what was asked."""
    if not found.buckets:
        return None
    last = last_day(found.buckets[-1], found.interval)
    return address(replace(wish, search=replace(wish.search, until=last))) if last != wish.search.until else None
