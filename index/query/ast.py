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
FIGURE_NAMES = ("metric", "period", "unit", "subject")  # what a figure says besides its value


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
    """A field that holds names, asked for a name as a person writes it; or `published` for days that move with today: 上周."""

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
class Value:
    """The value of a figure, in its base unit, from `low` to `high`; None is open. Stands only inside a FigureOf."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """
        >>> Value(low=3e8, low_open=True).holds(3e8), Value(low=3e8).holds(3e8)
        (False, True)
        """
        above = self.low is None or (self.low < value if self.low_open else self.low <= value)
        return above and (self.high is None or (value < self.high if self.high_open else value <= self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOf:
    """Some one figure of the document meets `condition`: a tree of And, Or and Not over Value and OneOf (or Named).

    The fields of those names are FIGURE_NAMES.
    """

    condition: Node


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


Node: TypeAlias = (
    Everything | Phrase | Near | Fuzzy | Named | OneOf | Published | Value | FigureOf | And | Or | Not | Boost
)
TextLeaf: TypeAlias = Phrase | Near | Fuzzy


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that parsed: its tree, and the text it came from."""

    text: str
    root: Node
