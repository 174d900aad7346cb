"""The length-preserving fold: what counts as the same character when names and queries are matched.

Width, case, script (traditional to simplified, character by character) and a few glyph variants fold together;
every character stays one character, so an offset in the folded text is the same offset in the original.
Matching folds both sides, so a variant may fold to either spelling: only equality matters here. Text that people
read is simplified by OpenCC with its phrases (nlp), never by this.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import uint32
    from numpy.typing import NDArray


@cache
def _table() -> dict[int, str]:
    """Made by zhiwen/fold_table.py."""
    lines = resources.files("zhiwen").joinpath("fold_table.tsv").read_text(encoding="utf-8").split("\n")
    return {ord(line[0]): line[2] for line in lines if line}


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
