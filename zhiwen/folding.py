"""The length-preserving fold: what counts as the same character when names and queries are matched.

Width, case, script (traditional to simplified, character by character) and a few glyph variants fold together;
every character stays one character, so an offset in the folded text is the same offset in the original.
Matching folds both sides, so a variant may fold to either spelling: only equality matters here. Text that people
read is simplified by OpenCC with its phrases (nlp), never by this.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import uint32
    from numpy.typing import NDArray

# Variants that OpenCC's t2s table leaves alone, seen in mirrors and Taiwan or Hong Kong pages.
_GLYPHS = {"著": "着", "陜": "陕", "茍": "苟", "妳": "你", "祂": "他", "牠": "它", "裡": "里", "裏": "里", "臺": "台",
           "峯": "峰", "綫": "线", "麪": "面", "羣": "群", "啓": "启", "衞": "卫", "僞": "伪", "爲": "为", "喫": "吃"}  # fmt: skip
_CJK_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0))
# Where compatibility forms and capitals stand: not among ideographs, Hangul syllables and Tangut, which are half of all.
_FORMS = (range(0x3400), range(0x4DC0, 0x4E00), range(0xA000, 0xAC00), range(0xD7A4, 0x17000), range(0x18D00, 0x20000), range(0x2F800, 0x2FA20))  # fmt: skip


def _simplified_by_character() -> dict[int, str]:
    from opencc import OpenCC  # a quarter of a megabyte of tables: only when something is folded

    characters = [chr(code) for first, last in _CJK_BLOCKS for code in range(first, last)]
    # One call for all: a line break between them keeps OpenCC from seeing phrases.
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    return {ord(before): after for before, after in pairs if before != after and len(after) == 1}


@cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in chain.from_iterable(_FORMS):
        character = chr(code)
        # NFKC folds full-width letters, the ideographic space, compatibility ideographs, circled digits …
        folded = unicodedata.normalize("NFKC", character).lower()
        if folded != character and len(folded) == 1:
            table[code] = folded
    table.update(_simplified_by_character())
    table.update({ord(before): after for before, after in _GLYPHS.items()})
    # A second pass, so that fold(fold(x)) == fold(x): a compatibility form may lead to a traditional character.
    return {code: table.get(ord(after), after) for code, after in table.items()}


def fold(text: str) -> str:
    """`text` folded for matching; same length, idempotent, never raises.

    >>> fold("智譜ＡＩ 發布 GLM-4.5")
    '智谱ai 发布 glm-4.5'
    """
    return text.lower() if text.isascii() else text.translate(_table())


@cache
def _spellings() -> dict[str, str]:
    """All characters that fold to one, for each that others fold to."""
    spellings: dict[str, str] = {}
    for code, after in _table().items():
        spellings[after] = spellings.get(after, after) + chr(code)
    return spellings


def unfolded(folded: str) -> str:
    """A regular expression for what folds to `folded`: that is found in a text as it is, without folding all of it.

    >>> unfolded("商讯")
    '[商][讯訊]'
    """
    spellings = _spellings()
    return "".join(f"[{re.escape(spellings.get(character, character))}]" for character in folded)


# As numpy and array hold code points, four bytes each.
UTF_32 = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"


@cache
def _codes() -> NDArray[uint32]:
    """What each code point folds to."""
    import numpy

    codes = numpy.arange(sys.maxunicode + 1, dtype=numpy.uint32)
    for code, after in _table().items():
        codes[code] = ord(after)
    return codes


def fold_long(text: str) -> str:
    """The same as `fold`, for those who fold articles by the thousand: a tenth of the time, after numpy was imported.

    >>> fold_long("智譜ＡＩ 發布 GLM-4.5")
    '智谱ai 发布 glm-4.5'
    """
    import numpy

    if text.isascii():
        return text.lower()
    codes = numpy.frombuffer(text.encode(UTF_32, "surrogatepass"), dtype=numpy.uint32)
    return _codes()[codes].tobytes().decode(UTF_32, "surrogatepass")
