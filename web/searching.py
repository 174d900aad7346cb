"""Query parameters to a SearchRequest and back. The page and the API read the same ones.

    ?q=智谱 招股书&company=智谱&source=qbitai&event=listed&since=2025-12-01&until=2025-12-31&sort=newest&limit=20&offset=0

`company`, `source` and `event` may stand several times. A parameter that is empty is as if it were not there: that is
what a form sends for a field nobody filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from index.records import SearchRequest
from zhiwen.errors import InputError

SORTS = ("relevance", "newest")
MAX_QUERY = 2000  # characters, as the query language allows
MAX_LIMIT = 200
MAX_OFFSET = 10_000  # an engine builds everything before the offset too
_KNOWN = frozenset({"q", "company", "source", "event", "since", "until", "sort", "limit", "offset"})


def read_request(params: QueryParams, *, limit: int = 20) -> SearchRequest:
    """Raises InputError that names the parameter and what it may be."""
    unknown = sorted(set(params) - _KNOWN)
    if unknown:
        raise InputError(f"unknown parameter '{unknown[0]}'", hint=f"there are {', '.join(sorted(_KNOWN))}")
    since, until = _day(params, "since"), _day(params, "until")
    if since and until and since > until:
        raise InputError(f"since ({since}) is after until ({until})", hint="swap them")
    return SearchRequest(
        query=_query(params),
        companies=_many(params, "company"),
        sources=_many(params, "source"),
        events=_many(params, "event"),
        since=since,
        until=until,
        sort=_sort(params),
        limit=_number(params, "limit", default=limit, low=1, high=MAX_LIMIT),
        offset=_number(params, "offset", default=0, low=0, high=MAX_OFFSET),
    )


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


def _sort(params: QueryParams) -> str:
    sort = params.get("sort", "").strip() or SORTS[0]
    if sort not in SORTS:
        raise InputError(f"sort is '{sort}'", hint="it is relevance or newest")
    return sort


def _number(params: QueryParams, name: str, *, default: int, low: int, high: int) -> int:
    value = params.get(name, "").strip() or str(default)
    # isdecimal alone lets through digits of other scripts and a thousand of them
    if not (value.isascii() and value.isdecimal() and len(value) < 9 and low <= int(value) <= high):
        raise InputError(f"{name} is '{value}'", hint=f"a whole number from {low} to {high}")
    return int(value)


def to_query_string(request: SearchRequest, *, default_limit: int = 20) -> str:
    """The parameters that `read_request` would read back as `request`; defaults are left out."""
    pairs: list[tuple[str, str]] = [("q", request.query)] if request.query else []
    pairs += _repeated("company", request.companies)
    pairs += _repeated("source", request.sources)
    pairs += _repeated("event", request.events)
    if request.since:
        pairs.append(("since", request.since.isoformat()))
    if request.until:
        pairs.append(("until", request.until.isoformat()))
    if request.sort != SORTS[0]:
        pairs.append(("sort", request.sort))
    if request.limit != default_limit:
        pairs.append(("limit", str(request.limit)))
    if request.offset:
        pairs.append(("offset", str(request.offset)))
    return urlencode(pairs)


def _repeated(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for value in values]


def at_offset(request: SearchRequest, offset: int) -> SearchRequest:
    return replace(request, offset=max(0, offset))


def narrowed(request: SearchRequest) -> bool:
    """Anything but sort and paging is set."""
    filters = (request.companies, request.sources, request.events, request.since, request.until)
    return bool(request.query) or any(filters)


def read_limit(params: QueryParams, *, default: int = 50) -> int:
    """The `limit` of a list that has nothing else to choose. Raises InputError."""
    return _number(params, "limit", default=default, low=1, high=MAX_LIMIT)
