"""Whether a document or article meets a query, and where: the reader of the syntax tree that needs no index.

The memory engine searches with it, every engine cuts its highlights with it, and the root hands `compile_query` to the
alerts. Exactly the semantics of the engines (tests/index/test_agreement.py), because it runs on the same tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import assert_never

from index.aliases import AliasResolver, as_written
from index.documents import document_figure, figure_names, names_by_field, unstored
from index.edits import within_edits
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
    Value,
)
from index.query.parser import parse
from index.query.plan import resolve, wanted
from index.records import Document
from index.required import required_terms
from index.tokens import GAP, MAX_PIECE, SPACE, Analysis, Slot, analyse, literal, name_key
from nlp.records import Article, Figure
from zhiwen.folding import fold, unfolded
from zhiwen.times import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One place where a leaf of the query stands: characters [start, end) of `field`."""

    field: str
    start: int
    end: int
    leaf: TextLeaf


class FieldText:
    """A text, folded at once and analysed only when, and as far as, a question needs it."""

    def __init__(self, text: str) -> None:
        self.folded = fold(text)
        self._lines: dict[int, _Positions] = {}

    @cached_property
    def whole(self) -> _Positions:
        return _Positions(analyse(self.folded), offset=0)

    def phrase(self, slots: tuple[Slot, ...]) -> Iterator[tuple[int, int]]:
        """Where the phrase stands, as (start, end) in characters."""
        plain = literal(slots)
        if plain is not None:  # the usual Chinese name: nothing needs to be analysed
            yield from ((start, start + len(plain)) for start in _occurrences(self.folded, plain))
            return
        anchor = _anchor(slots)
        if anchor is None or any(slot.text == GAP for slot in slots):
            yield from self.whole.phrase(slots)
            return
        # A phrase without a gap lies within a line: only lines that hold its longest part are analysed.
        for start in self._lines_with(anchor):
            yield from self._line(start).phrase(slots)

    def _lines_with(self, anchor: str) -> Iterator[int]:
        at = self.folded.find(anchor)
        while at >= 0:
            yield self.folded.rfind("\n", 0, at) + 1
            end = self.folded.find("\n", at)
            at = self.folded.find(anchor, end) if end >= 0 else -1

    def _line(self, start: int) -> _Positions:
        if start not in self._lines:
            end = self.folded.find("\n", start)
            line = self.folded[start : end if end >= 0 else len(self.folded)]
            self._lines[start] = _Positions(analyse(line), offset=start)
        return self._lines[start]


