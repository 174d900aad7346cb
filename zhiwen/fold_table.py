"""How the table of the fold is made: `python -m zhiwen.fold_table > zhiwen/fold_table.tsv`

The table is a file of ours, not made anew in each process: so no other Python or OpenCC changes under an index what its
tokens mean. Whoever makes it anew raises index.tokens.ANALYSIS_VERSION where it differs. Traditional characters: OpenCC (Apache-2.0).
"""

from __future__ import annotations

import sys
import unicodedata
from itertools import chain

# Variants that OpenCC's t2s table leaves alone, seen in mirrors and Taiwan or Hong Kong pages.
_GLYPHS = {"著": "着", "陜": "陕", "茍": "苟", "妳": "你", "祂": "他", "牠": "它", "裡": "里", "裏": "里", "臺": "台",
           "峯": "峰", "綫": "线", "麪": "面", "羣": "群", "啓": "启", "衞": "卫", "僞": "伪", "爲": "为", "喫": "吃"}  # fmt: skip
_CJK_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0x20000, 0x2A6E0))
# Where compatibility forms and capitals stand: not among ideographs, Hangul syllables and Tangut, which are half of all.
_FORMS = (range(0x3400), range(0x4DC0, 0x4E00), range(0xA000, 0xAC00), range(0xD7A4, 0x17000), range(0x18D00, 0x20000), range(0x2F800, 0x2FA20))  # fmt: skip


def _simplified_by_character() -> dict[int, str]:
    from opencc import OpenCC

    characters = [chr(code) for first, last in _CJK_BLOCKS for code in range(first, last)]
    # One call for all: a line break between them keeps OpenCC from seeing phrases.
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    pairs = zip(characters, simplified, strict=True)
    return {ord(before): after for before, after in pairs if before != after and len(after) == 1}


def made() -> dict[int, str]:
    """What each character folds to that does not fold to itself, by code point."""
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


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.writelines(f"{chr(code)}\t{after}\n" for code, after in sorted(made().items()))
