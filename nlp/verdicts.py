"""Is there an article on this page? If not, the one reason why, with what was seen.

Conservative: a page whose body is as long as a newsflash is an article whatever stands around it. Signs of an error page,
a wall or a list only count where there is hardly any body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.extraction.facts import Facts
from nlp.extraction.metadata import Metadata
from nlp.labels import Labelled
from nlp.records import BODY_LABELS, DropReason, LineLabel

SHORTEST = 50  # characters of body: newsflashes of one or two sentences are articles (issue 3)
_HARDLY = 200  # characters: less than this beside the signs of an error page or a wall is no article
_STUB = 400  # characters: what a paywall shows before it closes

_MISSING = re.compile(
    r"(?:页面|网页|内容|文章|您(?:要)?访问的\S{0,8})(?:不存在|已(?:被)?删除|已下[线架]|找不到|无法(?:找到|访问)|未找到|走丢)|(?:^|\W)404(?:\W|$)|page (?:not found|doesn.t exist)|not found"
)
_WALL = re.compile(
    r"(?:请|需要?|先)\S{0,4}登[录陆]|登[录陆]后(?:查看|阅读|可见|继续)|安全验证|请(?:输入|完成)\S{0,6}验证|访问(?:过于|太)频繁|人机验证|captcha|are you a (?:robot|human)|(?:sign|log) in to (?:continue|read|view)|enable javascript"
)
_PAYWALL = re.compile(
    r"付费(?:阅读|内容|文章|后)|剩余\s?\d{1,2}\s?%|试读(?:结束|部分)|(?:开通|购买|成为)\S{0,6}会员\S{0,6}(?:阅读|查看|全文)|订阅(?:后|即可)\S{0,4}(?:阅读|查看)|解锁(?:全文|剩余)|"
    r"subscribe to (?:read|continue|unlock)|subscribers? only|already a subscriber"
)
_NOT_ARTICLES = frozenset({"product", "profile", "product.item", "business.business", "video.movie", "music.song"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reason` None: there is an article. `detail` says what was seen either way."""

    reason: DropReason | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    body: int  # characters of body
    page: int  # characters of all lines
    spam: int  # characters of spam lines
    spam_lines: int
    linked_lines: int  # lines that are nothing but a link
    linked: int  # their characters
    listed: int  # lines in lists of other stories
    lines: int
    headline: bool  # a heading of the length of a headline is the title
    signed: bool  # a line says who published it, or when
    top: str  # folded text of the title and the first lines


def judge(
    facts: Sequence[Facts], labels: Sequence[Labelled], *, title: str, metadata: Metadata, all_text: str
) -> Verdict:
    """`title` and `all_text` folded."""
    seen = _look(facts, labels, title)
    checks = (_spam, _missing, _login, _paywall, _list_page, _thin)
    for check in checks:
        verdict = check(seen, all_text)
        if verdict is not None:
            return verdict
    if metadata.paywalled and seen.body < _HARDLY:
        return Verdict(reason=DropReason.PAYWALL, detail=f"says that it is not free, {seen.body} characters of body")
    if metadata.kind in _NOT_ARTICLES:
        return Verdict(reason=DropReason.NOT_NEWS, detail=f"og:type is {metadata.kind!r}")
    return Verdict(reason=None, detail=f"{seen.body} characters of body on a page of {seen.page}")


def _look(facts: Sequence[Facts], labels: Sequence[Labelled], title: str) -> _Seen:
    def total(*wanted: LineLabel) -> int:
        return sum(fact.length for fact, labelled in zip(facts, labels, strict=True) if labelled.label in wanted)

    linked = [fact for fact in facts if fact.link_share > 0.8 and fact.length >= 6]
    return _Seen(
        body=total(*BODY_LABELS),
        page=sum(fact.length for fact in facts),
        spam=total(LineLabel.SPAM_KEYWORDS),
        spam_lines=sum(labelled.label is LineLabel.SPAM_KEYWORDS for labelled in labels),
        linked_lines=len(linked),
        linked=sum(fact.length for fact in linked),
        listed=sum(labelled.label in (LineLabel.RELATED, LineLabel.SIDEBAR) for labelled in labels),
        lines=len(facts),
        headline=any(
            labelled.label is LineLabel.TITLE and fact.tag in ("h1", "h2", "h3") and fact.length >= 10
            for fact, labelled in zip(facts, labels, strict=True)
        ),
        signed=any(labelled.label is LineLabel.BYLINE for labelled in labels),
        top=" ".join([title, *(fact.text for fact in facts[:12] if len(fact.text) < 120)]),
    )


def _spam(seen: _Seen, all_text: str) -> Verdict | None:
    if seen.signed and seen.body >= SHORTEST:
        return None  # a short article under the keywords of a mirror
    if (seen.spam_lines and seen.spam > 0.5 * seen.page and seen.body < _HARDLY) or (
        seen.spam > 4 * seen.body and seen.spam_lines >= 3
    ):
        return Verdict(
            reason=DropReason.SPAM,
            detail=f"{seen.spam_lines} lines of keywords, {seen.spam} of {seen.page} characters, {seen.body} of body",
        )
    return None


def _missing(seen: _Seen, all_text: str) -> Verdict | None:
    found = _MISSING.search(seen.top)
    if found and seen.body < _HARDLY:
        return Verdict(
            reason=DropReason.SOFT_404, detail=f"says {found.group().strip()!r}, {seen.body} characters of body"
        )
    return None


def _login(seen: _Seen, all_text: str) -> Verdict | None:
    found = _WALL.search(all_text) if seen.body < SHORTEST or seen.page < 2 * _HARDLY else None
    if found and seen.body < _HARDLY and seen.page < 2_000:
        return Verdict(reason=DropReason.LOGIN_WALL, detail=f"asks {found.group()!r}, {seen.body} characters of body")
    return None


def _paywall(seen: _Seen, all_text: str) -> Verdict | None:
    found = _PAYWALL.search(all_text) if seen.body < _STUB else None
    if found:
        return Verdict(
            reason=DropReason.PAYWALL, detail=f"says {found.group()!r} behind {seen.body} characters of body"
        )
    return None


def _list_page(seen: _Seen, all_text: str) -> Verdict | None:
    # A short article under its headline stays one beside hundreds of links.
    most = SHORTEST if seen.headline else _HARDLY
    if seen.linked_lines >= 15 and seen.linked > 0.6 * seen.page and seen.body < most:
        return Verdict(
            reason=DropReason.LIST_PAGE,
            detail=f"{seen.linked_lines} headline links, {seen.linked} of {seen.page} characters",
        )
    if seen.lines >= 15 and seen.listed > 0.6 * seen.lines and seen.body < SHORTEST:
        return Verdict(reason=DropReason.LIST_PAGE, detail=f"{seen.listed} of {seen.lines} lines list other stories")
    return None


def _thin(seen: _Seen, all_text: str) -> Verdict | None:
    if seen.body < SHORTEST:
        return Verdict(reason=DropReason.THIN, detail=f"{seen.body} characters of body, an article has {SHORTEST}")
    return None
