"""The one analysis behind every engine, the query language and the alert matcher: text in, one token a position out.

    智譜AI 發布 港股 GLM-4.5，涨    fold ▶ classes ▶ runs ▶
    智谱 谱 ai 发布 布 _ 港股 股 glm 4.5 | 涨

* A run of Chinese (or another script written without spaces) gives at each character the bigram that starts
  there; its last character stands alone. So a phrase of bigrams is an exact substring, whatever the dictionary.
* Latin words and numbers are tokens of their own (GLM-4.5 is glm, 4.5): `AI` meets neither AIGC nor OpenAI.
* Punctuation and line breaks take one position, the GAP. So phrases never run across a comma, and a phrase that holds
  a comma finds that comma (any punctuation is as good as another).
* Spaces take none, but for those between two runs of Chinese, which take one, the SPACE. So characters at successive
  positions belong to one run, and a phrase is told by every other of its bigrams: see `telling`.

Positions are indexes into the list of tokens: the tokens joined by spaces and split again by an engine's plain
white-space analyzer give the same positions. Numbers behind this: docs/decisions/0004-bigram-matching.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

from zhiwen.folding import fold

# Raise it with every change here or in the fold that gives other tokens: indexes are stamped with it.
ANALYSIS_VERSION = 2

GAP = "|"  # neither stands in a word
SPACE = "_"

# Engines drop or split very long terms (Lucene's white-space analyzer at 255): a longer piece keeps its start,
# and the hash of the whole in place of the rest.
MAX_PIECE = 64
KEPT_OF_LONG_PIECE = 40

_UNSPACED_SCRIPTS = (
    "CJK",
    "IDEOGRAPHIC",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
    "BOPOMOFO",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
)
_JOINERS = frozenset("-‐‑−_'’&")  # between two words or numbers without a space, these and the dot leave no gap


class _Classes(dict[int, str]):
    """What a folded character is: C unspaced script, L letter, D digit, " " space, "-" joiner, "." and "," themselves, "|" other."""

    def __missing__(self, code: int) -> str:
        self[code] = found = class_of(chr(code))
        return found


def class_of(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return "D"
    if category[0] in "LMN":
        return "C" if unicodedata.name(character, "").startswith(_UNSPACED_SCRIPTS) else "L"
    if category in ("Zs", "Cf") or character == "\t":  # Cf: zero-width marks, which nobody sees
        return " "
    if character in _JOINERS:
        return "-"
    return character if character in ".," else "|"


_CLASSES = _Classes()
_RUN = re.compile(
    r"(?P<unspaced>C+)|(?P<letters>L+)"
    r"|(?P<number>(?<!D)(?<!D[.,])D{1,3}(?:,DDD)+(?:\.D+)?(?![.,]?D)"  # 24,377.5
    r"|(?<!D\.)D+\.D+(?!\.?D)"  # 4.5, but 2025.12.24 is three numbers
    r"|D+)"
)


class _Run(NamedTuple):  # made a hundred times a page: a frozen dataclass takes three times as long to make
    kind: str
    start: int
    end: int
    after: str  # the GAP or SPACE before it, or nothing


def _runs(folded: str) -> Iterator[_Run]:
    classes = folded.translate(_CLASSES)
    end, before = 0, ""
    for match in _RUN.finditer(classes):
        kind, start = str(match.lastgroup), match.start()
        yield _Run(kind, start, match.end(), after=_between(before, classes[end:start], kind) if before else "")
        end, before = match.end(), kind


def _between(before: str, classes: str, after: str) -> str:
    """What stands between two runs of these kinds with characters of these classes between them."""
    if not classes.strip(" "):
        return SPACE if before == after == "unspaced" else ""
    joined = classes in (".", "-") and before != "unspaced" and after != "unspaced"
    return "" if joined else GAP


def _piece(folded: str, run: _Run) -> str:
    """The token of a word or number."""
    piece = folded[run.start : run.end]
    if run.kind == "number":
        piece = piece.replace(",", "")
    if len(piece) > MAX_PIECE:
        piece = f"{piece[:KEPT_OF_LONG_PIECE]}~{sha256(piece.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
    return piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Tokens by position, with the offsets of what stands at each position: one character, word or number."""

    tokens: list[str]
    starts: list[int]
    ends: list[int]


def analyse(folded: str) -> Analysis:
    """The tokens of a text that is folded already; offsets count in it (the fold keeps them).

    >>> analyse(fold("用GPT4，好")).tokens
    ['用', 'gpt', '4', '|', '好']
    """
    tokens: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for run in _runs(folded):
        if run.after:
            tokens.append(run.after)
            starts.append(run.start)
            ends.append(run.start)
        tokens += _tokens(folded, run)
        if run.kind == "unspaced":
            starts += range(run.start, run.end)
            ends += range(run.start + 1, run.end + 1)
        else:
            starts.append(run.start)
            ends.append(run.end)
    return Analysis(tokens=tokens, starts=starts, ends=ends)


