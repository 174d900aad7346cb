"""Spam keyword lines, told by their shape: a list of phrases that repeat each other's words, no sentence, no grammar.

The classes of spam change with the season, so no list of forbidden words decides; a line of legitimate news about gambling or
invoices is a sentence and never spam. A line of contact data is spam where its digits are disguised.

    line by line ─▶ lists beside other lists of the same words ─▶ lines made of the phrases of those lists
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from nlp.script import script_counts

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_SEPARATORS = "|_,、;。 -/\u00b7*~°"
# Separators that hide words (微.信, 代/开): one between two hanzi, in a line full of different ones.
_HIDING = re.compile("(?<=[\u3400-\u9fff])[-_|/.,、。·*~°☆★●— ](?=[\u3400-\u9fff])")
_HAN = re.compile("[\u3400-\u9fff]")
# Words that hold sentences together; not inside 在线, 成都, 可以.
_GRAMMAR = re.compile("[的了是与将被把从对为而也就这那着吗呢及其于由]|在(?!线)|和|(?<!成)都")
_SENTENCE = re.compile('[。!?](?:[”"’)]|\\s|$)')
_DISGUISED_DIGIT = re.compile("[①-⑳❶-➓⑴-⒇０-９㈠-㈩]")
_CONTACT = re.compile("qq|扣扣|微信|薇|v信|加v|电话|热线|客服|联系|telegram|进群|加群|手机|咨询", re.IGNORECASE)
_CHAT = re.compile("qq|扣扣|微信|薇|v信|加v|telegram|进群|加群")
_DIGITS = re.compile("[0-9]{5,}")
_HOUSE = re.compile("举报|版权|编辑|商务|合作|投稿|备案|责任|读者")
_PROMISE = re.compile("同号|进群|加群|领取|领资料|送金|免费领|可验证|先办后付|包过|信誉|诚信")
_NAVIGATION = re.compile(
    "首页|关于|联系我们|登录|注册|网站地图|版权|隐私|招聘|新闻|财经|体育|娱乐|科技|反馈|帮助|客户端|合作"
)


# Every kind of spam line has separators, digits or invisible characters: most lines of a page are out at once.
_DIGIT = re.compile("[0-9０-９①-⑳❶-➓⑴-⒇㈠-㈩]")
_CANDIDATE = re.compile("[-_|,，、;；/·*~° \u00ad\u200b-\u200f\u2060-\u2064\ufeff]|[0-9０-９①-⑳❶-➓⑴-⒇㈠-㈩]{2}")


def spam_reason(text: str, *, simplified_on_traditional: bool = False) -> str | None:
    """Why a line is spam, None where it is not. `simplified_on_traditional`: the line is in simplified characters on a page
    that is otherwise traditional, as the header is that a mirror adds after converting the page.

    >>> spam_reason("棋牌游戏下载|棋牌平台官网|棋牌娱乐平台|真人棋牌下载|手机棋牌官网") is not None
    True
    >>> spam_reason("公安机关通报一起网络赌博平台案件,抓获犯罪嫌疑人32名。") is None
    True
    """
    if len(text) < 8 or not _CANDIDATE.search(text) or not (_HAN.search(text) or len(_DIGIT.findall(text)) >= 3):
        return None
    shown = _INVISIBLE.sub("", text)
    plain = unicodedata.normalize("NFKC", shown).lower()
    return (
        _contact_reason(shown, plain)
        or _keyword_reason(plain, simplified_on_traditional=simplified_on_traditional)
        or _disguise_reason(text, shown, plain)
    )


def _contact_reason(shown: str, plain: str) -> str | None:
    """Contact data with disguised digits, a lure, or nothing else around it; a newsroom's own number has none of these."""
    if len(plain) > 60 or _SENTENCE.search(plain) or _HOUSE.search(plain):
        return None
    bare = re.sub("[^0-9a-z\u3400-\u9fff]", "", plain)
    if not _CONTACT.search(bare) or not _DIGITS.search(bare):
        return None
    mixed = len(_DISGUISED_DIGIT.findall(shown))
    if mixed >= 2 and re.search("[0-9]", shown):
        return f"contact data with {mixed} disguised digits"
    lure = _PROMISE.search(bare) or (_CHAT.search(bare) if not _grammar_share(plain) else None)
    return f"contact data with a lure ({lure.group()})" if lure else None


def _grammar_share(plain: str) -> float:
    return len(_GRAMMAR.findall(plain)) / max(1, len(_HAN.findall(plain)))


def _segments(plain: str) -> list[str]:
    """The phrases of a list, whichever sign it uses most."""
    counts = Counter(character for character in plain if character in _SEPARATORS)
    if not counts:
        return [plain]
    separator = max(counts, key=lambda character: (counts[character], -_SEPARATORS.index(character)))
    if separator == " " and counts["|"] >= 3:
        separator = "|"
    return [segment.strip() for segment in plain.split(separator) if segment.strip()]


def _keyword_reason(plain: str, *, simplified_on_traditional: bool) -> str | None:
    if len(plain) < 24 or not _HAN.search(plain) or _grammar_share(plain) > 0.04 or _SENTENCE.search(plain):
        return None
    segments = _segments(plain)
    if len(segments) < 3 or _is_dispatch(plain):
        return None
    bare = [_bare(segment) for segment in segments]
    mean = sum(map(len, bare)) / len(bare)
    if not 2.5 <= mean <= 18 or _is_navigation(bare):
        return None
    repeated = _repetition(bare)
    if repeated < _needed_repetition(plain, segments, simplified_on_traditional=simplified_on_traditional):
        return None
    return f"{len(segments)} phrases of {mean:.0f} characters, {repeated:.0%} repeat each other's words, no sentence"


