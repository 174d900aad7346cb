"""Small repairs of writing that mirrors leave behind."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from nlp.repair.plan import Edit, Step

_INVISIBLE = re.compile(
    "(?<=[\u3400-\u9fff\u3001-\u303f\uff01-\uff5e])[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]+(?=[\u3400-\u9fff\u3001-\u303f\uff01-\uff5e])"
)
_ESCAPED = re.compile("&(?:nbsp|ldquo|rdquo|lsquo|rsquo|hellip|mdash|middot|quot|amp);")


def _find_invisible(lines: Sequence[str]) -> Iterator[Edit]:
    for number, line in enumerate(lines):
        for found in _INVISIBLE.finditer(line):
            names = " ".join(f"U+{ord(character):04X}" for character in found.group())
            yield Edit(
                line=number, start=found.start(), before=found.group(), after="", why=f"{names} inside Chinese text"
            )


def _find_escaped(lines: Sequence[str]) -> Iterator[Edit]:
    """HTML entities that were escaped twice; a page about HTML writes &lt;, which stays."""
    for number, line in enumerate(lines):
        for found in _ESCAPED.finditer(line):
            after = html.unescape(found.group()).replace("\u00a0", " ")
            yield Edit(
                line=number, start=found.start(), before=found.group(), after=after, why="an entity escaped twice"
            )


# Between digits (1,234 or 12:30) and between Latin words they stay.
_HALF_COMMA = re.compile("(?<=[\u3400-\u9fff”》）])[,;:!]|[,;:!](?=[\u3400-\u9fff“《（])")
_WIDE = {",": "，", ";": "；", ":": "：", "!": "！"}


def half_width_page(lines: Sequence[str]) -> bool:
    """Has the punctuation of this page been folded to ASCII? True where full stops stayed (。 has no ASCII twin in any
    folding) while hardly a full-width comma is left beside many half-width ones."""
    text = "\n".join(lines)
    half = len(_HALF_COMMA.findall(text))
    return half >= 8 and text.count("。") >= 4 and text.count("，") <= half // 20


def _find_half_width(lines: Sequence[str]) -> Iterator[Edit]:
    for number, line in enumerate(lines):
        for found in _HALF_COMMA.finditer(line):
            yield Edit(
                line=number, start=found.start(), before=found.group(), after=_WIDE[found.group()],
                why="the page's punctuation was folded to ASCII; beside hanzi it is full-width",
            )  # fmt: skip


drop_invisible = Step(name="drop_invisible", find=_find_invisible)
unescape_entities = Step(name="unescape_entities", find=_find_escaped)
widen_punctuation = Step(name="widen_punctuation", find=_find_half_width)
