"""Texts with marks, as pieces that a template prints one after the other. Pure; nothing here makes HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlp.records import Article, Entity, Figure

# Ends of a sentence for showing a passage; closing quotes and brackets stay with the sentence they close.
_ENDS = frozenset("。！？!?；;\n")
_CLOSING = frozenset("”’」』）)】》")
_LONGEST_SENTENCE = 160  # characters on each side of a mark, for texts without any punctuation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A span of a text. `anchor` becomes the id of its first piece, so that tables can point there."""

    start: int
    end: int
    style: str
    title: str = ""
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text with the same marks all over. `styles` empty: plain text."""

    text: str
    styles: tuple[str, ...] = ()
    title: str = ""
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    heading: bool
    pieces: tuple[Piece, ...]


def pieces(text: str, marks: Iterable[Mark], *, start: int = 0, end: int | None = None) -> tuple[Piece, ...]:
    """`text[start:end]` cut wherever a mark begins or ends; together the pieces are the text again, whatever the marks.

    Marks may overlap. One that does not lie inside `text` is left out: a wrong offset must not cost the reader the text.
    """
    end = len(text) if end is None else end
    inside = [
        mark for mark in marks if 0 <= mark.start < mark.end <= len(text) and mark.start < end and mark.end > start
    ]
    cuts = sorted({start, end, *(edge for mark in inside for edge in (mark.start, mark.end) if start < edge < end)})
    return tuple(_piece(text, inside, first, last) for first, last in pairwise(cuts))


def _piece(text: str, marks: Sequence[Mark], start: int, end: int) -> Piece:
    over = [mark for mark in marks if mark.start <= start and end <= mark.end]
    return Piece(
        text=text[start:end],
        styles=tuple(dict.fromkeys(mark.style for mark in over)),
        title=" · ".join(dict.fromkeys(mark.title for mark in over if mark.title)),
        anchor=next((mark.anchor for mark in over if mark.anchor and mark.start == start), None),
    )


def paragraphs(article: Article, marks: Sequence[Mark]) -> Iterator[Paragraph]:
    """The article's text line by line; a line that the analysis called a subheading is a heading."""
    headings = {line.clean for line in article.lines if line.label == "subheading"}
    start = 0
    for line in article.text.split("\n"):
        end = start + len(line)
        if line.strip():
            yield Paragraph(heading=line in headings, pieces=pieces(article.text, marks, start=start, end=end))
        start = end + 1


def entity_mark(entity: Entity, label: str) -> Mark:
    named = entity.canonical if entity.canonical and entity.canonical != entity.text else ""
    title = f"{label}：{named}" if named else label
    return Mark(start=entity.start, end=entity.end, style=f"entity-{entity.type.lower()}", title=title)


def figure_mark(figure: Figure, number: int, label: str) -> Mark:
    return Mark(start=figure.start, end=figure.end, style="figure", title=label, anchor=figure_anchor(number))


def figure_anchor(number: int) -> str:
    return f"figure-{number}"


def sentence_around(text: str, start: int, end: int) -> tuple[Piece, ...]:
    """The sentence of `text` that holds the span, with the span marked."""
    if not 0 <= start < end <= len(text):
        return ()
    first = start
    while first > 0 and not _ends_sentence(text, first - 1) and start - first < _LONGEST_SENTENCE:
        first -= 1
    last = end
    while last < len(text) and not _ends_sentence(text, last - 1) and last - end < _LONGEST_SENTENCE:
        last += 1
    while last < len(text) and text[last] in _CLOSING:
        last += 1
    while first < start and (text[first].isspace() or text[first] in _CLOSING):
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return pieces(text, [Mark(start=start, end=end, style="hit")], start=first, end=last)


def _ends_sentence(text: str, at: int) -> bool:
    # A full stop ends a sentence only before white space: 4.5 and GLM-4.6V do not end at theirs.
    return text[at] in _ENDS or (text[at] == "." and text[at + 1 : at + 2].isspace())


def find_mark(text: str, part: str) -> tuple[Piece, ...]:
    """`text` with the first place of `part` marked; unmarked where it does not stand."""
    at = text.find(part) if part else -1
    return pieces(text, [Mark(start=at, end=at + len(part), style="hit")] if at >= 0 else [])
