"""Names of the lexicon in a text: one Aho-Corasick pass over the folded text, then boundaries, guards and versions.

folded text ─ automaton ─▶ candidates ─ boundary, case, guard ─▶ names ─ version ─▶ mentions
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from nlp.components.records import Mention
from nlp.lexicon import Lexicon, Name

_VARIANTS = (
    "sonnet|opus|haiku|pro|max|flash|ultra|mini|nano|turbo|plus|air|lite|thinking|instruct|preview|coder|math|vl|omni"
    "|chat|base|exp|next|realtime|audio|vision|image|video|edge|distill|terminus|reasoner|zero|speciale|highspeed|super"
    "|asr|tts|ocr|embedding|rerank|robotics|medium|large|small|long|code|codex|fast|heavy|high|moe|x|s|i|e|r"
)
# What follows a family: "-4.5", " 4.5v", "2.5-Max", " 3.5 Sonnet", "-R1", "3 70B", "50 系列". Folded, so lower case.
_TOKEN = rf"(?:v?\d+(?:\.\d+)*[a-z]{{0,2}}|[a-z]\d+(?:\.\d+)*[a-z]?|\d+(?:\.\d+)?[bm]|(?:{_VARIANTS}))(?![a-z0-9])"
_VERSION = re.compile(rf"[\s\-_]?{_TOKEN}(?:[\s\-]{_TOKEN}){{0,3}}(?:/v?\d+(?:\.\d+)*[a-z]?(?![a-z0-9]))*(?:\s?系列)?")
_HAS_DIGIT = re.compile(r"\d")
# A number behind a name that is counted or dated is no version: "豆包 3 月", "Qwen 10 亿", "Gemini 2 家".
_COUNTED = re.compile(r"\s*(?:[年月日天家个款名亿万千百%元美港次轮倍位人周小分秒台辆]|token)")
_LATIN = re.compile(r"[a-z0-9]")


@dataclass(slots=True)
class _Guards:
    """Guards of one text; whether a needed word stands in it is looked up once."""

    text: str  # folded, title included
    seen: dict[str, bool] = field(default_factory=dict)

    def has(self, word: str) -> bool:
        if word not in self.seen:
            self.seen[word] = word in self.text
        return self.seen[word]


class Gazetteer:
    """The automaton over all names of a lexicon. Built once (a few milliseconds), then only read."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._names: list[tuple[Name | None, Name | None]] = [
            (lexicon.names.get(folded), lexicon.families.get(folded))
            for folded in dict.fromkeys([*lexicon.names, *lexicon.families])
        ]
        self._versions: Mapping[str, Name] = lexicon.names
        patterns = list(dict.fromkeys([*lexicon.names, *lexicon.families]))
        # A DFA over 4,000 Chinese names is built in a blink and reads 10 million characters a second.
        self._automaton = AhoCorasick(patterns, matchkind=MatchKind.Standard, implementation=Implementation.DFA)

    def find(self, text: str, folded: str, *, title: str = "") -> list[Mention]:
        """Mentions in `text`, leftmost longest among those that pass, in order. `folded` has the same length."""
        guards = _Guards(text=f"{title}\n{folded}")
        found, end = [], 0
        for mention in sorted(self._candidates(text, folded, guards), key=lambda m: (m.start, -m.end)):
            if mention.start >= end:
                found.append(mention)
                end = mention.end
        return found

    def _candidates(self, text: str, folded: str, guards: _Guards) -> Iterator[Mention]:
        # Overlapping, because the longest candidate may fail its guard where a shorter one passes.
        for index, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            name, family = self._names[index]
            for candidate in (name, family):
                if candidate is not None and _passes(candidate, text, folded, start, end, guards):
                    mention = self._mention(candidate, text, folded, start, end)
                    if mention is not None:
                        yield mention

    def _mention(self, name: Name, text: str, folded: str, start: int, end: int) -> Mention | None:
        entry = name.entry
        longer = (
            version_end(folded, end) if entry.versioned else _year_end(folded, end) if entry.kind == "event" else end
        )
        if entry.type == "COMPANY" and not folded[end - 1].isascii() and folded.startswith("公司", end):
            longer = end + 2  # 通用汽车公司, 应用材料公司
        if longer == end and not (entry.bare and bounded(folded, start, end)):
            return None
        if longer != end and not bounded(folded, start, longer):
            return None
        canonical = (
            entry.name
            if longer == end or not entry.versioned
            else self._version_name(name, folded[end:longer], text[end:longer])
        )
        return Mention(
            text=text[start:longer],
            start=start,
            end=longer,
            type=entry.type,
            canonical=canonical,
            found_by="gazetteer",
            kind=entry.kind,
            maker=entry.related[0] if entry.type == "PRODUCT" and entry.related else None,
        )

    def _version_name(self, name: Name, folded: str, written: str) -> str:
        """ "DeepSeek V2", "deepseek-v2" and "DeepSeekV2" are one model; a version the lexicon names keeps its entry."""
        version = written.strip(" -_\t\n")
        known = self._versions.get(f"{name.entry.name}{name.entry.joint}{version}".lower())
        return known.entry.name if known else f"{name.entry.name}{name.entry.joint}{version}"


