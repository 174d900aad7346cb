"""The syntax tree of a query: one for every engine and for the alert matcher.

Leaves are analysed already (`Slot`s), so no reader of the tree needs an analyzer of its own. `Named` and times
relative to now come from the parser; `plan` resolves them to `OneOf` and absolute times, and engines see only those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from index.tokens import Slot

TEXT_FIELDS = ("title", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """Every document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The slots at successive positions, in one of `fields`."""

    fields: tuple[str, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """All `parts` in one of `fields`, in any order, with at most `distance` positions that belong to none between them."""

    fields: tuple[str, ...]
    parts: tuple[tuple[Slot, ...], ...]
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuzzy:
    """A word within `distance` edits (insert, delete, replace, swap of neighbours) of `word`."""

    fields: tuple[str, ...]
    word: str
    distance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A field that holds names, asked for a name as a person writes it."""

    field: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf:
    """A field that holds names, asked for any of these (folded)."""

    field: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Published in [start, end); None is open, a timedelta is that long before now. Undated documents never match."""

    start: datetime | timedelta | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    child: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Boost:
    """The child, counting `factor` times as much in the order of relevance."""

    child: Node
    factor: float


Node: TypeAlias = Everything | Phrase | Near | Fuzzy | Named | OneOf | Published | And | Or | Not | Boost
TextLeaf: TypeAlias = Phrase | Near | Fuzzy


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that parsed: its tree, and the text it came from."""

    text: str
    root: Node
