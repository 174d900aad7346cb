"""Did you mean: a query that finds nothing, with one word changed to the company's name that it is nearest to.

Only names that then find something are offered, and of equally near ones the one that finds most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol, runtime_checkable

from index.aliases import AliasResolver
from index.query.fields import BY_SPELLING
from index.records import SearchRequest
from zhiwen.errors import QueryError

MAX_TRIES = 6  # searches that a suggestion may cost
_WORD = re.compile(r"[^\W_]{2,40}")
_OPERATORS = frozenset({"AND", "OR", "NOT"})


@runtime_checkable
class NearNames(Protocol):
    """What a resolver must have for suggestions."""

    def near(self, word: str) -> list[str]:
        """Company names a slip away from `word`, nearest first; [] where it is a name itself."""


def suggestion(request: SearchRequest, *, aliases: AliasResolver, found: Callable[[SearchRequest], int]) -> str | None:
    """The query put right; `found` counts what a request finds. None where no name is near."""
    if not isinstance(aliases, NearNames):
        return None
    counted = [
        (count, -number, query)
        for number, query in _tries(request.query, aliases)
        if (count := _count(request, query, found))
    ]
    return max(counted)[2] if counted else None


def _tries(query: str, aliases: NearNames) -> Iterator[tuple[int, str]]:
    tried = 0
    for word in _WORD.finditer(query):
        if word[0] in _OPERATORS or word[0] in BY_SPELLING:
            continue
        for name in aliases.near(word[0]):
            if tried == MAX_TRIES:
                return
            tried += 1
            quoted = name if _WORD.fullmatch(name) else f'"{name}"'
            yield tried, query[: word.start()] + quoted + query[word.end() :]


def _count(request: SearchRequest, query: str, found: Callable[[SearchRequest], int]) -> int:
    try:
        return found(replace(request, query=query, limit=0, cursor=None, facets=(), histogram=None))
    except QueryError:  # a name with quotes of its own, put inside quotes
        return 0
