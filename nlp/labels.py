"""A label and a reason for every visible line: what the author wrote, and what the site put around it.

1. Signs: what a line says by itself (a counter, a disclaimer, a caption, the heading of a list of related stories …).
2. The body: the stretch of lines that reads most like running text. On HTML pages the tree has already said where it may lie.
3. Title and byline by their place in front of the body.
4. Behind the body: related stories have a rhythm (title, source, time), sidebars another (channel, title, channel,
   title), and the footer closes the page.

All patterns read folded text: one script, one width, lower case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.extraction.facts import DATE_TIME, Facts
from nlp.records import BODY_LABELS, LineLabel

L = LineLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    label: LineLabel
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where the tree says the body lies: numbers of lines. `title`: the line that repeats the page's title, None if none does.
    `exact`: these lines and no others are the body, as a source's selectors or a library decided."""

    lines: frozenset[int]
    title: int | None = None
    exact: bool = False


_COUNTED = "阅读|浏览|评论|点赞|收藏|转发|分享|跟贴|跟帖|参与|点击|播放|关注度|关注|热度|文章数|回复|人气|次数|赞|喜欢|粉丝|查看|围观|在看|views?|comments?|likes?"
_COUNTER = re.compile(f"(?:{_COUNTED}|\\d|[\\s:|,.()+/·]|[万亿千kw人次条个数量篇了已有共])+")
_SHARE = re.compile("分享(?:至|到)?(?:好友和朋友圈|微信|微博|朋友圈|qq|:)*|举报|赞|踩|打赏")
_CHROME = re.compile(
    r"首页\s*[>»›/|]|^首页(?:\s|$)|(?:所在|当前)的?位置|^(?:登录|注册)(?:\s|$)|登录\s*[|/]?\s*注册|加入收藏|收藏本站|设为首页|打开app|下载app|"
    r"阅读全文|扫码|扫一扫|二维码|(?:放大|缩小|选择)字(?:体|号)|字体?(?:大小|:)|^跳转到|返回(?:首页|列表)|手机版|申请入驻|"
    r"\S+\s*[>»›]\s*(?:正文|\S+\s*[>»›])|^(?:打印|关闭窗口?|大\s?中\s?小|收藏|分享|订阅|搜索|菜单|导航|更多|复制链接)(?:\s|$)|^skip to|^(?:menu|search|log ?in|sign ?(?:in|up)|subscribe|share)$"
)
_DISCLAIMER = re.compile(
    r"^[(\[【*]*(?:特别|免责|版权|郑重|重要|法律|原创)?声明\s*[:】]|^风险提示|^投资有风险|^notice: the content above|^disclaimer|"
    r"^本文(?:系|为|由|来自|转载|仅|不构成|内容|版权|首发)\S{0,30}(?:授权|转载|观点|立场|建议|无关|所有|原创|侵权)|"
    r"(?:未经|谢绝)\S{0,12}(?:许可|授权|同意)?\S{0,6}(?:转载|摘编|复制)|^转载(?:请|须|需)|不代表本(?:网|站|平台|报|刊|人)|与本(?:网|站|平台)无关|"
    r"仅提供信息(?:存储|发布)|如(?:有|涉及|发现)\S{0,8}(?:侵权|版权|侵犯)|仅供参考,?\s*不构成|据此操作"
)
_FOOTER = re.compile(
    r"copyright|©|版权所有|icp\s?(?:备|证)|公网安备|网安备|举报(?:电话|邮箱|专区|中心)|^关于我们|联系我们\s*[|/]|网站地图|^返回顶部|无障碍(?:浏览|阅读)|关怀版|"
    r"隐私(?:政策|权)|用户协议|服务条款|营业执照|经营许可|许可证|all rights reserved|感谢您访问|友情链接|^广告(?:服务|合作)|法律声明\s*[|/]|^powered by|违法和?不良信息"
)
_CAPTION = re.compile(
    r"^[▲△▼↑↓◎●]|^\(?(?:图片?|题图|头图|配图|封面|视频|图表|数据)?(?:来源|来自|源于)\s*[:于]?\s*\S{0,20}(?:网络?|官网|视觉中国|截图|图虫|官方|ic photo)\)?$|"
    r"^\(?(?:题图|头图|图片|配图|封面图?|图表)\s*(?:来源|来自|源自?|:|\||/|丨|由)|^\(?图(?:源|\d{0,2})\s*[:|/丨]|^(?:资料图|示意图|效果图|供图|制图|视频截图)|"
    r"^(?:摄影?|摄影师|摄)\s*[:|/丨]|(?:图源|供图|摄影|/?图|摄)\s*[:|/丨]?\s?\S{0,8}\)?$(?<=.{4})|^photo(?:graph)?(?:\s*(?:by|credit)|:)|\(?图片来[自源]"
)
_BYLINE_WORDS = (
    "作者|文字?|撰文|撰稿|编辑|责编|责任编辑|记者|本报记者|特约记者|见习记者|来源|稿件来源|文章来源|采写|采访|整理|编译|翻译|出品|校对|审校|监制|审核|实习生|"
    "通讯员|主编|策划|原创|发布时间|发布于|发表于|时间|日期|publisher|author|by|source|posted|published"
)
_BYLINE = re.compile(
    f"^[(\\[【▌□■|]*(?:[^\\s:]{{0,8}}(?:网|报|社|讯)\\s?)?(?:{_BYLINE_WORDS})(?:\\s*[:丨|/｜·]|\\s+\\S)"
)
_RELATED_HEAD = re.compile(
    r"^[【\[▌■*#]*(?:相关|延伸|推荐|拓展|扩展|精彩|热门|热点|猜你|为(?:你|您)|你可能|大家都|更多|往期|编辑|今日|本类|同类|关联|其他)?"
    r"(?:推荐|阅读|新闻|文章|链接|报道|内容|资讯|专题|喜欢|在看|感兴趣|精彩|热点|热门)+(?:推荐|阅读|新闻|文章|的内容|内容|资讯)?\s*[:】\]>»更多]*$|"
    r"^(?:上|下)一(?:篇|条|页)|^(?:related|recommended|more (?:from|stories|news)|read more|you may also|most (?:read|popular)|trending)"
)
_SIDE_HEAD = re.compile(
    r"^\S{0,4}(?:要闻|热榜|热搜榜?|排行榜?|快讯)$|^(?:最新|热门|本地|国际|国内|财经|科技)?(?:文章|新闻|资讯|动态|发布|公告)$|^往期回顾|^态度原创|^24小时|^点击(?:排行|量)|^热门?标签|^栏目|^频道"
)
_CHANNEL = re.compile("^[\u3400-\u9fff]{2,4}$")
_COMMENT_HEAD = re.compile(
    "^(?:网友|全部|最新|热门|精彩|发表|我来|写|用户)?(?:评论|跟贴|跟帖|留言|说两句)\\s*(?:\\(?\\d*\\)?条?)?$|^comments?$"
)


