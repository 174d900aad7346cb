"""How names in queries and filters find what documents call them: `company:智譜AI` means 智谱.

The table comes from outside (the lexicon is nlp's), so a change there needs no new index: documents hold canonical
names, queries are resolved when they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Protocol, TypeAlias

from index.edits import within_edits
from index.tokens import name_key


class AliasResolver(Protocol):
    """Gives the canonical names that a name means in a field ("company", "person", "event", …); itself if it knows none."""

    def __call__(self, name: str, *, field: str) -> Iterable[str]: ...


def as_written(name: str, *, field: str) -> Iterable[str]:
    """The resolver that knows no aliases."""
    return (name,)


# {alias: canonical name}, or what reads it when a name of it is first asked for.
Table: TypeAlias = Mapping[str, str] | Callable[[], Mapping[str, str]]
_NONE: Table = MappingProxyType({})


class AliasTable:
    """An AliasResolver over tables {alias: canonical name}, one a field; `about` and `subject` use the companies' table.

    The others are {Chinese name: code}: {"通过聆讯": "hearing_passed"}, {"收入": "revenue"}, {"中文": "zh"}, {"公告": "filing"}.
    """

    def __init__(
        self,
        *,
        companies: Table = _NONE,
        people: Table = _NONE,
        events: Table = _NONE,
        metrics: Table = _NONE,
        languages: Table = _NONE,
        grades: Table = _NONE,
    ) -> None:
        company = _Folded(companies)
        self._tables = {
            "company": company,
            "about": company,
            "subject": company,
            "person": _Folded(people),
            "event": _Folded(events),
            "metric": _Folded(metrics),
            "lang": _Folded(languages),
            "grade": _Folded(grades),
        }

    def __call__(self, name: str, *, field: str) -> Iterable[str]:
        table = self._tables.get(field)
        return table.names.get(name_key(name), (name,)) if table else (name,)

    def near(self, word: str) -> list[str]:
        """Names and aliases of companies one edit from `word` (two from six characters on), nearest first; [] for a name."""
        companies, wanted = self._tables["company"], name_key(word)
        if wanted in companies.names:
            return []
        most = 1 if len(wanted) < _LONG else 2
        edits = ((_edits(wanted, name, most), name) for name in companies.names if len(name) > 1)
        near = sorted((count, _stray(wanted, name), name) for count, name in edits if count is not None)
        return [companies.spelled[name] for *_, name in near]


_LONG = 6  # characters from which two of them may be wrong


def _edits(wanted: str, name: str, most: int) -> int | None:
    return next((edits for edits in range(1, most + 1) if within_edits(wanted, name, edits)), None)


def _stray(wanted: str, name: str) -> bool:
    """Names that begin otherwise come later: slips are made further in."""
    return wanted[0] != name[0]


@dataclass(frozen=True)
class _Folded:
    table: Table

    @cached_property
    def _read(self) -> Mapping[str, str]:
        return self.table() if callable(self.table) else self.table

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Aliases that fold together (Ai, AI) may mean several names: all of them."""
        folded: dict[str, tuple[str, ...]] = {}
        for alias, canonical in self._read.items():
            key = name_key(alias)
            folded[key] = tuple(dict.fromkeys((*folded.get(key, ()), canonical)))
        return folded

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Each folded alias as it is written."""
        return {name_key(alias): alias for alias in self._read}
