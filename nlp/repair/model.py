"""How likely a piece of simplified Chinese is, by its words: the frequencies of the word list that jieba ships (MIT).

A text is as likely as its best division into words. That is enough to choose among the hundred characters that share
a byte where one of them makes words with its neighbours, and to say that none does.
"""

from __future__ import annotations

import math
from collections import defaultdict
from functools import cache
from pathlib import Path

from zhiwen.folding import fold

_LONGEST = 5  # characters a word
_UNSEEN = math.log(1e-9)
# Punctuation is no word: rough shares in running news text, counted on our own samples (keys folded).
_PUNCTUATION = {",": 0.04, "。": 0.02, "、": 0.008, "“": 0.004, "”": 0.004, ":": 0.003, "《": 0.001, "》": 0.001,
                "「": 0.0005, "」": 0.0005, "?": 0.003, "!": 0.002, ";": 0.001, "·": 0.001}  # fmt: skip
# Behind a full stop a quotation ends or begins, or a title; another stop hardly ever stands.
_AFTER_STOP = {
    "”": 0.3,
    "」": 0.1,
    "“": 0.1,
    "「": 0.03,
    "《": 0.02,
    "》": 0.02,
    "。": 1e-6,
    ",": 1e-6,
    "、": 1e-6,
    ":": 1e-6,
}
_STOPS = frozenset("。!?")


class WordModel:
    """Natural logarithms of probabilities. Build with `word_model()`: loading takes half a second, once a process."""

    def __init__(self, words: dict[str, float], characters: dict[str, float]) -> None:
        self._words = words
        self._characters = characters

    def log_character(self, character: str) -> float:
        """How frequent a character is, in either script."""
        character = fold(character)
        if character in _PUNCTUATION:
            return math.log(_PUNCTUATION[character])
        return self._characters.get(character, _UNSEEN)

    def log_text(self, text: str) -> float:
        """The best division into words."""
        text = fold(text)
        best = [0.0]
        for end in range(1, len(text) + 1):
            ways = [best[end - 1] + self._alone(text, end - 1)]
            for start in range(max(0, end - _LONGEST), end - 1):
                word = self._words.get(text[start:end])
                if word is not None:
                    ways.append(best[start] + word)
            best.append(max(ways))
        return best[-1]

    def _alone(self, text: str, at: int) -> float:
        character = text[at]
        if at and text[at - 1] in _STOPS and character in _AFTER_STOP:
            return math.log(_AFTER_STOP[character])
        if character in _PUNCTUATION:
            return math.log(_PUNCTUATION[character])
        return self._words.get(character, _UNSEEN)


@cache
def word_model() -> WordModel:
    counts: dict[str, float] = {}
    characters: dict[str, float] = defaultdict(float)
    for line in _word_list().read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        counts[word] = float(count)
        for character in word:
            characters[character] += float(count)
    total, all_characters = math.log(sum(counts.values())), math.log(sum(characters.values()))
    return WordModel(
        {word: math.log(count) - total for word, count in counts.items() if count and len(word) <= _LONGEST},
        {character: math.log(count) - all_characters for character, count in characters.items() if count},
    )


def _word_list() -> Path:
    from importlib.util import find_spec

    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ImportError("jieba is not installed; zhiwen needs its word list")
    return Path(spec.origin).with_name("dict.txt")