def label_lines(facts: Sequence[Facts], *, spam: Sequence[str | None], region: Region | None = None) -> list[Labelled]:
    """Label all lines of a page. `spam`: for each line, why it is spam (nlp.spam) or None."""
    signs = [_sign(fact, reason) for fact, reason in zip(facts, spam, strict=True)]
    _mark_rhythm(facts, signs)
    if region is not None and region.exact:
        start, end = min(region.lines, default=0), max(region.lines, default=-1) + 1
    else:
        start, end = _body_stretch(facts, signs, region)
    labels: list[Labelled | None] = [None] * len(facts)
    if start < end:
        _label_body(facts, signs, labels, start, end)
        if region is not None and region.exact:
            _keep_exactly(facts, signs, labels, region)
        _label_head(facts, signs, labels, start, region)
    else:
        _label_head(facts, signs, labels, 0, region)
    _label_tail(facts, signs, labels, end)
    if region is None or not region.exact:
        _drop_open_end(facts, labels)
    return [label or _leftover(facts[number], signs[number]) for number, label in enumerate(labels)]


_OPEN = re.compile("^[^。!?;]{2,14}:$")


def _drop_open_end(facts: Sequence[Facts], labels: list[Labelled | None]) -> None:
    """A heading at the end of the body heads nothing that we kept (参考链接: above links, 往期: above a list)."""
    for number in reversed(range(len(labels))):
        if not any(_is_label(labels[number], label) for label in BODY_LABELS):
            continue
        if not _OPEN.match(facts[number].text):
            return
        labels[number] = Labelled(label=L.RELATED, reason="a heading with nothing of the article behind it")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """A pattern that tells what a line is by itself. `longest` characters; `stops`: may it hold sentence ends?"""

    label: LineLabel
    pattern: re.Pattern[str]
    longest: int
    reason: str
    stops: bool = False


