"""Which language and script a text is in, and Chinese in simplified characters.

Counting characters is enough for what we decide by it: Chinese or not, simplified or traditional, which table of
words to use. Latin languages are told apart by their commonest words.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache

from zhiwen.folding import fold

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_WORD = re.compile("[^\\W\\d_]+")
_SAMPLE = 6_000  # characters; more changes no decision

# The commonest words that the languages do not share, enough for a paragraph.
_COMMON_WORDS = {
    code: words.split()
    for code, words in {
        "en": "the and of to in is that for with was are this it as on by from at have has be will not",
        "de": "der die und das den ist nicht von mit dem ein eine auf für sich auch des werden im zu",
        "fr": "le les des et est une dans pour que qui sur pas avec au par plus ce sont du il",
        "es": "el los las que del se por con una para su como más fue al lo pero han este y",
        "it": "il che di della per non una sono con del gli dei nel alla anche più come è ha la",
        "pt": "não uma que do da em os com para dos das mais foi pelo são ao também na no o",
        "nl": "het een van niet dat zijn voor met aan ook maar naar wordt bij nog door heeft deze en de",
        "no": "og er det som på til av ikke med har jeg vi kan fra eller være ble også etter i",
        "pl": "nie się na jest do że jak po przez dla od czy ale tym może tylko oraz już był w",
    }.items()
}

# Glyphs that mirrors and Hong Kong or Taiwan pages use and OpenCC's tables leave alone.
_GLYPHS = str.maketrans({"陜": "陕", "茍": "苟", "衞": "卫", "妳": "你", "祂": "他", "牠": "它", "麽": "么"})


def language_of(text: str) -> tuple[str, str | None]:
    """(ISO 639-1 code, "Hans" or "Hant" for Chinese, else None). "und" where there is nothing to go by.

    >>> language_of("智谱通过港交所聆讯"), language_of("智譜通過港交所聆訊"), language_of("The company filed for a listing.")
    (('zh', 'Hans'), ('zh', 'Hant'), ('en', None))
    """
    sample = text[:_SAMPLE]
    han, kana, hangul = (len(pattern.findall(sample)) for pattern in (_HAN, _KANA, _HANGUL))
    words = _WORD.findall(_HAN.sub(" ", sample))
    if kana > 0.1 * (han + kana) and kana > 2:
        return "ja", None
    if hangul > han and hangul > len(words) // 2:
        return "ko", None
    # A hanzi says about as much as half a Latin word.
    if han and han >= 0.6 * len(words):
        return "zh", script_of(sample)
    return _alphabetic_language(sample, words), None


def _alphabetic_language(sample: str, words: list[str]) -> str:
    if len(_CYRILLIC.findall(sample)) > len(sample) // 5:
        return "uk" if re.search("[іїєґ]", sample) else "ru"
    if len(_ARABIC.findall(sample)) > len(sample) // 5:
        return "ar"
    if not words:
        return "und"
    said = Counter(word.lower() for word in words)
    counts = {code: sum(said[word] for word in common) for code, common in _COMMON_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > 0.02 * len(words) else ("en" if sample.isascii() else "und")


def script_of(text: str) -> str:
    """ "Hant" where characters that exist only in traditional writing outnumber those only in simplified."""
    traditional, simplified = script_counts(text)
    return "Hant" if traditional > simplified else "Hans"


def script_counts(text: str) -> tuple[int, int]:
    """How many characters of `text` are (only traditional, only simplified)."""
    only_traditional, only_simplified = _script_sets()
    return (
        sum(map(only_traditional.__contains__, text)),
        sum(map(only_simplified.__contains__, text)),
    )


def is_traditional(character: str) -> bool:
    return character in _script_sets()[0]


@cache
def _script_sets() -> tuple[frozenset[str], frozenset[str]]:
    from opencc import OpenCC

    hanzi = [chr(code) for code in range(0x4E00, 0xA000)]
    # A line each, so that OpenCC converts characters and not phrases.
    to_traditional = OpenCC("s2t").convert("\n".join(hanzi)).split("\n")
    only_simplified = frozenset(one for one, other in zip(hanzi, to_traditional, strict=True) if one != other)
    only_traditional = frozenset(one for one in hanzi if fold(one) != one and one not in only_simplified)
    return only_traditional, only_simplified


def simplify(text: str) -> str:
    """Traditional Chinese in simplified characters, by phrases. Simplified text comes back as it is, nearly always:
    callers decide by `script_of` whether to call this.

    >>> simplify("意味著智譜的著作隨著陜西")
    '意味着智谱的著作随着陕西'
    """
    return _simplify(text)


@lru_cache(maxsize=4096)
def _simplify(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted.translate(_GLYPHS)


@cache
def _converter():  # type: ignore[no-untyped-def]  # opencc ships no types
    from opencc import OpenCC

    return OpenCC("tw2s")
