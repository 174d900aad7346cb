"""A request made ready for an engine: SearchRequest ─ parse ─▶ Query ─ resolve names and times, add filters ─▶ Node.

What comes out holds no `Named` and no relative time, so engines and the matcher need neither lexicon nor clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from index.aliases import AliasResolver
from index.counting import FACETS, check_counts, zone
from index.query import times
from index.query.amounts import unit_code
from index.query.ast import (
    TEXT_FIELDS,
    And,
    Boost,
    Everything,
    FigureOf,
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Phrase,
    Published,
    TextLeaf,
)
from index.query.parser import parse
from index.query.periods import period_code
from index.records import SearchRequest
from index.tokens import literal, name_key
from zhiwen.errors import InputError
from zhiwen.times import CHINA

SORTS = ("relevance", "newest")
FIGURE_SORT = "figure:"  # and a metric


def plan(request: SearchRequest, *, aliases: AliasResolver, now: datetime) -> Node:
    """The condition that `request` puts on a document. Raises QueryError, and InputError for other impossible wishes."""
    by_figure = sort_metric(request)
    if request.sort not in SORTS and not by_figure:
        raise InputError(f"cannot sort by {request.sort!r}", hint=f"options: {', '.join(SORTS)}, figure:METRIC")
    if request.limit < 0 or request.offset < 0:
        raise InputError(f"limit {request.limit} and offset {request.offset} cannot be negative", hint="start at 0")
    check_counts(request)
    root = parse(request.query).root
    children: list[Node] = [child for child in (root, *_filters(request)) if not isinstance(child, Everything)]
    if by_figure:
        children.append(FigureOf(condition=Named(field="metric", name=by_figure)))
    return resolve(_all(children), aliases=aliases, now=now)


def sort_metric(request: SearchRequest) -> str:
    """The metric whose figures the request is sorted by, as it was written; "" for other sorts."""
    return request.sort.removeprefix(FIGURE_SORT).strip() if request.sort.startswith(FIGURE_SORT) else ""


def sorted_metrics(request: SearchRequest, *, aliases: AliasResolver) -> tuple[str, ...]:
    """The metrics (folded) whose highest figure the request is sorted by; () for other sorts."""
    metric = sort_metric(request)
    return one_of("metric", metric, aliases=aliases).names if metric else ()


def _all(children: list[Node]) -> Node:
    if len(children) == 1:
        return children[0]
    return And(children=tuple(children)) if children else Everything()


def _filters(request: SearchRequest) -> Iterator[Node]:
    """One condition a filter; several names in a filter are ORed, conditions of `only` are not."""
    wanted = {"company": request.companies, "source": request.sources, "event": request.events}
    for field, names in wanted.items():
        if names:
            yield Or(children=tuple(Named(field=field, name=name) for name in names))
    for condition in request.only:
        field, _, name = condition.partition(":")
        if field not in FACETS or not name:
            raise InputError(f"'{condition}' is no condition", hint=f"FACET:VALUE; facets are {', '.join(FACETS)}")
        yield Named(field=field, name=name)
    if request.since or request.until:
        try:
            yield times.days(request.since, request.until, where=zone(request.timezone))
        except OverflowError:
            raise InputError(f"the days {request.since} to {request.until} are beyond the calendar") from None


def resolve(node: Node, *, aliases: AliasResolver, now: datetime) -> Node:
    """`node` with names in their canonical form and times absolute."""
    match node:
        case Named(field="published", name=when):
            comparison = when[: len(when) - len(when.lstrip("<>="))]
            return times.published(comparison, when[len(comparison) :], today=now.astimezone(CHINA).date())
        case Named(field=field, name=name):
            return one_of(field, name, aliases=aliases)
        case Published(start=timedelta() as ago, end=end):
            return Published(start=now.replace(microsecond=0) - ago, end=end)
        case And(children=children):
            return And(children=tuple(resolve(child, aliases=aliases, now=now) for child in children))
        case Or(children=children):
            return Or(children=tuple(resolve(child, aliases=aliases, now=now) for child in children))
        case Not(child=child):
            return Not(child=resolve(child, aliases=aliases, now=now))
        case FigureOf(condition=condition):
            return FigureOf(condition=resolve(condition, aliases=aliases, now=now))
        case Boost(child=child, factor=factor):
            return Boost(child=resolve(child, aliases=aliases, now=now), factor=factor)
        case _:
            return node


def one_of(field: str, name: str, *, aliases: AliasResolver) -> OneOf:
    """Units and periods are known to the language itself, all other names to the resolver."""
    match field:
        case "unit":
            known: Iterable[str] = (unit_code(name),)
        case "period":
            known = (period_code(name),)
        case _:
            known = aliases(name, field=field)
    return OneOf(field=field, names=tuple(dict.fromkeys(name_key(found) for found in known)))


def wanted(node: Node) -> Iterator[Node]:
    """The leaves that a match may meet: those under no NOT, in order."""
    match node:
        case And(children=children) | Or(children=children):
            for child in children:
                yield from wanted(child)
        case Boost(child=child):
            yield from wanted(child)
        case Not():
            return
        case _:
            yield node


def asks_figures(node: Node) -> bool:
    """Whether a document's figures decide anything about it."""
    match node:
        case FigureOf():
            return True
        case And(children=children) | Or(children=children):
            return any(asks_figures(child) for child in children)
        case Not(child=child) | Boost(child=child):
            return asks_figures(child)
        case _:
            return False


def wanted_leaves(node: Node) -> Iterator[TextLeaf]:
    """The words and phrases that a match may contain."""
    return (leaf for leaf in wanted(node) if isinstance(leaf, Phrase | Near | Fuzzy))


def keyword_of(leaf: TextLeaf) -> str | None:
    """The leaf as a keyword of an article would be written (folded); None where no keyword can be what it asks for.

    Keywords are jieba's words by weight, and names: an article that has the word as one is more about it than an article
    that only says it, or has its characters across two words. It decides the order alone, never whether.
    """
    if not isinstance(leaf, Phrase) or len(leaf.fields) < len(TEXT_FIELDS):
        return None
    (first, *rest) = leaf.slots
    return literal(leaf.slots) or (first.text if not rest and not first.prefix else None)


def by_relevance(request: SearchRequest, node: Node) -> bool:
    """Whether relevance says anything: without words to weigh, newest first is the better order."""
    return request.sort == "relevance" and any(True for _ in wanted_leaves(node))