# In order: the first that fits decides.
_SIGNS = (
    _Sign(label=L.DISCLAIMER, pattern=_DISCLAIMER, longest=300, reason="a disclaimer or a note on rights", stops=True),
    _Sign(label=L.FOOTER, pattern=_FOOTER, longest=80, reason="about the site itself", stops=True),
    _Sign(label=L.FOOTER, pattern=_FOOTER, longest=160, reason="about the site itself"),
    _Sign(label=L.IMAGE_CAPTION, pattern=_CAPTION, longest=60, reason="a picture's caption or credit", stops=True),
    _Sign(label=L.CHROME, pattern=_CHROME, longest=60, reason="navigation"),
    _Sign(label=L.BYLINE, pattern=_BYLINE, longest=80, reason="names who wrote or published it"),
    _Sign(label=L.RELATED, pattern=_RELATED_HEAD, longest=24, reason="heads a list of other stories", stops=True),
    _Sign(
        label=L.RELATED,
        pattern=re.compile("^(?:上|下)一(?:篇|条)\\s*:"),
        longest=80,
        reason="links the next story",
        stops=True,
    ),
    _Sign(label=L.SIDEBAR, pattern=_SIDE_HEAD, longest=14, reason="heads a list beside the article"),
    _Sign(label=L.RELATED, pattern=_COMMENT_HEAD, longest=14, reason="heads the readers' comments"),
)


def _sign(fact: Facts, spam: str | None) -> Labelled | None:
    """What a line says by itself; None where only its place can tell."""
    if spam:
        return Labelled(label=L.SPAM_KEYWORDS, reason=spam)
    if _is_counter(fact):
        return Labelled(label=L.COUNTER, reason="nothing but counts, or a share button")
    if fact.is_time:
        return None
    for sign in _SIGNS:
        if sign.label is L.IMAGE_CAPTION and (fact.ends_sentence or (fact.stops and fact.length > 30)):
            continue  # a caption of several sentences tells as much as the article
        if (
            len(fact.text) <= sign.longest
            and (sign.stops or not fact.stops)
            and (found := sign.pattern.search(fact.text))
        ):
            return Labelled(label=sign.label, reason=f"{sign.reason}: {found.group()[:40]!r}")
    if len(fact.text) <= 45 and not fact.stops and (found := DATE_TIME.search(fact.text)) and ":" in found.group():
        return Labelled(label=L.BYLINE, reason=f"a short line with a full time: {found.group()!r}")
    return None


def _is_counter(fact: Facts) -> bool:
    if re.fullmatch(r"[\d\s.,:+万]+", fact.text) or _SHARE.fullmatch(fact.text):
        return True
    counts = len(fact.text) <= 40 and _COUNTER.fullmatch(fact.text) and re.search(_COUNTED, fact.text)
    return bool(counts) and not fact.is_time


def _mark_rhythm(facts: Sequence[Facts], signs: list[Labelled | None]) -> None:
    """Lists of other stories: (title, title, source, time) again and again. Marks up to three lines in front of each
    time that belongs to such a list."""
    times = [number for number, fact in enumerate(facts) if fact.is_time]
    for place, number in enumerate(times):
        neighbours = [
            other
            for other in (*times[max(0, place - 2) : place], *times[place + 1 : place + 3])
            if abs(other - number) <= 10
        ]
        if len(neighbours) < 2 or (number and facts[number - 1].is_time):
            continue
        previous = times[place - 1] if place else -1
        period = min(abs(other - number) for other in neighbours)
        for line in range(max(previous + 1, number - min(3, period - 1)), number + 1):
            if signs[line] is None:
                signs[line] = Labelled(label=L.RELATED, reason="in a list of stories, each with source and time")


_WEIGHT_OF_SIGN = {
    L.SPAM_KEYWORDS: 0.0, L.IMAGE_CAPTION: 0.0, L.BYLINE: -0.3, L.COUNTER: -1.5, L.CHROME: -1.5, L.DISCLAIMER: -2.0,
    L.FOOTER: -4.0, L.RELATED: -3.0, L.SIDEBAR: -3.0,
}  # fmt: skip


def _body_stretch(facts: Sequence[Facts], signs: Sequence[Labelled | None], region: Region | None) -> tuple[int, int]:
    """The lines [start, end) whose weights add up to most; (0, 0) on a page without prose."""
    best = (0.0, 0, 0)
    total, start = 0.0, 0
    for number, fact in enumerate(facts):
        total += _weight(fact, signs[number], repeats=_repeats_neighbour(facts, number), region=region, number=number)
        if total <= 0:
            total, start = 0.0, number + 1
        elif total > best[0]:
            best = (total, start, number + 1)
    return _extended(facts, signs, region, best[1], best[2])