def _occurrences(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _anchor(slots: tuple[Slot, ...]) -> str | None:
    """Characters that stand in the text as they are wherever the phrase does; None where no slot promises that."""
    # Numbers lose their commas in the analysis, long words their ends; the gap is any punctuation, and spaces are many.
    words = (slot.text for slot in slots if slot.text not in (GAP, SPACE) and len(slot.text) < MAX_PIECE)
    return max((text for text in words if "~" not in text and not text[0].isdecimal()), key=len, default=None)


class _Positions:
    """Tokens by position, with the way back from a token to its positions."""

    def __init__(self, analysis: Analysis, *, offset: int) -> None:
        self._analysis = analysis
        self._offset = offset
        self._at: dict[str, list[int]] = {}
        for position, token in enumerate(analysis.tokens):
            self._at.setdefault(token, []).append(position)

    def holds(self, token: str) -> bool:
        return token in self._at

    def phrase(self, slots: tuple[Slot, ...]) -> Iterator[tuple[int, int]]:
        for first in self.starts(slots):
            yield self.characters(first, slots)

    def starts(self, slots: tuple[Slot, ...]) -> list[int]:
        """The positions at which the phrase begins."""
        tokens = self._analysis.tokens
        last = len(tokens) - len(slots)
        first, *rest = slots
        candidates = range(len(tokens)) if first.prefix else self._at.get(first.text, ())
        return [
            position
            for position in candidates
            if position <= last
            and _stands(first, tokens[position])
            and all(_stands(slot, tokens[position + step]) for step, slot in enumerate(rest, start=1))
        ]

    def characters(self, first: int, slots: tuple[Slot, ...]) -> tuple[int, int]:
        start = self._analysis.starts[first]
        end = self._analysis.ends[first + len(slots) - 1] + slots[-1].reach
        return start + self._offset, end + self._offset

    def near(self, leaf: Near) -> Iterator[tuple[int, int]]:
        """All places of all parts, where some window holds them close enough; nothing otherwise."""
        starts = [self.starts(part) for part in leaf.parts]
        if all(starts) and _fits(starts, leaf):
            for part, positions in zip(leaf.parts, starts, strict=True):
                for position in positions:
                    yield self.characters(position, part)

    def fuzzy(self, leaf: Fuzzy) -> Iterator[tuple[int, int]]:
        for token, positions in self._at.items():
            if within_edits(leaf.word, token, leaf.distance):
                for position in positions:
                    yield self.characters(position, (Slot(text=token),))


def _fits(starts: list[list[int]], leaf: Near) -> bool:
    """Whether a window that begins with one part holds all others; `starts` of each part, in positions."""
    widths = [len(part) for part in leaf.parts]
    room = sum(widths) + leaf.distance
    ends: dict[int, int] = {}  # from the last on: where that occurrence of each part ends which comes next
    for begin, part in sorted(((begin, part) for part, begins in enumerate(starts) for begin in begins), reverse=True):
        ends[part] = begin + widths[part]
        if len(ends) == len(widths) and max(ends.values()) - begin <= room:
            return True
    return False


def _stands(slot: Slot, token: str) -> bool:
    return token.startswith(slot.text) if slot.prefix else token == slot.text


class Subject:
    """A document as queries ask about it; nothing of it is analysed before a question needs it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._texts: dict[str, FieldText] = {}

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        return names_by_field(self._document)

    def text(self, field: str) -> FieldText:
        if field not in self._texts:
            self._texts[field] = FieldText(self._document.title if field == "title" else self._document.text)
        return self._texts[field]

    def holds(self, term: str) -> bool:
        """Whether `term` is a token of the title or the text."""
        return any(self.text(field).whole.holds(term) for field in TEXT_FIELDS)

    def meets(self, leaf: OneOf | Published | FigureOf) -> bool:
        match leaf:
            case OneOf():
                return self.named(leaf)
            case Published():
                return self.published(leaf)
            case FigureOf():
                return self.tells(leaf)

    def named(self, leaf: OneOf) -> bool:
        return not self._names[leaf.field].isdisjoint(leaf.names)

    @cached_property
    def _figures(self) -> list[tuple[float, dict[str, str]]]:
        return [(figure.value, figure_names(figure)) for figure in self._document.figures]

    def tells(self, leaf: FigureOf) -> bool:
        return any(figure_meets(leaf.condition, value, names) for value, names in self._figures)

    def published(self, leaf: Published) -> bool:
        moment = self._document.published_at
        if moment is None:
            return False
        start, end = leaf.start, leaf.end
        return (not isinstance(start, datetime) or start <= moment) and (end is None or moment < end)


def figure_meets(condition: Node, value: float, names: Mapping[str, str]) -> bool:
    """Whether one figure, with its names by field (folded), meets what stands inside a FigureOf."""
    match condition:
        case Value():
            return condition.holds(value)
        case OneOf(field=field, names=wanted):
            return names.get(field) in wanted
        case And(children=children):
            return all(figure_meets(child, value, names) for child in children)
        case Or(children=children):
            return any(figure_meets(child, value, names) for child in children)
        case Not(child=child):
            return not figure_meets(child, value, names)
        case _:
            raise TypeError(f"{condition} is no condition on a figure")


def evaluate(node: Node, subject: Subject) -> list[Found] | None:
    """The places where the query's words stand, None where the subject does not meet it. `node` comes from `plan`."""
    match node:
        case Everything():
            return []
        case Phrase() | Near() | Fuzzy():
            return _found(node, subject) or None
        case OneOf() | Published() | FigureOf():
            return [] if subject.meets(node) else None
        case And(children=children):
            return _all_of(children, subject)
        case Or(children=children):
            met = [found for child in children if (found := evaluate(child, subject)) is not None]
            return [place for found in met for place in found] if met else None
        case Not(child=child):
            return [] if evaluate(child, subject) is None else None
        case Boost(child=child):
            return evaluate(child, subject)
        case Named() | Value():
            raise TypeError(f"{node} cannot stand here: evaluate what plan() or resolve() gives")
        case _:
            assert_never(node)


def _all_of(children: tuple[Node, ...], subject: Subject) -> list[Found] | None:
    places: list[Found] = []
    for child in children:
        found = evaluate(child, subject)
        if found is None:
            return None
        places += found
    return places


def _found(leaf: TextLeaf, subject: Subject) -> list[Found]:
    return [
        Found(field=field, start=start, end=end, leaf=leaf)
        for field in leaf.fields
        for start, end in _places(leaf, subject.text(field))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Whether texts hold the parts of `leaf` close enough: made once, asked about many texts.

    `plain`: the parts as characters, where each of them is nothing else. `beside`: two of them as they stand
    in a text that is not folded, one behind the other.
    """

    leaf: Near
    plain: tuple[str, ...] | None
    beside: re.Pattern[str] | None

    @classmethod
    def of(cls, leaf: Near) -> Nearness:
        found = tuple(text for part in leaf.parts if (text := literal(part)) is not None)
        plain = found if len(found) == len(leaf.parts) else None
        return cls(leaf=leaf, plain=plain, beside=_beside(plain, leaf) if plain and len(plain) == 2 else None)

    def __call__(self, texts: Iterable[str]) -> bool:
        """`texts` as they were written, each read only where those before it do not decide."""
        read: list[str] = []
        for text in texts:
            if self._as_written(text):
                return True
            read.append(text)
        return any(self._in(fold(text)) for text in read)

    def _as_written(self, text: str) -> bool:
        """What is told without folding the text, which takes longer than all else."""
        if self.beside:
            return bool(self.beside.search(text))
        return self.plain is not None and self._close(_starts(text, self.plain))

    def _in(self, folded: str) -> bool:
        if self.plain is None:
            return self._analysed(folded)
        starts = _starts(folded, self.plain)
        if not all(starts):
            return False
        # What stands before the first of them and behind the last says nothing.
        first = min(begins[0] for begins in starts)
        last = max(begins[-1] + len(part) for begins, part in zip(starts, self.plain, strict=True))
        return self._close(starts) or self._analysed(folded[first:last])

    def _close(self, starts: list[list[int]]) -> bool:
        """Between two characters stand at most as many positions: what fits by characters needs no analysis."""
        return all(starts) and _fits(starts, self.leaf)

    def _analysed(self, folded: str) -> bool:
        return any(True for _ in _Positions(analyse(folded), offset=0).near(self.leaf))


def _starts(text: str, parts: Sequence[str]) -> list[list[int]]:
    """Where each part stands, in characters."""
    return [list(_occurrences(text, part)) for part in parts]


def _beside(plain: Sequence[str], leaf: Near) -> re.Pattern[str] | None:
    """One part and the other behind it, in either order; parts that overlap are left to those who fold."""
    orders: list[str] = []
    for first, other in ((0, 1), (1, 0)):
        between = len(leaf.parts[first]) + leaf.distance - len(plain[first])
        if between >= 0:
            orders.append(f"{unfolded(plain[first])}.{{0,{between}}}{unfolded(plain[other])}")
    return re.compile("|".join(orders), re.DOTALL) if orders else None


def _places(leaf: TextLeaf, text: FieldText) -> Iterator[tuple[int, int]]:
    match leaf:
        case Phrase():
            return text.phrase(leaf.slots)
        case Near():
            return text.whole.near(leaf)
        case Fuzzy():
            return text.whole.fuzzy(leaf)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleMatch:
    """Where a query met an article: (field, start, end) with field "title" or "text", offsets into Article.text, in order.

    Names and figures met (`company:智谱`) are shown where they stand in the text; a query of dates alone meets without a place.
    """

    spans: tuple[tuple[str, int, int], ...]


class Subjects:
    """The subject of the article that was asked about last: a thousand queries on one article fold and analyse it once.

    `grades` of sources by id, for `grade:` in rules; a source that is not there counts as "media".
    Threads may share it: the pair is replaced as a whole, and a subject only ever adds what it would find again.
    """

    def __init__(self, *, grades: Mapping[str, str] | None = None) -> None:
        self._grades = grades or {}
        self._last: tuple[Article, Subject] | None = None

    def of(self, article: Article) -> Subject:
        last = self._last
        if last is None or last[0] is not article:
            grade = self._grades.get(article.source, "media")
            last = self._last = (article, Subject(replace(unstored(article), grade=grade)))
        return last[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleMatcher:
    """One query, asked about articles as they are stored. `required`: see `required_terms`."""

    root: Node
    required: tuple[frozenset[str], ...]
    aliases: AliasResolver
    subjects: Subjects

    def __call__(self, article: Article) -> ArticleMatch | None:
        node = resolve(self.root, aliases=self.aliases, now=now())
        found = evaluate(node, self.subjects.of(article))
        if found is None:
            return None
        places = {(place.field, place.start, place.end) for place in found}
        places.update(
            ("text", start, end) for leaf in _wanted_names(node) for start, end in _name_places(leaf, article)
        )
        places.update(
            ("text", figure.start, figure.end) for leaf in _wanted_figures(node) for figure in _telling(leaf, article)
        )
        return ArticleMatch(spans=tuple(sorted(places, key=lambda place: (place[0] != "title", place[1], place[2]))))


def compile_query(
    query: str, *, aliases: AliasResolver = as_written, subjects: Subjects | None = None
) -> ArticleMatcher:
    """The matcher of one query. Raises QueryError now rather than later.

    Queries that are asked about the same articles, one article after the other, share their `subjects`.
    """
    root = parse(query).root
    return ArticleMatcher(
        root=root, required=required_terms(root), aliases=aliases, subjects=subjects if subjects else Subjects()
    )


def _wanted_names(node: Node) -> Iterator[OneOf]:
    return (leaf for leaf in wanted(node) if isinstance(leaf, OneOf))


def _wanted_figures(node: Node) -> Iterator[FigureOf]:
    return (leaf for leaf in wanted(node) if isinstance(leaf, FigureOf))


def _telling(leaf: FigureOf, article: Article) -> Iterator[Figure]:
    for figure in article.figures:
        told = document_figure(figure)
        if figure_meets(leaf.condition, told.value, figure_names(told)):
            yield figure


def _name_places(leaf: OneOf, article: Article) -> Iterator[tuple[int, int]]:
    if leaf.field == "event":
        yield from ((event.start, event.end) for event in article.events if name_key(event.type) in leaf.names)
    elif leaf.field in ("company", "about", "person"):
        for entity in article.entities:
            if name_key(entity.canonical or entity.text) in leaf.names:
                yield entity.start, entity.end
