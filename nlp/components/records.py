"""What components hand to each other on `doc._`. Offsets count characters of the text; they, not tokens, are the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text: a sentence, a clause. Ordered by position."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A name in the text. `canonical` is the entry's name, None where the lexicon has none."""

    text: str
    start: int
    end: int
    type: str
    canonical: str | None
    found_by: str
    kind: str | None = None  # of an organisation: exchange, regulator, media …
    maker: str | None = None  # a product's company, where the lexicon says

    @property
    def label(self) -> str:
        """The name under which this thing is counted."""
        return self.canonical or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date or period in the text.

    period: "2025-12-17", "2025-11", "2025", "2025H1", "2025Q3", "FY2025Q2", "2022/2024" (both ends included), or None
            where it cannot be resolved
    grain:  "day", "week", "month", "quarter", "half", "year", "range", or "same_period" (去年同期)
    """

    text: str
    start: int
    end: int
    period: str | None
    grain: str
    entity: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A quantity as the lexer read it, before anything is bound. `unit` None: a bare number with a scale (2400 亿)."""

    text: str
    start: int
    end: int
    kind: str
    value: Decimal
    value_high: Decimal | None = None
    unit: str | None
    op: str = "="
    qualifier: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the text before it is read."""

    title: str = ""
    published: date | None = None