def _bare(phrase: str) -> str:
    return re.sub("[^0-9a-z\u0400-\u04ff\u3400-\u9fff]", "", phrase)


def _is_navigation(bare: list[str]) -> bool:
    return sum(1 for segment in bare if len(segment) <= 5 and _NAVIGATION.search(segment)) > 0.3 * len(bare)


_COUNTED = re.compile("[0-9](?:月|日|年|%|[万亿]|元|美元|家|人|倍|次)")


def _is_dispatch(plain: str) -> bool:
    """Commas inside sentences that tell days and figures: a stop in the middle between stretches that commas cut.
    Newsflashes run a headline, a dateline and figures together with hardly a word of grammar, and may end in a bracket
    instead of a stop."""
    if len(_COUNTED.findall(plain)) < 2:
        return False
    stretches = [stretch for stretch in re.split("[。!?;]", plain) if len(_HAN.findall(stretch)) >= 6]
    return len(stretches) >= 2 and sum("," in stretch for stretch in stretches) >= 2


def spam_reasons(lines: Sequence[str], *, traditional_page: bool = False) -> list[str | None]:
    """For each line of a page why it is spam, None where it is not; what lines cannot show alone, they show together."""
    reasons = [spam_reason(line, simplified_on_traditional=traditional_page and _is_simplified(line)) for line in lines]
    lists = dict(_phrase_lists(lines))
    known = {number: lists[number] for number, reason in enumerate(reasons) if reason and number in lists}
    for number, phrases in lists.items():
        others = {
            pair for other, theirs in lists.items() if other != number for phrase in theirs for pair in _pairs(phrase)
        }
        shared = sum(not others.isdisjoint(_pairs(phrase)) for phrase in phrases)
        if reasons[number] is None and shared >= _SHARED_BY_LISTS * len(phrases):
            reasons[number] = f"{shared} of {len(phrases)} phrases repeat the words of other lists on the page"
            known[number] = phrases
    stuffed = {phrase for phrases in known.values() for phrase in phrases if len(_HAN.findall(phrase)) >= 4}
    if len(known) >= 2:
        for number, line in enumerate(lines):
            if reasons[number] is None and _is_made_of(line, stuffed):
                reasons[number] = "made of the phrases of the keyword lists on this page"
    return reasons


_SHARED_BY_LISTS = 0.6
_LIST_LINES = 40  # more lists of long phrases on one page are an index, and too many to compare


def _phrase_lists(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that are lists of five phrases or more by bars, each longer than a menu's entries, without any grammar."""
    found = 0
    for number, line in enumerate(lines):
        if line.count("|") + line.count("_") + line.count("｜") < 4 or found == _LIST_LINES:
            continue
        plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", line)).lower()
        phrases = [bare for segment in _segments(plain) if (bare := _bare(segment))]
        if len(phrases) < 5 or _grammar_share(plain) > 0.04 or _SENTENCE.search(plain) or _is_navigation(phrases):
            continue
        if sum(len(_HAN.findall(phrase)) for phrase in phrases) >= 4.5 * len(phrases):
            found += 1
            yield number, phrases


def _is_made_of(line: str, stuffed: set[str]) -> bool:
    """Nothing but one of the phrases, or three of them and more in a line."""
    plain = _bare(unicodedata.normalize("NFKC", line).lower())
    if plain in stuffed:
        return True
    held = {phrase for phrase in stuffed if phrase in plain} if len(plain) < 400 else set()
    return len(held) >= 3 and sum(map(len, held)) > 0.3 * len(plain)


def _is_simplified(line: str) -> bool:
    traditional, simplified = script_counts(line)
    return simplified > 0 and not traditional


def _needed_repetition(plain: str, segments: list[str], *, simplified_on_traditional: bool) -> float:
    if simplified_on_traditional:
        return 0.2
    listed = plain.count(",") + plain.count("、") + plain.count(" ")
    if listed >= len(segments) - 1:  # signs that lists in sentences use too
        return 0.7 if len(segments) >= 5 else 1.0 if len(segments) == 4 and not _GRAMMAR.search(plain) else 1.1
    return 0.4 if len(segments) >= 5 else 0.6 if len(segments) == 4 else 1.1


def _repetition(segments: list[str]) -> float:
    """The share of segments that share a pair of hanzi with another one."""
    pairs = [_pairs(segment) for segment in segments]
    counts = Counter(pair for found in pairs for pair in found)
    return sum(1 for found in pairs if any(counts[pair] > 1 for pair in found)) / len(segments)


def _pairs(phrase: str) -> set[str]:
    return {phrase[at : at + 2] for at in range(len(phrase) - 1) if _HAN.match(phrase[at])}


def _disguise_reason(text: str, shown: str, plain: str) -> str | None:
    """Words cut by signs or invisible characters, many times in a line without grammar."""
    if len(_HAN.findall(plain)) < 6 or _grammar_share(plain) > 0.04:
        return None
    hidden = len(_INVISIBLE.findall(text))
    cuts = _HIDING.findall(plain)
    digits = len(_DISGUISED_DIGIT.findall(shown))
    if (
        (len(set(cuts)) >= 5 and len(cuts) >= 8)
        or (hidden >= 3 and len(cuts) + hidden >= 5)
        or (digits >= 3 and len(cuts) >= 3)
    ):
        return f"words cut by {len(set(cuts))} kinds of signs, {hidden} invisible characters, {digits} disguised digits"
    return None
