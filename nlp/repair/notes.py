"""Take out the pinyin notes that a mirror put after characters, and only those."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nlp.repair.gbk import bytes_of, character_of, is_trail_alone
from nlp.repair.plan import Edit, Step
from nlp.repair.readings import NOTE, is_dictionary_reading, is_reading
from nlp.script import is_traditional

_HAN = re.compile("[\u3400-\u9fff]")


def _find_after_traditional(lines: Sequence[str]) -> Iterator[Edit]:
    """A note goes where the character before it exists only in traditional writing and reads so: (RAG), (scaling),
    （jī tuán） and a note after a quoted character stay."""
    for number, line in enumerate(lines):
        for found in NOTE.finditer(line):
            key, note = _key_before(line, found.start()), found.group(1)
            if key and is_traditional(key) and is_dictionary_reading(key, note):
                yield _cut(number, found, f"{key} reads {note}: a mirror's note")


def _key_before(line: str, at: int) -> str:
    """The character that a note at `at` stands behind. Behind a letter it is the pair of bytes that the letter makes with
    the byte before it: 商O(píng)racle has 商 CCCC, O 4F, and CC4F is 評."""
    before = line[at - 1 : at]
    if at < 2 or not before.isascii() or not is_trail_alone(before):
        return before
    previous = bytes_of(line[at - 2])
    return character_of(previous[-1], ord(before)) if len(previous) == 2 else before


def _find_after_any(lines: Sequence[str]) -> Iterator[Edit]:
    """On a page with notes after random characters, a note goes wherever it reads the character before it."""
    for number, line in enumerate(lines):
        for found in NOTE.finditer(line):
            before, note = line[found.start() - 1 : found.start()], found.group(1)
            if before and _HAN.match(before) and is_reading(before, note):
                yield _cut(number, found, f"{before} reads {note}: one of the random notes on this page")


def _cut(number: int, found: re.Match[str], why: str) -> Edit:
    return Edit(line=number, start=found.start(), before=found.group(), after="", why=why)


_EMOJI = re.compile("(?<=[\u3400-\u9fff])[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f]?(?=[\u3400-\u9fff])")


def _find_emoji_inside_words(lines: Sequence[str]) -> Iterator[Edit]:
    for number, line in enumerate(lines):
        for found in _EMOJI.finditer(line):
            yield _cut(number, found, "an emoji between two hanzi on a page with random notes")


strip_pinyin_notes = Step(name="strip_pinyin_notes", find=_find_after_traditional)
strip_random_notes = Step(name="strip_random_notes", find=_find_after_any)
strip_emoji_inside_words = Step(name="strip_emoji_inside_words", find=_find_emoji_inside_words)
