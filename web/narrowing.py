"""Facets beside the results and the filters in force: each is a link to the same search with, or without, one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from index.records import Count, SearchRequest, SearchResult
from web import labels
from web.searching import at_offset, to_query_string

FACETS = ("company", "event", "source", "grade", "lang")
FACET_SIZE = 8
_ALIKE = frozenset({"grade", "lang"})  # say nothing where all articles have the same
_FILTERS = {"company": "companies", "source": "sources", "event": "events"}

SourceNames = Mapping[str, str]
Address = Callable[[SearchRequest], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value to narrow by. Where it is `chosen`, the address is that of the search without it."""

    label: str
    documents: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    field: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChip:
    """A filter in force, and the address of the same search without it."""

    label: str
    address: str


def search_address(request: SearchRequest) -> str:
    return "/?" + to_query_string(request)


def value_label(field: str, value: str, names: SourceNames) -> str:
    """What people call a value of a facet; itself where it has no other name."""
    known: dict[str, Mapping[str, str]] = {
        "event": labels.EVENTS,
        "grade": labels.GRADES,
        "lang": labels.LANGUAGES,
        "source": names,
    }
    return known.get(field, {}).get(value, value)


def facets(found: SearchResult, request: SearchRequest, names: SourceNames) -> tuple[Facet, ...]:
    """Those that tell articles apart, in the order of FACETS."""
    views = (
        Facet(
            field=field,
            label=labels.FACETS[field],
            choices=tuple(_choice(field, count, request, names) for count in found.facets.get(field, ())),
        )
        for field in FACETS
    )
    return tuple(view for view in views if _tells(view))


def _tells(view: Facet) -> bool:
    if view.field in _ALIKE:
        return len(view.choices) > 1 or any(choice.chosen for choice in view.choices)
    return bool(view.choices)


def _choice(field: str, count: Count, request: SearchRequest, names: SourceNames) -> Choice:
    start = at_offset(request, 0)
    condition = f"{field}:{count.value}"
    filter_ = _FILTERS.get(field)
    filtered: tuple[str, ...] = getattr(request, filter_) if filter_ else ()
    chosen = condition in request.only or count.value in filtered
    if chosen:
        wanted = replace(start, only=_others(request.only, condition))
        wanted = without(wanted, filter_, count.value) if filter_ else wanted
    else:
        wanted = replace(start, only=(*request.only, condition))
    return Choice(
        label=value_label(field, count.value, names),
        documents=count.documents,
        address=search_address(wanted),
        chosen=chosen,
    )


def without(request: SearchRequest, filter_: str, value: str) -> SearchRequest:
    """The request without one name of a filter ("companies", "sources" or "events")."""
    return replace(request, **{filter_: _others(getattr(request, filter_), value)})  # type: ignore[arg-type]  # a field of names


def filter_chips(names: SourceNames, request: SearchRequest, *, address: Address) -> tuple[FilterChip, ...]:
    start = at_offset(request, 0)
    return tuple(FilterChip(label=label, address=address(rest)) for label, rest in _without_each(start, names))


def _without_each(request: SearchRequest, names: SourceNames) -> Iterator[tuple[str, SearchRequest]]:
    """Each filter in words, with the request that is left without it."""
    for field, filter_ in _FILTERS.items():
        for value in getattr(request, filter_):
            yield _said(field, value, names), without(request, filter_, value)
    for condition in request.only:
        field, _, value = condition.partition(":")
        yield _said(field, value, names), replace(request, only=_others(request.only, condition))
    if request.since:
        yield f"从 {request.since} 起", replace(request, since=None)
    if request.until:
        yield f"到 {request.until} 止", replace(request, until=None)


def _said(field: str, value: str, names: SourceNames) -> str:
    return f"{labels.FACETS.get(field, field)}：{value_label(field, value, names)}"


def _others(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(other for other in values if other != value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to look at the same results; `current` is the one in force."""

    label: str
    address: str
    current: bool


def sorts(request: SearchRequest) -> tuple[Way, ...]:
    """Orders to choose from. Without words to weigh there is one order only, and nothing to choose."""
    start = at_offset(request, 0)
    orders = {"relevance": "按相关度", "newest": "按时间"} if request.query else {"newest": "按时间"}
    in_force = request.sort if request.query or request.sort != "relevance" else "newest"
    if in_force not in orders:  # figure:METRIC
        orders[in_force] = f"按{labels.metric(in_force.partition(':')[2])}"
    return tuple(
        Way(label=label, address=search_address(replace(start, sort=sort)), current=sort == in_force)
        for sort, label in orders.items()
    )


def collapsing(request: SearchRequest) -> Way:
    """The switch for reposts: one hit a story, or all."""
    start = at_offset(request, 0)
    return Way(
        label="合并转载",
        address=search_address(replace(start, collapse=not request.collapse)),
        current=request.collapse,
    )
