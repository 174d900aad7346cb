"""How names in queries and filters find what documents call them: `company:智譜AI` means 智谱.

The table comes from outside (the lexicon is nlp's), so a change there needs no new index: documents hold canonical
names, queries are resolved when they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from index.tokens import name_key


class AliasResolver(Protocol):
    """Gives the canonical names that a name means in a field ("company", "person", "event", …); itself if it knows none."""

    def __call__(self, name: str, *, field: str) -> Iterable[str]: ...


def as_written(name: str, *, field: str) -> Iterable[str]:
    """The resolver that knows no aliases."""
    return (name,)


class AliasTable:
    """An AliasResolver over tables {alias: canonical name}, one a field; `about` uses the companies' table."""

    def __init__(
        self,
        *,
        companies: Mapping[str, str] | None = None,
        people: Mapping[str, str] | None = None,
        events: Mapping[str, str] | None = None,
    ) -> None:
        company = _by_folded(companies)
        self._tables = {"company": company, "about": company, "person": _by_folded(people), "event": _by_folded(events)}

    def __call__(self, name: str, *, field: str) -> Iterable[str]:
        return self._tables.get(field, {}).get(name_key(name), (name,))


def _by_folded(table: Mapping[str, str] | None) -> dict[str, tuple[str, ...]]:
    """Aliases that fold together (Ai, AI) may mean several names: all of them."""
    folded: dict[str, tuple[str, ...]] = {}
    for alias, canonical in (table or {}).items():
        key = name_key(alias)
        folded[key] = tuple(dict.fromkeys((*folded.get(key, ()), canonical)))
    return folded
