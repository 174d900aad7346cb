"""Spam keyword lines, told by their shape: a list of phrases that repeat each other's words, no sentence, no grammar.

The classes of spam change with the season, so no list of forbidden words decides; a line of legitimate news about gambling or
invoices is a sentence and never spam. A line of contact data is spam where its digits are disguised.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

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
_CANDIDATE = re.compile("[-_|,，、;；/·*~° \u00ad\u200b-\u200f\u2060-\u2064\ufeff]|[0-9０-９①-⑳❶-➓⑴-⒇㈠-㈩]{2}")


def spam_reason(text: str, *, simplified_on_traditional: bool = False) -> str | None:
    """Why a line is spam, None where it is not. `simplified_on_traditional`: the line is in simplified characters on a page
    that is otherwise traditional, as the header is that a mirror adds after converting the page.

    >>> spam_reason("棋牌游戏下载|棋牌平台官网|棋牌娱乐平台|真人棋牌下载|手机棋牌官网") is not None
    True
    >>> spam_reason("公安机关通报一起网络赌博平台案件,抓获犯罪嫌疑人32名。") is None
    True
    """
    if len(text) < 8 or not _CANDIDATE.search(text):
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
    if len(segments) < 3:
        return None
    bare = [re.sub("[^0-9a-z\u0400-\u04ff\u3400-\u9fff]", "", segment) for segment in segments]
    mean = sum(map(len, bare)) / len(bare)
    if not 2.5 <= mean <= 18:
        return None
    repeated = _repetition(bare)
    navigation = sum(1 for segment in bare if len(segment) <= 5 and _NAVIGATION.search(segment)) / len(bare)
    if navigation > 0.3:
        return None
    if repeated < _needed_repetition(plain, segments, simplified_on_traditional=simplified_on_traditional):
        return None
    return f"{len(segments)} phrases of {mean:.0f} characters, {repeated:.0%} repeat each other's words, no sentence"


def _needed_repetition(plain: str, segments: list[str], *, simplified_on_traditional: bool) -> float:
    if simplified_on_traditional:
        return 0.2
    listed = plain.count(",") + plain.count("、") + plain.count(" ")
    if listed >= len(segments) - 1:  # signs that lists in sentences use too
        return 0.7 if len(segments) >= 5 else 1.0 if len(segments) == 4 and not _GRAMMAR.search(plain) else 1.1
    return 0.4 if len(segments) >= 5 else 0.6 if len(segments) == 4 else 1.1


def _repetition(segments: list[str]) -> float:
    """The share of segments that share a pair of hanzi with another one."""
    pairs = [
        {segment[at : at + 2] for at in range(len(segment) - 1) if _HAN.match(segment[at])} for segment in segments
    ]
    counts = Counter(pair for found in pairs for pair in found)
    return sum(1 for found in pairs if any(counts[pair] > 1 for pair in found)) / len(segments)


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
