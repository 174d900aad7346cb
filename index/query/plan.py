"""A request made ready for an engine: SearchRequest ─ parse ─▶ Query ─ resolve names and times, add filters ─▶ Node.

What comes out holds no `Named` and no relative time, so engines and the matcher need neither lexicon nor clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from index.aliases import AliasResolver
from index.query import times
from index.query.ast import (
    And,
    Boost,
    Everything,
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
from index.records import SearchRequest
from index.tokens import name_key
from zhiwen.errors import InputError

SORTS = ("relevance", "newest")


def plan(request: SearchRequest, *, aliases: AliasResolver, now: datetime) -> Node:
    """The condition that `request` puts on a document. Raises QueryError, and InputError for other impossible wishes."""
    if request.sort not in SORTS:
        raise InputError(f"cannot sort by {request.sort!r}", hint=f"options: {', '.join(SORTS)}")
    if request.limit < 0 or request.offset < 0:
        raise InputError(f"limit {request.limit} and offset {request.offset} cannot be negative", hint="start at 0")
    root = parse(request.query).root
    children: list[Node] = [child for child in (root, *_filters(request)) if not isinstance(child, Everything)]
    return resolve(_all(children), aliases=aliases, now=now)


def _all(children: list[Node]) -> Node:
    if len(children) == 1:
        return children[0]
    return And(children=tuple(children)) if children else Everything()


def _filters(request: SearchRequest) -> Iterator[Node]:
    """One condition a filter; several names in a filter are ORed."""
    wanted = {"company": request.companies, "source": request.sources, "event": request.events}
    for field, names in wanted.items():
        if names:
            yield Or(children=tuple(Named(field=field, name=name) for name in names))
    if request.since or request.until:
        try:
            yield times.days(request.since, request.until)
        except OverflowError:
            raise InputError(f"the days {request.since} to {request.until} are beyond the calendar") from None


def resolve(node: Node, *, aliases: AliasResolver, now: datetime) -> Node:
    """`node` with names in their canonical form and times absolute."""
    match node:
        case Named(field=field, name=name):
            return OneOf(
                field=field, names=tuple(dict.fromkeys(name_key(found) for found in aliases(name, field=field)))
            )
        case Published(start=timedelta() as ago, end=end):
            return Published(start=now.replace(microsecond=0) - ago, end=end)
        case And(children=children):
            return And(children=tuple(resolve(child, aliases=aliases, now=now) for child in children))
        case Or(children=children):
            return Or(children=tuple(resolve(child, aliases=aliases, now=now) for child in children))
        case Not(child=child):
            return Not(child=resolve(child, aliases=aliases, now=now))
        case Boost(child=child, factor=factor):
            return Boost(child=resolve(child, aliases=aliases, now=now), factor=factor)
        case _:
            return node


def wanted_leaves(node: Node) -> Iterator[TextLeaf]:
    """The words and phrases that a match may contain: those under no NOT, in order."""
    match node:
        case Phrase() | Near() | Fuzzy():
            yield node
        case And(children=children) | Or(children=children):
            for child in children:
                yield from wanted_leaves(child)
        case Boost(child=child):
            yield from wanted_leaves(child)
        case _:
            return


def by_relevance(request: SearchRequest, node: Node) -> bool:
    """Whether relevance says anything: without words to weigh, newest first is the better order."""
    return request.sort == "relevance" and any(True for _ in wanted_leaves(node))