def version_end(folded: str, end: int) -> int:
    """Where the version behind a family ends; `end` itself where there is none."""
    match = _VERSION.match(folded, end)
    if match is None or (not _HAS_DIGIT.search(match.group()) and len(match.group()) < 3):
        return end
    if folded[match.end() - 1].isdigit() and _COUNTED.match(folded, match.end()):
        return end
    return match.end()


_EVENT_YEAR = re.compile(r"\s?20\d\d(?![\d年])")


def _year_end(folded: str, end: int) -> int:
    """CES 2025 is the name of an event, year and all."""
    match = _EVENT_YEAR.match(folded, end)
    return match.end() if match else end


def bounded(folded: str, start: int, end: int) -> bool:
    """A latin name is not a piece of a longer latin word; Chinese names have no such edge."""
    before = folded[start - 1] if start else " "
    after = folded[end] if end < len(folded) else " "
    return not (_LATIN.match(folded[start]) and _LATIN.match(before) and before.isascii()) and not (
        _LATIN.match(folded[end - 1]) and _LATIN.match(after)
    )


def _passes(name: Name, text: str, folded: str, start: int, end: int, guards: _Guards) -> bool:
    if name.cased and text[start:end].replace(" ", "") != name.text.replace(" ", ""):
        return False
    if name.needs and not any(guards.has(word) for word in name.needs):
        return False
    if name.entry.kind == "university" and _names_licence(folded, start, end):
        return False
    return not any(_covers(folded, word, start, end) for word in name.excluded)


# MIT and Stanford gave their names to licences: MIT授权, MIT 许可证, MIT-licensed; 代码采用 MIT.
_LICENCE_AFTER = re.compile(r"[\s\-]?(?:开源|开放|宽松)?(?:许可|授权|协议|licen[cs]e)")
_LICENCE_BEFORE = re.compile(r"(?:采用|基于|遵循|使用|选用|以|under(?: an?| the)?)\s?[“\"]?$")
_LICENCE_ENDS = re.compile(r"[”\"]?\s*(?:[，,。；;、)）\n]|发布|开源|许可|$)")


def _names_licence(folded: str, start: int, end: int) -> bool:
    if _LICENCE_AFTER.match(folded, end):
        return True
    return bool(_LICENCE_BEFORE.search(folded[max(0, start - 10) : start]) and _LICENCE_ENDS.match(folded, end))


def _covers(folded: str, word: str, start: int, end: int) -> bool:
    """True if `word` stands in the text so that it covers this mention."""
    first = max(0, end - len(word))
    at = folded.find(word, first, start + len(word))
    return at != -1 and at <= start and at + len(word) >= end
