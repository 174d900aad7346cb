"""Query parameters to requests and back. The page and the API read the same ones.

    ?q=智谱 招股书&company=智谱&source=qbitai&event=listing&since=2025-12-01&until=2025-12-31&only=grade:media
     &sort=newest&limit=20&offset=0&cursor=…&collapse=1&timezone=Asia/Shanghai          a search
     &facet=company&facet=event&facet_size=10&histogram=week                          … and what it counts
     &by=company&compare=智谱&compare=MiniMax&interval=week&top=10                     counts over time
     &by=company&rising=1&days=7&top=10                                               what rises, up to `until`

`company`, `source`, `event`, `only`, `facet` and `compare` may stand several times. A parameter that is empty is as if
it were not there: that is what a form sends for a field nobody filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from index.records import SearchRequest, TrendRequest
from zhiwen.errors import InputError

SORTS = ("relevance", "newest")
FIGURE_SORT = "figure:"  # and a metric
MAX_QUERY = 2000  # characters, as the query language allows
MAX_LIMIT = 200
MAX_OFFSET = 10_000  # an engine builds everything before the offset too
MAX_FACET_SIZE = 1_000
MAX_TOP = 100  # each of them is a search
MAX_COMPARED = 20
MAX_FIGURES = 10_000
MAX_DAYS = 366
_FILTERS = frozenset({"q", "company", "source", "event", "only", "since", "until", "timezone"})
PAGING = frozenset({"sort", "limit", "offset", "cursor", "collapse"})
COUNTS = frozenset({"facet", "facet_size", "histogram"})
TRENDS = frozenset({"rising", "by", "compare", "interval", "top"})
RISES = frozenset({"rising", "by", "days", "top"})
_PLAIN = SearchRequest(query="")


def read_request(
    params: QueryParams, *, also: frozenset[str] = PAGING, fewest: int = 1, most: int = MAX_LIMIT
) -> SearchRequest:
    """`also`: what may stand there besides filters. Raises InputError that names the parameter and what it may be."""
    known = _FILTERS | also
    unknown = sorted(set(params) - known)
    if unknown:
        raise InputError(f"unknown parameter '{unknown[0]}'", hint=f"there are {', '.join(sorted(known))}")
    since, until = _day(params, "since"), _day(params, "until")
    if since and until and since > until:
        raise InputError(f"since ({since}) is after until ({until})", hint="swap them")
    cursor = _word(params, "cursor")
    return SearchRequest(
        query=_query(params),
        companies=_many(params, "company"),
        sources=_many(params, "source"),
        events=_many(params, "event"),
        only=_many(params, "only"),
        since=since,
        until=until,
        sort=_sort(params),
        limit=_number(params, "limit", default=20, low=fewest, high=most),
        # Beside a cursor it only says how many came before.
        offset=_number(params, "offset", default=0, low=0, high=99_999_999 if cursor else MAX_OFFSET),
        cursor=cursor,
        collapse=_flag(params, "collapse"),
        facets=_many(params, "facet"),
        facet_size=_number(params, "facet_size", default=10, low=1, high=MAX_FACET_SIZE),
        histogram=_word(params, "histogram"),
        timezone=_word(params, "timezone") or _PLAIN.timezone,
    )


def read_trends(params: QueryParams, *, also: frozenset[str] = TRENDS) -> TrendRequest:
    """Counts over time; `also` as in `read_request`, which says what is raised too."""
    compared = _many(params, "compare")
    if len(compared) > MAX_COMPARED:
        raise InputError(f"compare stands {len(compared)} times", hint=f"at most {MAX_COMPARED}")
    return TrendRequest(
        search=read_request(params, also=also),
        by=read_by(params),
        compare=compared,
        interval=_word(params, "interval"),
        top=_number(params, "top", default=10, low=1, high=MAX_TOP),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseWish:
    """What rises in the `days` days up to `search.until` (None: today). `search.since` is not set: the history is given."""

    search: SearchRequest
    by: str
    days: int
    top: int


def read_rises(params: QueryParams) -> RiseWish:
    """Raises as `read_request` does, and where what is asked says nothing beside `rising`."""
    if _word(params, "since"):
        raise InputError("rising does not go with since", hint="it looks at the `days` days up to `until`")
    return RiseWish(
        search=read_request(params, also=RISES),
        by=read_by(params),
        days=read_days(params),
        top=_number(params, "top", default=10, low=1, high=MAX_TOP),
    )


def read_days(params: QueryParams) -> int:
    return _number(params, "days", default=7, low=1, high=MAX_DAYS)


def read_by(params: QueryParams) -> str:
    return _word(params, "by") or "company"


def wants_rises(params: QueryParams) -> bool:
    return _flag(params, "rising")


def _query(params: QueryParams) -> str:
    query = params.get("q", "").strip()
    if len(query) > MAX_QUERY:
        raise InputError(f"q has {len(query)} characters", hint=f"at most {MAX_QUERY}")
    return query


def _many(params: QueryParams, name: str) -> tuple[str, ...]:
    # Doubled values are one; order is the caller's.
    return tuple(dict.fromkeys(value.strip() for value in params.getlist(name) if value.strip()))


def _day(params: QueryParams, name: str) -> date | None:
    value = params.get(name, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"{name} is '{value}'", hint="a day looks like 2025-12-24") from error


def _word(params: QueryParams, name: str) -> str | None:
    return params.get(name, "").strip() or None


def _flag(params: QueryParams, name: str) -> bool:
    value = params.get(name, "").strip().lower()
    if value not in _FLAGS:
        raise InputError(f"{name} is '{value}'", hint="it is 1 or 0")
    return _FLAGS[value]


# A ticked box without a value of its own sends "on".
_FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True, "on": True}


def _sort(params: QueryParams) -> str:
    sort = _word(params, "sort") or SORTS[0]
    if sort not in SORTS and not sort.startswith(FIGURE_SORT):
        raise InputError(f"sort is '{sort}'", hint="it is relevance or newest, or figure:METRIC, e.g. figure:revenue")
    return sort


def _number(params: QueryParams, name: str, *, default: int, low: int, high: int) -> int:
    value = params.get(name, "").strip() or str(default)
    # isdecimal alone lets through digits of other scripts and a thousand of them
    if not (value.isascii() and value.isdecimal() and len(value) < 9 and low <= int(value) <= high):
        raise InputError(f"{name} is '{value}'", hint=f"a whole number from {low} to {high}")
    return int(value)


def to_query_string(request: SearchRequest, *, default_limit: int = 20) -> str:
    """The parameters that `read_request` would read back as `request`, without its counts; defaults are left out."""
    pairs: list[tuple[str, str]] = [("q", request.query)] if request.query else []
    pairs += _repeated("company", request.companies)
    pairs += _repeated("source", request.sources)
    pairs += _repeated("event", request.events)
    pairs += _repeated("only", request.only)
    if request.since:
        pairs.append(("since", request.since.isoformat()))
    if request.until:
        pairs.append(("until", request.until.isoformat()))
    if request.sort != SORTS[0]:
        pairs.append(("sort", request.sort))
    if request.limit != default_limit:
        pairs.append(("limit", str(request.limit)))
    if request.collapse:
        pairs.append(("collapse", "1"))
    if request.timezone != _PLAIN.timezone:
        pairs.append(("timezone", request.timezone))
    if request.offset:
        pairs.append(("offset", str(request.offset)))
    if request.cursor:
        pairs.append(("cursor", request.cursor))
    return urlencode(pairs)


def _repeated(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


def at_offset(request: SearchRequest, offset: int) -> SearchRequest:
    """The page of `request` that begins there. From the first on, pages are better asked for by cursor."""
    return replace(request, offset=max(0, offset), cursor=None)


def narrowed(request: SearchRequest) -> bool:
    """Anything but sort and paging is set."""
    filters = (request.companies, request.sources, request.events, request.only, request.since, request.until)
    return bool(request.query) or any(filters)


def read_limit(params: QueryParams, *, default: int = 50, high: int = MAX_LIMIT) -> int:
    """The `limit` of a list. Raises InputError."""
    return _number(params, "limit", default=default, low=1, high=high)