def _repeats_neighbour(facts: Sequence[Facts], number: int) -> bool:
    """Lists of stories show a headline twice in a row, for a picture and its text."""
    text = facts[number].text
    near = [*facts[max(0, number - 2) : number], *facts[number + 1 : number + 3]]
    return facts[number].length >= 8 and any(fact.text == text for fact in near)


def _extended(
    facts: Sequence[Facts], signs: Sequence[Labelled | None], region: Region | None, start: int, end: int
) -> tuple[int, int]:
    """Short sentences next to the body belong to it."""

    def belongs(number: int) -> bool:
        inside = region is None or number in region.lines
        return inside and signs[number] is None and facts[number].ends_sentence and facts[number].length >= 4

    while 0 < start < end and belongs(start - 1):
        start -= 1
    while start < end < len(facts) and belongs(end):
        end += 1
    return start, end


def _weight(fact: Facts, sign: Labelled | None, *, repeats: bool, region: Region | None, number: int) -> float:
    if region is not None and number not in region.lines:
        return -6.0
    if sign is not None:
        return _WEIGHT_OF_SIGN[sign.label]
    if fact.is_time:
        return -1.0
    if repeats:
        return -1.5
    if fact.is_prose:
        return 0.4 + min(fact.length, 150) / 20
    if fact.link_share >= 0.5:
        return -1.0
    # Where the tree vouches for a line, lists and tables of an article weigh it down little.
    return -0.03 if region is not None else -0.35


def _label_body(
    facts: Sequence[Facts], signs: Sequence[Labelled | None], labels: list[Labelled | None], start: int, end: int
) -> None:
    for number in range(start, end):
        sign, fact = signs[number], facts[number]
        if sign is not None and not (sign.label is L.BYLINE and fact.is_prose and fact.length > 50):
            labels[number] = sign
        elif fact.is_time:
            labels[number] = Labelled(label=L.BYLINE, reason="a time inside the article")
        elif _is_subheading(facts, signs, number, end):
            labels[number] = Labelled(label=L.SUBHEADING, reason="a short line without a stop in front of running text")
        else:
            labels[number] = Labelled(label=L.BODY, reason="running text in the body")


def _keep_exactly(
    facts: Sequence[Facts], signs: Sequence[Labelled | None], labels: list[Labelled | None], region: Region
) -> None:
    for number in range(min(region.lines, default=0), max(region.lines, default=-1) + 1):
        label = labels[number]
        if number not in region.lines:
            labels[number] = signs[number] or Labelled(label=L.CHROME, reason="between the lines of the article")
        elif label is not None and label.label not in BODY_LABELS:
            labels[number] = Labelled(label=L.BODY, reason="in the article's text")


def _is_subheading(facts: Sequence[Facts], signs: Sequence[Labelled | None], number: int, end: int) -> bool:
    fact = facts[number]
    if fact.tag in ("h2", "h3", "h4", "h5") and fact.length <= 40:
        return True
    if fact.length > 28 or fact.ends_sentence or fact.stops or fact.text.endswith(","):
        return False
    following = next((facts[n] for n in range(number + 1, min(end, number + 4)) if signs[n] is None), None)
    return following is not None and following.is_prose


def _label_head(
    facts: Sequence[Facts],
    signs: Sequence[Labelled | None],
    labels: list[Labelled | None],
    start: int,
    region: Region | None,
) -> None:
    """Lines in front of the body: the title, what stands with it, and the site's head."""
    title = region.title if region else None
    if title is None:
        title = _find_title(facts, signs, labels, start)
    if title is not None:
        labels[title] = Labelled(
            label=L.TITLE, reason="the title" if region and region.title is not None else _TITLE_BY_PLACE
        )
    for number in range(start):
        if labels[number] is not None:
            continue
        sign, fact = signs[number], facts[number]
        near = title is not None and number > title and start - number <= 12
        if sign is not None and sign.label is not L.RELATED:
            labels[number] = sign
        elif near and ((DATE_TIME.search(fact.text) and fact.length <= 40) or fact.is_time):
            labels[number] = Labelled(label=L.BYLINE, reason="a time between title and body")
        elif near and fact.is_prose:
            labels[number] = Labelled(label=L.SUBHEADING, reason="a standfirst between title and body")
        else:
            labels[number] = sign or Labelled(label=L.CHROME, reason="in front of the article")
    _label_standfirst(signs, labels, start)


_TITLE_BY_PLACE = "the likeliest headline in front of the body"


