"""What changed from one version of an article to the next. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from nlp.records import Article
from web.marking import Mark, Piece, pieces

_LONGEST_LINE = 3000  # characters; comparing letter by letter costs the square
_MOST_LINES = 5000
# 3.12 to 3.24 is one change of a number, not two of digits.
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,%]*|.", re.DOTALL)
_SHOWN_FIELDS = ("title", "author", "publisher", "published_at", "mirror")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    field: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A line that was taken out ("removed") or put in ("added"); what differs from its partner is marked."""

    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`complete` is false where a text was too long to compare."""

    fields: tuple[FieldChange, ...]
    lines: tuple[LineChange, ...]
    complete: bool = True

    @property
    def nothing(self) -> bool:
        return not self.fields and not self.lines and self.complete


def changes(before: Article, after: Article) -> Changes:
    fields = tuple(
        FieldChange(field=name, before=getattr(before, name), after=getattr(after, name))
        for name in _SHOWN_FIELDS
        if getattr(before, name) != getattr(after, name)
    )
    old, new = before.text.split("\n"), after.text.split("\n")
    if max(len(old), len(new)) > _MOST_LINES:
        return Changes(fields=fields, lines=(), complete=before.text == after.text)
    return Changes(fields=fields, lines=tuple(_line_changes(old, new)))


def _line_changes(old: Sequence[str], new: Sequence[str]) -> Iterator[LineChange]:
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from _replaced(old[old_from:old_to], new[new_from:new_to])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[LineChange]:
    """Lines pair up in order; what has no partner was taken out or put in whole."""
    pairs = min(len(old), len(new))
    for before, after in zip(old[:pairs], new[:pairs], strict=True):
        yield from _altered(before, after)
    yield from (LineChange(kind="removed", pieces=pieces(line, ())) for line in old[pairs:])
    yield from (LineChange(kind="added", pieces=pieces(line, ())) for line in new[pairs:])


def _altered(before: str, after: str) -> Iterator[LineChange]:
    left: list[Mark] = []
    right: list[Mark] = []
    if max(len(before), len(after)) <= _LONGEST_LINE:
        old, new = _Tokens(before), _Tokens(after)
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, old.tokens, new.tokens, autojunk=False).get_opcodes():
            if tag != "equal":
                left.append(Mark(start=old.edges[i1], end=old.edges[i2], style="changed"))
                right.append(Mark(start=new.edges[j1], end=new.edges[j2], style="changed"))
    yield LineChange(kind="removed", pieces=pieces(before, left))
    yield LineChange(kind="added", pieces=pieces(after, right))


class _Tokens:
    """A line in units that change as a whole: a number or a Latin word is one, any other character is one."""

    def __init__(self, line: str) -> None:
        self.tokens = _TOKEN.findall(line)
        self.edges = [0, *accumulate(map(len, self.tokens))]
