"""How characters are read, to tell a pinyin note that a mirror put in from what an author put in brackets."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Letters of toned pinyin; ɡ (U+0261) is how some pages write g.
_PINYIN_LETTERS = "a-zɡāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹêếềḿ"
# A note stands in half or full-width brackets; one family leaves a space before the closing one.
_NOTE_BODY = f"([{_PINYIN_LETTERS}]{{1,6}}) ?[)）]"
NOTE = re.compile("[(（]" + _NOTE_BODY)
# A lost lead byte in front of a note. Windows shows one question mark, which ate the bracket too; browsers show U+FFFD
# and keep the bracket.
BROKEN_NOTE = re.compile("(?:\\?|\ufffd[(（]?)" + _NOTE_BODY)
_TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹếềḿ]")
# Syllables without a tone that the dictionary gives with one only.
_NEUTRAL = {
    "們": frozenset({"men"}), "嗎": frozenset({"ma"}), "麼": frozenset({"me"}), "個": frozenset({"ge"}),
    "裡": frozenset({"li"}), "裏": frozenset({"li"}), "兒": frozenset({"er"}), "來": frozenset({"lai"}),
}  # fmt: skip
_TONES = {"\u0304", "\u0301", "\u030c", "\u0300"}  # combining macron, acute, caron, grave


def is_reading(character: str, note: str) -> bool:
    """Is `note` (toned or not) one of the readings of `character`?

    >>> is_reading("樂", "yuè"), is_reading("樂", "le"), is_reading("展", "scaling")
    (True, True, False)
    """
    note = note.replace("ɡ", "g")
    readings = _readings(character)
    if note in readings:
        return True
    return not is_toned(note) and note.replace("v", "ü") in {
        form for reading in readings for form in _toneless(reading)
    }


def is_dictionary_reading(character: str, note: str) -> bool:
    """Is `note`, with its tone or without one where the syllable has none (們 men), a reading in the dictionary?"""
    return note.replace("ɡ", "g") in _readings(character)


def is_toned(note: str) -> bool:
    return bool(_TONED.search(note))


@cache
def _readings(character: str) -> frozenset[str]:
    found = _pinyin_dict().get(ord(character), "") if len(character) == 1 else ""
    return frozenset(found.split(",")) - {""} | _NEUTRAL.get(character, frozenset())


@cache
def _toneless(reading: str) -> tuple[str, ...]:
    letters = unicodedata.normalize("NFD", reading)
    plain = unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES))
    return (plain, plain.replace("ü", "u"))


@cache
def _pinyin_dict() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict
