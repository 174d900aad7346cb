"""Phrases that many documents hold, each a term of its own: a phrase costs a look at the positions of all its terms, a term none.

    sample of texts ─ learn ▶ CommonPhrases ─ terms_in(tokens of a text) ▶ "///0 ///2f"
                                            └ term(phrase of a query)    ▶ "///2f", or None: asked by positions

Which phrases those are is nobody's dictionary: they are counted in a sample of the texts when an index is begun, and stay
as they are until it is begun anew. They never decide what is found: a phrase that is not among them is asked by positions.
Real texts hold few: of four to nine characters that three of 121 articles hold, each (of 2,560 characters) held 20.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.generations import REBUILD, write_whole
from index.tokens import GAP, SPACE, Slot, class_of
from zhiwen.errors import IndexError_

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick
    from numpy import bool_, int64
    from numpy.typing import NDArray

_READ = 150_000  # tokens of the sample: a quarter of a second
_READ_AT_LEAST = 50_000  # fewer say too little

_COMMON = 0.01  # of the texts: beyond it a phrase that can stand by itself is worth a term
_COMMON_AT_LEAST = 5  # texts of the sample: what fewer hold may be chance
_VERY_COMMON = 0.02  # parts of longer ones are too, in the room that those leave
_LEFT_OPEN = 0.8  # a phrase stands by itself where no longer one holds more of its texts than this
_LONGEST = 16  # tokens
_AT_MOST = 10_000
_ROOM = 0.3  # of the tokens of a text: so many more may its terms be,
_ROOM_AT_MOST = 150  # and no more than so many

# No word is so like it that a fuzzy query finds it: they allow two edits.
_SIGN = "///"
_TERM = re.compile(f"{_SIGN}(?P<number>[0-9a-f]+)")


@dataclass(frozen=True)
class CommonPhrases:
    """`phrases`: the tokens of each at successive positions, joined by spaces."""

    phrases: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.phrases)

    @cached_property
    def _terms(self) -> dict[str, str]:
        return {phrase: f"{_SIGN}{number:x}" for number, phrase in enumerate(self.phrases)}

    @cached_property
    def _automaton(self) -> AhoCorasick:
        from ahocorasick_rs import AhoCorasick, Implementation

        return AhoCorasick([f" {phrase} " for phrase in self.phrases], implementation=Implementation.ContiguousNFA)

    @cached_property
    def _by_number(self) -> list[str]:
        return list(self._terms.values())

    @classmethod
    def read(cls, path: Path) -> CommonPhrases:
        """None where there is no such file. Raises IndexError_ for one that is damaged."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls()
        except ValueError as error:
            raise IndexError_(f"{path} holds no phrases: {error}", hint=REBUILD) from error
        return cls(phrases=tuple(found))

    def write(self, path: Path) -> None:
        write_whole(path, json.dumps(self.phrases, ensure_ascii=False, indent=0))

    def term(self, phrase: Sequence[Slot]) -> str | None:
        """The term that stands where `phrase` does, if it is one of them."""
        if not self or any(slot.prefix for slot in phrase):
            return None
        return self._terms.get(" ".join(slot.text for slot in phrase))

    def spelled(self, text: str) -> str:
        """`text` with the phrase beside each term in it, for people."""
        return _TERM.sub(lambda term: f"{term[0]} = {self.phrases[int(term['number'], 16)]}", text)

    def terms_in(self, tokens: str) -> str:
        """The terms of `tokens` (joined by spaces) as often as their phrases stand there, joined by spaces."""
        if not self:
            return ""
        found = self._automaton.find_matches_as_indexes(f" {tokens} ", overlapping=True)
        named = self._by_number
        return " ".join([named[number] for number, _, _ in found])


# Learning: windows of one token, of two, of three ..., each level made of the common ones of the level before.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """The common windows of so many successive tokens, numbered from 0."""

    at: NDArray[int64]  # at each token the number of the window that begins there; -1 where none does
    first: NDArray[int64]  # where each stands first
    texts: NDArray[int64]  # how many texts hold it
    times: NDArray[int64]  # how often it stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    tokens: tuple[str, ...]
    texts: int
    times: int
    alone: bool  # it stands by itself


def learn(texts: Iterable[str]) -> CommonPhrases:
    """The common phrases of a sample of texts, each given as tokens joined by spaces. As many are taken as are read."""
    sample = _sampled(texts)
    if not sample:
        return CommonPhrases()
    found = sorted(
        _common(sample), key=lambda phrase: (not phrase.alone, -phrase.texts, len(phrase.tokens), phrase.tokens)
    )
    room = sum(min(_ROOM * len(tokens), _ROOM_AT_MOST) for tokens in sample)
    kept: list[str] = []
    for phrase in found[:_AT_MOST]:
        room -= phrase.times
        if room < 0:
            break
        kept.append(" ".join(phrase.tokens))
    return CommonPhrases(phrases=tuple(kept))


