"""Passages that show why a document was found: cut from the original text, with exact spans, best first.

Highlights are data; only `to_html` knows about markup, and it escapes everything else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.matching import Found, Subject, evaluate
from index.query.ast import Everything, Node
from index.records import Document, Highlight

PASSAGES = 3  # of the text; the title comes on top
LENGTH = 160  # characters of a passage, about what a list shows in three lines
CONTEXT = 40  # characters shown before the first match, where the sentence is longer

_LETTER = re.compile(r"[A-Za-z0-9]")
_WORD = re.compile(rf"[A-Za-z0-9]{{1,{CONTEXT}}}")
_LAST_WORD = re.compile(r"[A-Za-z0-9]+\Z")
_SENTENCE_END = re.compile(r"[。！？!?；;…\n]+[”’」』）)\"]*|\.\s")


@dataclass(slots=True, kw_only=True)
class _Window:
    """A passage in the making: it grows by place, of which a hostile query and text have a hundred thousand."""

    start: int
    end: int
    places: list[Found]

    @property
    def worth(self) -> tuple[int, int, int]:
        """More different words first, then more matches, then the earlier."""
        return len({place.leaf for place in self.places}), len(self.places), -self.start


def highlights(document: Document, node: Node, *, passages: int = PASSAGES) -> tuple[Highlight, ...]:
    """The title (whole) if it was met, then the best passages of the text. () where no word was asked for."""
    if isinstance(node, Everything):
        return ()
    found = evaluate(node, Subject(document)) or ()
    title = [place for place in found if place.field == "title"]
    shown = [_cut("title", document.title, _Window(start=0, end=len(document.title), places=title))] if title else []
    windows = _windows(document.text, [place for place in found if place.field == "text"])
    best = sorted(windows, key=lambda window: window.worth, reverse=True)[:passages]
    return (*shown, *(_cut("text", document.text, window) for window in best))


def _windows(text: str, places: Sequence[Found]) -> list[_Window]:
    """Passages around the places, none overlapping another; places close together share one."""
    windows: list[_Window] = []
    for place in sorted(places, key=lambda place: (place.start, place.end)):
        last = windows[-1] if windows else None
        if last is None or place.start >= last.end:
            begin = _begin(text, place, floor=last.end if last else 0)
            windows.append(_Window(start=begin, end=_finish(text, place, begin), places=[place]))
        elif place.end <= max(last.end, last.start + 2 * LENGTH):
            # What sticks out further than that is left out: 哈哈哈哈… overlaps itself without end.
            last.end = max(last.end, place.end)
            last.places.append(place)
    return windows


def _begin(text: str, place: Found, *, floor: int) -> int:
    """The start of the line or sentence, or CONTEXT characters before the match where those are far."""
    floor = _printed(text, max(floor, text.rfind("\n", 0, place.start) + 1), place.start)
    if place.start - floor <= CONTEXT:
        return floor
    ends = [match.end() for match in _SENTENCE_END.finditer(text, max(floor, place.start - LENGTH // 2), place.start)]
    begin = ends[-1] if ends else _behind_a_word(text, place.start - CONTEXT)
    return _printed(text, min(begin, place.start), place.start)


def _behind_a_word(text: str, at: int) -> int:
    """`at`, or where the latin word or number ends that it would cut in two."""
    cut = _LETTER.match(text, at - 1) and _WORD.match(text, at)
    return cut.end() if cut else at


def _before_a_word(text: str, at: int) -> int:
    """`at`, or where the latin word or number begins that it would cut in two."""
    if not _LETTER.match(text, at):
        return at
    cut = _LAST_WORD.search(text, max(0, at - CONTEXT), at)
    return cut.start() if cut else at


def _printed(text: str, start: int, end: int) -> int:
    """Behind the spaces that stand at `start`: those of an indent, and between sentences."""
    return end - len(text[start:end].lstrip())


def _finish(text: str, place: Found, begin: int) -> int:
    """The end of the line, or of the last sentence within LENGTH characters of `begin`; never before the match ends."""
    line = text.find("\n", place.end)
    ceiling = line if line >= 0 else len(text)
    furthest = max(place.end, begin + LENGTH)
    if ceiling <= furthest:
        return ceiling
    ends = [match.end() for match in _SENTENCE_END.finditer(text, place.end, furthest)]
    return ends[-1] if ends else max(place.end, _before_a_word(text, furthest))


def _cut(field: str, text: str, window: _Window) -> Highlight:
    spans = _merged((place.start - window.start, place.end - window.start) for place in window.places)
    return Highlight(field=field, passage=text[window.start : window.end], spans=spans)


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def to_html(highlight: Highlight) -> str:
    """The passage with its spans in <mark>, everything else escaped.

    >>> to_html(Highlight(field="text", passage="<b>智谱</b>", spans=((3, 5),)))
    '&lt;b&gt;<mark>智谱</mark>&lt;/b&gt;'
    """
    parts, end = [], 0
    for start, stop in highlight.spans:
        parts += [
            html.escape(highlight.passage[end:start]),
            "<mark>",
            html.escape(highlight.passage[start:stop]),
            "</mark>",
        ]
        end = stop
    return "".join([*parts, html.escape(highlight.passage[end:])])
