"""A forward model of the machine behind spam mirrors: what it does to a story, so that we can try to undo it.

    simplified text ─ to_traditional ─▶ ─ annotate (in GBK bytes) ─▶ ─ decode_windows ─▶ what a reader of the mirror sees

The model was derived from real mirror pages; all pages it makes are ours. Pure, and the same for the same seed. The
keys (the characters a mirror annotates) are a list of the page's own, as on real mirrors: never rely on one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from cli.demo.stories import Story

if TYPE_CHECKING:
    from opencc import OpenCC

# Where the machine's table leaves OpenCC's tw standard, as seen on mirror pages.
_ODD_TARGETS = {"着": "著", "陕": "陜", "苟": "茍", "净": "凈", "台": "臺", "冲": "沖", "签": "簽", "鉴": "鑒"}
# Simplified characters that are also good traditional ones: a table of one-to-one pairs leaves them alone.
_STAYING = frozenset("么于云伙占后咨并愿游范采里丑斗干谷松余郁沈叶制卷征志注御")
# At an odd byte offset these get a byte in front, which the decoder swallows together with half a character.
_FILLED = ("；".encode("gbk"), "！".encode("gbk"))
_FILLER = b" "
_TO_ASCII = str.maketrans("，；：！？（）", ",;:!?()")
_EURO, _MS_FF = "\u20ac", "\uf8f5"  # what Windows makes of the single bytes 80 and FF
_USER_DEFINED = range(0xE000, 0xE766)  # private use area of the pairs AAA1.., F8A1.. and A140..


@cache
def _traditional(character: str) -> str:
    if character in _STAYING:
        return character
    changed = _ODD_TARGETS.get(character) or _opencc().convert(character)
    return changed if len(changed) == 1 and _in_gbk(changed) else character


@cache
def _opencc() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("s2tw")


def _in_gbk(character: str) -> bool:
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def to_traditional(text: str) -> str:
    """Character by character, blind to words: 皇后 stays, 头发 becomes 頭發.

    >>> to_traditional("因为变革往往在某个")
    '因為變革往往在某個'
    """
    return "".join(map(_traditional, text))


@cache
def reading(character: str) -> str:
    """The pinyin a mirror puts behind `character`: pypinyin's first reading, whatever the word."""
    from pypinyin import Style, pinyin

    return pinyin(character, style=Style.TONE, heteronym=False)[0][0]


def encode_windows(text: str) -> bytes:
    """`text` in code page 936; what it does not have becomes '?', as Windows does it."""
    return b"".join(map(_encoded, text))


def _encoded(character: str) -> bytes:
    if character == _EURO:
        return b"\x80"
    if character == _MS_FF:
        return b"\xff"
    if ord(character) in _USER_DEFINED:
        return character.encode("gb18030")
    return character.encode("cp936", errors="replace")


def decode_windows(data: bytes) -> str:
    """`data` as code page 936 the way Windows reads it: never fails, and an impossible pair costs both its bytes.

    >>> decode_windows(bytes.fromhex("D2F2 9E28 79"))
    '因?y'
    """
    text, at = [], 0
    while at < len(data):
        width = 1 if data[at] <= 0x80 or data[at] == 0xFF else 2
        text.append(_decoded(data[at : at + width], width=width))
        at += width
    return "".join(text)


def _decoded(data: bytes, *, width: int) -> str:
    if len(data) < width:
        return ""  # a lead byte at the very end has nothing to pair with and vanishes
    if width == 1:
        return {0x80: _EURO, 0xFF: _MS_FF}.get(data[0]) or chr(data[0])
    try:
        return data.decode("cp936")
    except UnicodeDecodeError:
        return _user_defined(data)


def _user_defined(pair: bytes) -> str:
    try:
        character = pair.decode("gb18030")
    except UnicodeDecodeError:
        return "?"
    return character if ord(character) in _USER_DEFINED else "?"


def annotate(data: bytes, *, keys: Sequence[str]) -> bytes:
    """Each key, one after the other, becomes key + "(" + pinyin + ")" wherever its two bytes stand, aligned or not."""
    for key in keys:
        code = encode_windows(key)
        data = data.replace(code, code + b"(" + encode_windows(reading(key)) + b")")
    return data


def _fill(text: str) -> bytes:
    """`text` in code page 936 with a filler before each ；or ！ that stands across two characters."""
    filled = bytearray()
    for character in text:
        code = encode_windows(character)
        if len(code) == 2 and filled[-1:] + code[:1] in _FILLED and _ends_in_trail(filled):
            filled[-1:-1] = _FILLER
        filled += code
    return bytes(filled)


def _ends_in_trail(data: bytearray) -> bool:
    """The last byte belongs to a two-byte character, whose bytes are both ≥ 80 here: ；and ！ begin with A3."""
    return len(data) >= 2 and data[-2] > 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One mirror site's machine: the characters it annotates, in its order. `ascii_punctuation`: what corpora do later."""

    keys: tuple[str, ...]
    ascii_punctuation: bool = True

    def run(self, line: str) -> str:
        """One line of simplified text as the mirror shows it."""
        shown = decode_windows(annotate(_fill(to_traditional(line)), keys=self.keys))
        return shown.translate(_TO_ASCII) if self.ascii_punctuation else shown