def _sampled(texts: Iterable[str]) -> list[list[str]]:
    """The tokens of each; none where they are too few."""
    sample: list[list[str]] = []
    read = 0
    for text in texts:
        sample.append(text.split(" "))
        read += len(sample[-1])
        if read >= _READ:
            break
    return sample if read >= _READ_AT_LEAST else []


def _common(texts: Sequence[Sequence[str]]) -> Iterator[_Phrase]:
    import numpy

    tokens: list[str] = []
    owner: list[int] = []
    for number, text in enumerate(texts):
        tokens += [*text, GAP]
        owner += [number] * (len(text) + 1)
    ends = numpy.array([_ends_a_run(token) for token in tokens])
    owners, at_least = numpy.array(owner), max(_COMMON * len(texts), _COMMON_AT_LEAST)
    windows = _counted(_numbered(tokens), owners, at_least=at_least)
    for length in range(1, _LONGEST + 1):
        longer = _counted(_extended(windows.at), owners, at_least=at_least)
        left_open = longer.first + length  # by the token there; a run's last character says only that the run ends
        alone = _by_themselves(windows, longer, going_on=numpy.flatnonzero(~ends[left_open]))
        wanted = (windows.texts >= _VERY_COMMON * len(texts)) | alone
        for which in numpy.flatnonzero(wanted).tolist():
            start = int(windows.first[which])
            phrase = tuple(tokens[start : start + length])
            if _asked_by_positions(phrase):
                yield _Phrase(
                    tokens=phrase,
                    texts=int(windows.texts[which]),
                    times=int(windows.times[which]),
                    alone=bool(alone[which]),
                )
        windows = longer


def _numbered(tokens: list[str]) -> NDArray[int64]:
    """A number for each different token; -1 for the gap, which no phrase of ours crosses."""
    import numpy

    numbers: dict[str, int] = {GAP: -1}
    return numpy.array([numbers.setdefault(token, len(numbers)) for token in tokens], dtype=numpy.int64)


def _extended(at: NDArray[int64]) -> NDArray[int64]:
    """A number for each pair of a window and the one that begins a token later: for the window a token longer."""
    import numpy

    longer = numpy.full(len(at), -1, dtype=numpy.int64)
    both = (at[:-1] >= 0) & (at[1:] >= 0)
    longer[:-1][both] = at[:-1][both] * len(at) + at[1:][both]
    return longer


def _counted(numbers: NDArray[int64], owners: NDArray[int64], *, at_least: float) -> _Windows:
    """Those that so many texts hold, of windows with these numbers at each place; -1 where there is none."""
    import numpy

    places = numpy.flatnonzero(numbers >= 0)
    places = places[numpy.argsort(numbers[places], kind="stable")]  # equal ones side by side, in the order of the texts
    another = _changes(numbers[places])
    first = numpy.flatnonzero(another)
    times = numpy.diff(first, append=len(places))
    which = numpy.cumsum(another) - 1
    texts = numpy.bincount(which[another | _changes(owners[places])], minlength=len(first))
    common = texts >= at_least
    at = numpy.full(len(numbers), -1, dtype=numpy.int64)
    at[places] = numpy.where(common, numpy.cumsum(common) - 1, -1)[which]
    return _Windows(at=at, first=places[first[common]], texts=texts[common], times=times[common])


def _changes(values: NDArray[int64]) -> NDArray[bool_]:
    """Where one is not what the one before it is."""
    import numpy

    changed = numpy.ones(len(values), dtype=numpy.bool_)
    changed[1:] = values[1:] != values[:-1]
    return changed


def _by_themselves(windows: _Windows, longer: _Windows, *, going_on: NDArray[int64]) -> NDArray[bool_]:
    """Those that no window a token longer takes most of their texts from; of these only `going_on` say more at their end."""
    import numpy

    most = numpy.zeros(len(windows.texts), dtype=numpy.int64)
    numpy.maximum.at(most, windows.at[longer.first[going_on]], longer.texts[going_on])
    numpy.maximum.at(most, windows.at[longer.first + 1], longer.texts)
    alone: NDArray[bool_] = most < _LEFT_OPEN * windows.texts
    return alone


def _asked_by_positions(phrase: tuple[str, ...]) -> bool:
    """Whether a query can be this phrase, and is not one term without us."""
    if len(phrase) < 2 or SPACE in (phrase[0], phrase[-1]):
        return False
    if _ends_a_run(phrase[-1]):  # asked for where more follows
        return False
    return len(phrase) > 2 or not all(len(token) == 2 and class_of(token[0]) == "C" for token in phrase)


def _ends_a_run(token: str) -> bool:
    """Whether it is the last character of a run of Chinese."""
    return len(token) == 1 and class_of(token) == "C"