def _label_standfirst(signs: Sequence[Labelled | None], labels: list[Labelled | None], start: int) -> None:
    """Body lines above the byline are the standfirst."""
    byline = next((n for n in range(start, min(len(signs), start + 4)) if _is_label(signs[n], L.BYLINE)), None)
    if byline is None:
        return
    for number in range(start, byline):
        if _is_label(labels[number], L.BODY):
            labels[number] = Labelled(label=L.SUBHEADING, reason="a standfirst above the byline")


def _is_label(labelled: Labelled | None, label: LineLabel) -> bool:
    return labelled is not None and labelled.label is label


def _find_title(
    facts: Sequence[Facts], signs: Sequence[Labelled | None], labels: Sequence[Labelled | None], start: int
) -> int | None:
    candidates = [n for n in range(max(0, start - 20), start) if signs[n] is None and _may_be_title(facts[n])]
    if (
        start < len(facts)
        and _is_label(labels[start], L.BODY)
        and _may_be_title(facts[start])
        and facts[start].length <= 40
    ):
        follows = signs[start + 1] if start + 1 < len(facts) else None
        if not candidates or (follows is not None and follows.label in (L.BYLINE, L.COUNTER)):
            candidates.append(start)
    if start < len(facts) and _is_label(labels[start], L.SUBHEADING):
        candidates.append(start)
    if not candidates:
        return None
    return max(candidates, key=lambda number: _title_score(facts[number], distance=start - number))


def _may_be_title(fact: Facts) -> bool:
    if fact.text.count("|") > 2 or fact.text.count("/") > 2 or (DATE_TIME.search(fact.text) and fact.length <= 30):
        return False
    return 5 <= fact.length <= 90 and not fact.is_time and not fact.text.endswith(("。", ",", ";", ":"))


def _title_score(fact: Facts, *, distance: int) -> float:
    heading = 25 if fact.tag == "h1" else 12 if fact.tag in ("h2", "h3", "title") else 0
    return min(fact.length, 26) + 4 * bool(fact.commas or fact.stops) + heading - 1.2 * distance - 15 * fact.link_share


def _label_tail(
    facts: Sequence[Facts], signs: Sequence[Labelled | None], labels: list[Labelled | None], end: int
) -> None:
    """Lines behind the body. Related stories come first; once their rhythm ends, or a channel heads a title, it is a sidebar;
    the last lines, where they speak of the site itself, are the footer."""
    footer = _footer_start(facts, signs, end)
    side = False
    for number in range(end, len(facts)):
        if labels[number] is not None:
            continue
        sign, _fact = signs[number], facts[number]
        if sign is not None and sign.label in (L.SIDEBAR,):
            side = True
        if sign is not None and sign.label is L.RELATED:
            side = False
        if sign is None and not side and _begins_sidebar(facts, signs, number):
            side = True
        if sign is not None and not (side and sign.label in (L.CHROME, L.BYLINE)):
            labels[number] = sign
        elif number >= footer:
            labels[number] = Labelled(label=L.FOOTER, reason="at the end of the page, among lines about the site")
        elif side:
            labels[number] = Labelled(label=L.SIDEBAR, reason="in lists beside the article")
        else:
            labels[number] = Labelled(label=L.RELATED, reason="behind the article")


def _begins_sidebar(facts: Sequence[Facts], signs: Sequence[Labelled | None], number: int) -> bool:
    """A channel's name of two to four hanzi in front of a longer line; or a time on its own after the list of stories ended."""
    fact = facts[number]
    following = facts[number + 1] if number + 1 < len(facts) else None
    if _CHANNEL.match(fact.text) and following is not None and not following.is_time:
        ahead = signs[number + 1 : number + 4]
        return not any(_is_label(sign, L.RELATED) for sign in ahead)
    before = signs[number - 1] if number else None
    return fact.is_time and _is_label(before, L.RELATED) and facts[number - 1].is_time


def _footer_start(facts: Sequence[Facts], signs: Sequence[Labelled | None], end: int) -> int:
    """From where on only footer lines, spam and short lines follow."""
    start = len(facts)
    for number in range(len(facts) - 1, end - 1, -1):
        if _is_label(signs[number], L.FOOTER):
            start = number
        elif not _is_label(signs[number], L.SPAM_KEYWORDS) and start - number > 3:
            break
    return start


def _leftover(fact: Facts, sign: Labelled | None) -> Labelled:
    return sign or Labelled(label=L.CHROME, reason="outside the article")


def body_numbers(labels: Sequence[Labelled]) -> list[int]:
    """The numbers of body and subheading lines."""
    return [number for number, labelled in enumerate(labels) if labelled.label in BODY_LABELS]