def choose_keys(text: str, *, seed: int, share: float = 0.25) -> tuple[str, ...]:
    """A key list for a page: `share` of the traditional characters whose bytes stand in it, all or none of each.

    Some of them stand there only across two characters; those hits are what shifts the bytes behind them.
    """
    data = _fill(to_traditional(text))
    standing = sorted(character for character in _annotatable() if character.encode("gbk") in data)
    count = max(1, round(len(standing) * share)) if standing else 0
    return tuple(random.Random(seed).sample(standing, count))  # noqa: S311  # a seeded choice, nothing secret


@cache
def _annotatable() -> frozenset[str]:
    """The traditional forms of common characters: those of GB 2312's first level (rows 16 to 55) that change."""
    codes = (bytes([0xA0 + row, 0xA0 + cell]) for row in range(16, 56) for cell in range(1, 95))
    common = "".join(code.decode("gb2312", errors="ignore") for code in codes)
    return frozenset(_traditional(character) for character in common if _traditional(character) != character)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Somebody else's story in the mirror's list of links, with its outlet and time as printed."""

    title: str
    outlet: str
    printed_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A mirror's copy of a story. `header`: the stuffed keywords, added last, so they stay simplified."""

    story: Story
    machine: Machine
    header: tuple[str, ...]
    related: tuple[Related, ...] = field(default=())

    def chrome_above(self) -> list[str]:
        return [self.machine.run("示例首页 > 示例号 > 正文 申请入驻")]

    def body(self) -> list[str]:
        story = self.story
        return [self.machine.run(line) for line in (f"文丨{story.author}", *story.paragraphs)]

    def title(self) -> str:
        return self.machine.run(self.story.title)

    def byline(self) -> list[str]:
        stamp = self.story.published.strftime("%Y-%m-%d %H:%M:%S")
        return [stamp, f"来源: {self.story.publisher}", "0", "分享至"]

    def chrome_below(self) -> list[str]:
        run = self.machine.run
        notice = "特别声明：以上内容为示例文本，由自媒体平台“示例号”用户上传并发布，本平台仅提供信息存储服务。"
        return [run(notice), run("/阅读下一篇/"), run("返回示例首页"), run("下载示例新闻客户端")]


_HEADER_WORDS = ("在线观看免费完整版", "棋牌游戏大厅下载", "高清无码视频在线播放", "彩票开奖结果查询", "免费影视大全",
                 "成人小说在线阅读", "电玩城官网注册送金", "最新地址发布页", "国产精品一区二区三区", "体育投注平台入口",
                 "无广告完整版高清", "手机游戏破解版大全")  # fmt: skip


def make_mirror(story: Story, *, seed: int, related: Iterable[Related] = ()) -> Mirror:
    """`story` as one mirror shows it; another seed is another mirror with other keys and another header."""
    keys = choose_keys(" ".join((story.title, *story.paragraphs)), seed=seed)
    header = tuple(random.Random(seed).sample(_HEADER_WORDS, 7))  # noqa: S311  # a seeded choice, nothing secret
    return Mirror(story=story, machine=Machine(keys=keys), header=header, related=tuple(related))


def mirror_text(mirror: Mirror) -> str:
    """The page as visible text, the way mirror pages are found in text corpora."""
    run = mirror.machine.run
    top = ["|".join(mirror.header), "", *mirror.chrome_above(), "", mirror.title(), ""]
    related = [line for item in mirror.related for line in (run(item.title), run(item.outlet), item.printed_time)]
    body = [line for paragraph in mirror.body() for line in (paragraph, "")]
    return "\n".join([*top, *map(run, mirror.byline()), "", *body, *mirror.chrome_below(), *related]) + "\n"


def mirror_html(mirror: Mirror) -> str:
    """The page as the mirror serves it, in UTF-8: keyword header, crumbs, story, notice, related list, footer."""
    run = mirror.machine.run
    title = escape(mirror.title())
    spans = "".join(f"<span>{escape(run(part))}</span>\n" for part in mirror.byline())
    body = "\n".join(f"<p>{escape(line)}</p>" for line in mirror.body())
    below = "\n".join(f'<div class="note">{escape(line)}</div>' for line in mirror.chrome_below())
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}_{escape(" ".join(mirror.header[:3]))}</title>
<meta name="keywords" content="{escape(",".join(mirror.header))}"></head>
<body>
<div class="seo">{escape("|".join(mirror.header))}</div>
<div class="crumb">{escape(mirror.chrome_above()[0])}</div>
<div class="main">
<h1>{title}</h1>
<div class="info">{spans}</div>
<div class="text">
{body}
</div>
{below}
</div>
<ul class="more">
{_related_items(mirror)}
</ul>
<div class="foot">{escape(run("示例镜像站 无障碍浏览 进入关怀版"))}</div>
</body></html>
"""


def _related_items(mirror: Mirror) -> str:
    run = mirror.machine.run
    return "\n".join(
        f'<li><a href="#">{escape(run(item.title))}</a><em>{escape(run(item.outlet))}</em><i>{item.printed_time}</i></li>'
        for item in mirror.related
    )
