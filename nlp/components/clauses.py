"""Sentences and clauses by punctuation: what a figure or an event may be bound to."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol, TypeVar

from nlp.components.records import Span

# A full stop ends a sentence only before a space and a capital: 3.5, Z.ai and U.S. stay whole.
_SENTENCE_END = re.compile(r"[。！？!?；;\n]+[”’」』\"'）)]*|(?<=[a-z0-9)])\.(?=\s+[A-Z\"“])")
_CLAUSE_END = re.compile(r"[，：:]|,(?!\d{3})|——|--+")


class Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


T = TypeVar("T", bound=Placed)


def sentences(text: str) -> list[Span]:
    """The sentences of `text` in order; together they cover it, white space and all."""
    return [piece for span in _cut(_SENTENCE_END, text, Span(start=0, end=len(text))) for piece in _pieces(span)]


# Nobody writes longer ones; what has no full stop at all (tables, keyword spam) must not become one sentence in which
# everything may be bound to everything.
_LONGEST = 800


def _pieces(span: Span) -> list[Span]:
    return [Span(start=start, end=min(start + _LONGEST, span.end)) for start in range(span.start, span.end, _LONGEST)]


def clauses(text: str, sentence: Span) -> list[Span]:
    return _cut(_CLAUSE_END, text, sentence)


def _cut(pattern: re.Pattern[str], text: str, within: Span) -> list[Span]:
    spans, start = [], within.start
    for match in pattern.finditer(text, within.start, within.end):
        spans.append(Span(start=start, end=match.end()))
        start = match.end()
    if start < within.end:
        spans.append(Span(start=start, end=within.end))
    return spans


def at(spans: Sequence[Span], position: int) -> int:
    """The index of the span that holds `position`; spans cover the text without gaps."""
    return max(0, bisect_right(spans, position, key=lambda span: span.start) - 1)


def inside(items: Sequence[T], span: Placed) -> list[T]:
    """Those of `items` (ordered by start) that begin in `span`."""
    first = bisect_right(items, span.start - 1, key=lambda item: item.start)
    last = bisect_right(items, span.end - 1, key=lambda item: item.start)
    return list(items[first:last])


def overlaps(one: Placed, other: Placed) -> bool:
    return one.start < other.end and other.start < one.end
