"""How names in queries and filters find what documents call them: `company:智譜AI` means 智谱.

The table comes from outside (the lexicon is nlp's), so a change there needs no new index: documents hold canonical
names, queries are resolved when they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from index.edits import within_edits
from index.tokens import name_key


class AliasResolver(Protocol):
    """Gives the canonical names that a name means in a field ("company", "person", "event", …); itself if it knows none."""

    def __call__(self, name: str, *, field: str) -> Iterable[str]: ...


def as_written(name: str, *, field: str) -> Iterable[str]:
    """The resolver that knows no aliases."""
    return (name,)


class AliasTable:
    """An AliasResolver over tables {alias: canonical name}, one a field; `about` and `subject` use the companies' table.

    The others are {Chinese name: code}: {"通过聆讯": "hearing_passed"}, {"收入": "revenue"}, {"中文": "zh"}, {"公告": "filing"}.
    """

    def __init__(
        self,
        *,
        companies: Mapping[str, str] | None = None,
        people: Mapping[str, str] | None = None,
        events: Mapping[str, str] | None = None,
        metrics: Mapping[str, str] | None = None,
        languages: Mapping[str, str] | None = None,
        grades: Mapping[str, str] | None = None,
    ) -> None:
        company = _by_folded(companies)
        self._spelled = {name_key(alias): alias for alias in companies or ()}
        self._tables = {
            "company": company,
            "about": company,
            "subject": company,
            "person": _by_folded(people),
            "event": _by_folded(events),
            "metric": _by_folded(metrics),
            "lang": _by_folded(languages),
            "grade": _by_folded(grades),
        }

    def __call__(self, name: str, *, field: str) -> Iterable[str]:
        return self._tables.get(field, {}).get(name_key(name), (name,))

    def near(self, word: str) -> list[str]:
        """Names and aliases of companies one edit from `word` (two from six characters on), nearest first; [] for a name."""
        wanted, names = name_key(word), self._tables["company"]
        if wanted in names:
            return []
        most = 1 if len(wanted) < _LONG else 2
        edits = ((_edits(wanted, name, most), name) for name in names if len(name) > 1)
        near = sorted((count, _stray(wanted, name), name) for count, name in edits if count is not None)
        return [self._spelled[name] for *_, name in near]


_LONG = 6  # characters from which two of them may be wrong


def _edits(wanted: str, name: str, most: int) -> int | None:
    return next((edits for edits in range(1, most + 1) if within_edits(wanted, name, edits)), None)


def _stray(wanted: str, name: str) -> bool:
    """Names that begin otherwise come later: slips are made further in."""
    return wanted[0] != name[0]


def _by_folded(table: Mapping[str, str] | None) -> dict[str, tuple[str, ...]]:
    """Aliases that fold together (Ai, AI) may mean several names: all of them."""
    folded: dict[str, tuple[str, ...]] = {}
    for alias, canonical in (table or {}).items():
        key = name_key(alias)
        folded[key] = tuple(dict.fromkeys((*folded.get(key, ()), canonical)))
    return folded
