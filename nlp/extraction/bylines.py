"""Who wrote and who published it, read from byline lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nlp.extraction.facts import DATE_TIME
from zhiwen.folding import fold

_SEPARATOR = r"\s*[:：丨|｜/／·]\s*|\s+"
_AUTHOR = re.compile(
    rf"(?:^|[\s(（【\[|丨｜])(?:作者|撰文|撰稿|采写|文字?|[\u4e00-\u9fff]{{0,8}}记者|主笔|[Bb]y)(?:{_SEPARATOR})(?P<names>[^:：|丨｜()（）\[\]【】]{{2,40}})"
)
_SENT_BY = re.compile(
    r"^(?P<names>[\u4e00-\u9fff·]{2,8}(?:[ 、\u3000][\u4e00-\u9fff·]{2,4}){0,3})\s+(?:整理)?(?:发自|发于)\s*\S"
)
_EDITOR = re.compile(rf"(?:责任编辑|责编|编辑)(?:{_SEPARATOR})(?P<names>[^:：|丨｜()（）\[\]【】]{{2,24}})")
_SOURCE = re.compile(
    r"(?:稿件来源|文章来源|信息来源|本文来源|新闻来源|来源|稿源|转自|出处|原载|来自(?=\s*[:：]))\s*[:：丨|/]?\s*(?P<name>[^\s:：|丨｜,，。()（）\[\]【】]{2,24})"
)
_STOP_WORDS = re.compile(
    r"(?:责任编辑|责编|编辑|来源|记者|通讯员|摄影|摄|实习生|校对|监制|审核|发布|时间|字号|阅读|评论|作者|出品|原标题|我要|分享|微信|微博|举报|点击|关注|本文|报道|北京|上海|广州|深圳)"
)
# What stands behind 来源 or beside counts and is no publisher.
_NO_PUBLISHER = re.compile(
    "^(?:互联)?网络|的|了|记者$|见习$|实习$|推荐|热门|更多|登录|关注|分享|评论|阅读|于|未知|本站"
)
_FIELD_NAMES = re.compile(
    r"责任编辑|责编|编辑|作者(?!协会)|记者(?!站|协会)|选稿|时间|字号|阅读|评论|举报|关注|分享|原标题"
)
_NAME = re.compile(
    r"^(?:[\u4e00-\u9fff·]{2,8}|[A-Za-z][A-Za-z.'’-]+(?: [A-Z][A-Za-z.'’-]*){0,3}|[\w\u4e00-\u9fff·-]{2,16})$"
)
_ACCOUNT_COUNT = re.compile(r"\d\s*(?:文章数?|篇文章|粉丝|关注度?)|(?:文章|粉丝|关注)\s*\d")
_OFFICIAL = re.compile(r"[《「“]?(?P<name>[\w\u4e00-\u9fff]{2,16})[》」”]?(?:官方(?:账号|帐号|微信|微博)|旗下账号)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name and the line that names it."""

    name: str
    line: str


def find_author(lines: Iterable[str]) -> Named | None:
    """The first author, or the authors, of the first line that names any; editors are not authors.

    >>> find_author(["文丨江思远"]).name, find_author(["来源:新华网 作者:张三 李四 责任编辑:王五"]).name
    ('江思远', '张三 李四')
    """
    for line in lines:
        for found in (*_AUTHOR.finditer(line), *_SENT_BY.finditer(line)):
            names = _names(found["names"])
            if names:
                return Named(name=" ".join(names), line=line)
    return None


_SIGNATURE = re.compile(r"[（(]\s*(?P<names>[\u4e00-\u9fff]{2,4}(?:[ 、\u3000][\u4e00-\u9fff]{2,4}){0,3})\s*[)）]$")
_NO_SIGNATURE = re.compile("完|续|图|注|来源|转载|原题|略|下同|暂|以上|本文|译|节选|财经|新闻|日报|社$|网$")


def find_signature(body: list[str]) -> Named | None:
    """Names in brackets at the very end, as papers sign reports: …举行。（李小明 王芳）"""
    for line in body[-1:]:
        found = _SIGNATURE.search(line)
        if found and not _NO_SIGNATURE.search(found["names"]):
            return Named(name=" ".join(re.split("[ 、\u3000]", found["names"])), line=line[-60:])
    return None


def find_editor(lines: Iterable[str]) -> Named | None:
    for line in lines:
        found = _EDITOR.search(line)
        names = _names(found["names"]) if found else []
        if names:
            return Named(name=" ".join(names), line=line)
    return None


def _names(text: str) -> list[str]:
    text = DATE_TIME.sub(" ", text)
    names: list[str] = []
    for token in re.split(r"[\s、,，;；/／&]+", text):
        stop = _STOP_WORDS.search(token)
        if stop:
            token = token[: stop.start()]
        token = re.split(r"[_\d(（]", token)[0] if re.match("[\u4e00-\u9fff]", token) else token
        if not token or not _NAME.match(token):
            if names or token:
                break
            continue
        names.append(token)
        if stop or len(names) == 6:
            break
    if names and all(name.isascii() for name in names):
        return [" ".join(names)]
    return names


def find_publisher(lines: Iterable[str]) -> Named | None:
    """A name behind 来源 and its kin, or in front of a full time: 晚点LatePost 2025-12-24 18:56.

    >>> find_publisher(["2024-05-09 来源:新华网"]).name, find_publisher(["第一财经 2023-01-11 19:49:05"]).name
    ('新华网', '第一财经')
    """
    lines = list(lines)
    for line in lines:
        found = _SOURCE.search(fold(line))  # 來源 too; folding keeps every character's place
        if found and not DATE_TIME.match(found["name"]):
            name = _FIELD_NAMES.split(line[slice(*found.span("name"))])[0].strip("》《“”\"' ·-")
            if len(name) >= 2 and not _NO_PUBLISHER.search(name):
                return Named(name=name, line=line)
    return find_before_time(lines)


def find_before_time(lines: Iterable[str]) -> Named | None:
    """A name alone in front of a full time, mostly the publisher's, now and then the author's."""
    for line in lines:
        time = DATE_TIME.search(line)
        if time and ":" in time.group():
            name = line[: time.start()].strip(" ·|丨｜-—")
            if (
                2 <= len(name) <= 16
                and " " not in name
                and not _STOP_WORDS.search(name)
                and not _NO_PUBLISHER.search(name)
                and _NAME.match(name)
            ):
                return Named(name=name, line=line)
    return None


def find_account(lines: list[str]) -> Named | None:
    """The account whose card stands beside the article: the short line above its counts (2993文章数 21863关注度), or the one
    that calls itself official."""
    for line in lines:
        found = _OFFICIAL.search(line)
        if found and len(line) <= 80:
            return Named(name=found["name"], line=line)
    for number, line in enumerate(lines):
        if len(line) <= 40 and _ACCOUNT_COUNT.search(line):
            for above in reversed(lines[max(0, number - 3) : number]):
                if (
                    2 <= len(above) <= 16
                    and _NAME.match(above)
                    and not above.isdigit()
                    and not _NO_PUBLISHER.search(above)
                ):
                    return Named(name=above, line=line)
    return None
