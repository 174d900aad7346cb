"""Texts as engines are given them to index: the tokens of index/tokens.py with a space between.

`analyse` says what the tokens are; this makes them several times as fast, since an index is filled by the thousand. What
stands between two runs of Chinese has nearly always been seen before. Runs are cut out of the grams of the whole text one
by one where the text is short; a long one is made all at once, in columns of characters.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from index.tokens import GAP, SPACE, analyse, class_of
from zhiwen.folding import UTF_32, fold_long

if TYPE_CHECKING:
    from numpy import bool_, intp, uint8, uint32
    from numpy.typing import NDArray

_LONG = 600  # characters from which on the columns are faster


def searchable(text: str) -> str:
    """
    >>> searchable("智譜AI 發布 港股 GLM-4.5，涨")
    '智谱 谱 ai 发布 布 _ 港股 股 glm 4.5 | 涨'
    """
    folded = fold_long(text)
    return _joined(folded, _stretches(folded), width=2)


def searchable_twice(text: str) -> tuple[str, str]:
    """What `searchable` gives, and the same with three characters where that has two: at the same positions.

    >>> searchable_twice("智譜AI 發布大模型")
    ('智谱 谱 ai 发布 布大 大模 模型 型', '智谱 谱 ai 发布大 布大模 大模型 模型 型')
    """
    folded = fold_long(text)
    if len(folded) >= _LONG:
        return _in_columns(folded)
    stretches = list(_stretches(folded))
    return _joined(folded, stretches, width=2), _joined(folded, stretches, width=3)


# Run by run.

_Stretch: TypeAlias = tuple[str, int, int]


def _stretches(folded: str) -> Iterator[_Stretch]:
    """The tokens before each run of Chinese, and where it starts and ends; at last, those behind the last run."""
    end = 0
    for run in _unspaced_runs().finditer(folded):
        start, stop = run.span()
        yield _words(folded[end:start], behind=end > 0, before=True) if start > end else "", start, stop
        end = stop
    if end < len(folded):
        yield _words(folded[end:], behind=end > 0, before=False), end, end


def _joined(folded: str, stretches: Iterable[_Stretch], *, width: int) -> str:
    """The tokens, those of Chinese `width` characters long, or up to where their run ends."""
    grams, step = _grams(folded, width), width + 1
    tokens: list[str] = []
    for before, start, stop in stretches:
        if before:
            tokens.append(before)
        if start == stop:
            continue
        if (last := stop - width + 1) > start:
            tokens.append(grams[step * start : step * last - 1])
        tokens += [folded[at:stop] for at in range(max(last, start), stop)]
    return " ".join(tokens)


def _grams(text: str, width: int) -> str:
    """Each character with those that follow it and a space: "ab bc c  " of "abc", two wide."""
    codes, step = array("I", text.encode(UTF_32, "surrogatepass")), width + 1
    grams = array("I", [ord(" ")]) * (step * len(codes))
    for place in range(min(width, len(codes))):
        grams[place : step * (len(codes) - place) : step] = codes[place:]
    return grams.tobytes().decode(UTF_32, "surrogatepass")


# All at once: a row for each character, with its gram and a space; what is GONE is left out in the end.

_GONE = 0xFFFFFFFF
_WORDS = 0x10FFFF  # stands in for a stretch with words; no character of the text is ever so high


def _in_columns(folded: str) -> tuple[str, str]:
    import numpy

    codes = numpy.frombuffer(folded.encode(UTF_32, "surrogatepass"), dtype=numpy.uint32)
    kinds = _kinds()[codes]
    chinese = kinds == _UNSPACED
    first = numpy.where(chinese, codes, numpy.uint32(_GONE))
    words = list(_mark_others(first, folded, kinds))
    second, third = _following(codes, chinese)
    space = numpy.where(first == _GONE, first, numpy.uint32(ord(" ")))
    return _text_of((first, second, space), words), _text_of((first, second, third, space), words)


def _mark_others(first: NDArray[uint32], folded: str, kinds: NDArray[uint8]) -> Iterator[str]:
    """Each stretch without Chinese marked where it starts, as the sign that it leaves or as words; the words of each of these."""
    starts, stops = _others(kinds == _UNSPACED)
    worded = _counted(kinds == _WORD, starts, stops) > 0
    spaces = _counted(kinds == _BLANK, starts, stops) == stops - starts
    inside = (starts > 0) & (stops < len(kinds))
    first[starts[inside]] = ord(GAP)
    first[starts[inside & spaces]] = ord(SPACE)
    first[starts[worded]] = _WORDS
    for start, stop in zip(starts[worded].tolist(), stops[worded].tolist(), strict=True):
        yield _words(folded[start:stop], behind=start > 0, before=stop < len(folded))


def _others(chinese: NDArray[bool_]) -> tuple[NDArray[intp], NDArray[intp]]:
    """Where the stretches start and end that are not Chinese."""
    import numpy

    edges = numpy.flatnonzero(numpy.diff(chinese, prepend=~chinese[:1]))
    ends = numpy.append(edges[1:], len(chinese))
    other = ~chinese[edges]
    return edges[other], ends[other]


def _counted(held: NDArray[bool_], starts: NDArray[intp], stops: NDArray[intp]) -> NDArray[intp]:
    """How many of each stretch."""
    import numpy

    before = numpy.concatenate(([0], numpy.cumsum(held)))
    counted: NDArray[intp] = before[stops] - before[starts]
    return counted


def _following(codes: NDArray[uint32], chinese: NDArray[bool_]) -> Iterator[NDArray[uint32]]:
    """The next character of each in its run of Chinese, and the one after that."""
    import numpy

    running = chinese
    for step in (1, 2):
        running = running[:-1] & chinese[step:]
        column = numpy.full(len(codes), _GONE, dtype=numpy.uint32)
        column[: len(running)][running] = codes[step:][running]
        yield column


def _text_of(columns: tuple[NDArray[uint32], ...], words: list[str]) -> str:
    import numpy

    rows = numpy.stack(columns, axis=1).ravel()
    text: str = rows[rows != _GONE].tobytes().decode(UTF_32, "surrogatepass")
    before, *rest = text.removesuffix(" ").split(chr(_WORDS))
    return before + "".join(word + following for word, following in zip(words, rest, strict=True))


# What both need to know.

_UNSPACED, _WORD, _BLANK = ord("C"), ord("L"), ord(" ")
_LETTERS = (range(0x40000), range(0xE0000, 0xE0200))  # the planes of Unicode that hold more than signs


@cache
def _classes() -> tuple[str, ...]:
    """The class of every character of those planes, digits among the letters: a tenth of a second once."""
    return tuple("".join(map(class_of, map(chr, codes))).replace("D", "L") for codes in _LETTERS)


@cache
def _kinds() -> NDArray[uint8]:
    """The class of every character there is, as one byte."""
    import numpy

    kinds = numpy.full(sys.maxunicode + 1, ord("|"), dtype=numpy.uint8)
    for codes, classes in zip(_LETTERS, _classes(), strict=True):
        kinds[codes.start : codes.stop] = numpy.frombuffer(classes.encode("ascii"), dtype=numpy.uint8)
    return kinds


@cache
def _unspaced_runs() -> re.Pattern[str]:
    """What the analysis calls unspaced, found in the text itself."""
    ranges = (f"{chr(run.start())}-{chr(run.end() - 1)}" for run in re.finditer("C+", _classes()[0]))
    return re.compile(f"[{''.join(ranges)}]+")


_CHINESE = "一"
_SHORT = 18  # characters: signs, a word with its spaces; longer stretches do not come again


def _words(text: str, *, behind: bool, before: bool) -> str:
    """The tokens of a folded text without Chinese, some of which may stand behind it and before it, joined by spaces."""
    return _seen(text, behind, before) if len(text) <= _SHORT else _told(text, behind, before)


def _told(text: str, behind: bool, before: bool) -> str:
    tokens = analyse(f"{_CHINESE * behind}{text}{_CHINESE * before}").tokens
    return " ".join(tokens[behind : len(tokens) - before])


_seen = lru_cache(maxsize=1 << 14)(_told)