def _tokens(folded: str, run: _Run) -> list[str]:
    return _bigrams(folded[run.start : run.end]) if run.kind == "unspaced" else [_piece(folded, run)]


def _bigrams(characters: str) -> list[str]:
    return [*map("".join, pairwise(characters)), characters[-1]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """What must stand at one position of a phrase: the token `text`, or with `prefix` any token that starts with it.

    `reach`: how many characters of the next position a bigram covers (the end of a match needs it).
    """

    text: str
    prefix: bool = False
    reach: int = 0


def slots(text: str, *, prefix: bool = False) -> tuple[Slot, ...]:
    """The phrase that `text` asks for; () where it holds neither word nor character. `prefix`: the last word may go on.

    >>> [slot.text for slot in slots("智譜发布 GLM-4.5")]
    ['智谱', '谱发', '发布', '布', 'glm', '4.5']
    >>> slots("智")
    (Slot(text='智', prefix=True, reach=0),)
    """
    folded = fold(text)
    runs = list(_runs(folded))
    phrase: list[Slot] = []
    for number, run in enumerate(runs, start=1):
        last = number == len(runs)
        if run.after:
            phrase.append(Slot(text=run.after))
        if run.kind == "unspaced":
            phrase.extend(_unspaced_slots(folded[run.start : run.end], last=last))
        else:
            phrase.append(Slot(text=_piece(folded, run), prefix=prefix and last))
    return tuple(phrase)


def _unspaced_slots(characters: str, *, last: bool) -> Iterator[Slot]:
    for pair in pairwise(characters):
        yield Slot(text="".join(pair), reach=1)
    if not last:
        yield Slot(text=characters[-1])  # what follows in the query ends the run, so in the text too
    elif len(characters) == 1:
        yield Slot(text=characters, prefix=True)  # one character alone: whatever follows it


def telling(phrase: tuple[Slot, ...]) -> tuple[tuple[int, Slot], ...]:
    """As few slots as say all that `phrase` says, with their positions in it, for engines that can leave positions out.

    A bigram says which character stands at its position and which at the next: of a run of Chinese every other one will
    do, and the last. The run's last character alone says that it ends there, and so does what follows it.

    >>> [(position, slot.text) for position, slot in telling(slots("发布大模型 GLM"))]
    [(0, '发布'), (2, '大模'), (3, '模型'), (5, 'glm')]
    """
    kept: list[tuple[int, Slot]] = []
    covered = -1  # the last position whose character is known from a bigram before it
    for position, slot in enumerate(phrase):
        ends_run = position > 0 and phrase[position - 1].reach and not slot.reach
        follows = phrase[position + 1].reach if position + 1 < len(phrase) else 0
        if ends_run or (covered == position and follows):
            continue
        kept.append((position, slot))
        if slot.reach:
            covered = position + 1
    return tuple(kept)


def trigrams(phrase: tuple[Slot, ...]) -> tuple[tuple[int, str], ...] | None:
    """`phrase` as the longer tokens of index/searchable.py tell it: as few as do, with their positions.

    None where they cannot: a phrase that ends in two characters, or in the beginning of a word, would need all that go on.

    >>> trigrams(slots("发布大模型 GLM")), trigrams(slots("GLM 发布"))
    (((0, '发布大'), (2, '大模型'), (5, 'glm')), None)
    """
    kept: list[tuple[int, str]] = []
    position = 0
    while position < len(phrase):
        slot = phrase[position]
        if slot.prefix:
            return None
        end = position
        while end < len(phrase) and phrase[end].reach:
            end += 1
        if end == position:
            kept.append((position, slot.text))
            position += 1
            continue
        characters = slot.text + "".join(one.text[1] for one in phrase[position + 1 : end])
        if end == len(phrase) and len(characters) == 2:
            return None
        last = max(len(characters) - 3, 0)
        kept += [(position + at, characters[at : at + 3]) for at in sorted({*range(0, last, 3), last})]
        position = end + 1  # the run's last character stands at `end`, and what follows says that it ends there
    return tuple(kept)


def literal(phrase: tuple[Slot, ...]) -> str | None:
    """The characters that `phrase` stands for, where it is nothing but a substring of the folded text; else None.

    >>> literal(slots("智譜")), literal(slots("谱")), literal(slots("智谱AI"))
    ('智谱', '谱', None)
    """
    if all(slot.reach for slot in phrase):
        return "".join(slot.text[0] for slot in phrase) + phrase[-1].text[1:]
    (first, *rest) = phrase
    return first.text if first.prefix and not rest and _CLASSES[ord(first.text[0])] == "C" else None


@lru_cache(maxsize=1 << 16)  # the names of the news are few, and each is asked for again and again
def name_key(name: str) -> str:
    """A whole name as it is compared: folded, without space around it; half a surrogate pair, which no engine takes, replaced."""
    return fold(name).strip().encode("utf-8", "replace").decode("utf-8")
