"""The title of an article, without what the site adds to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.extraction.facts import Facts
from nlp.extraction.metadata import Metadata
from zhiwen.folding import fold

# Sites join title and their own name by these; a dash inside a word (GLM-4.5) has no space around and a letter on both sides.
_JOINT = re.compile(r"\s*[|｜_]+\s*|\s+[-–—·»>]+\s+|[-–—]{1,2}(?=[^\d\sA-Za-z])|(?<=[^\dA-Za-z])[-–—]{1,2}")
_SIGNS = re.compile(r"[\W_]+")
_SITE = re.compile(
    r"(?:网|报|社|频道|新闻|在线|财经|科技|客户端|门户|中心|论坛|博客|com|cn|net|资讯|快讯|号|正文|首页|头条|专栏)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTitle:
    """`line`: the line of the page that it is, None where only the head or a selector gave it."""

    text: str
    line: int | None
    why: str
    from_head: bool = False


def choose_title(
    facts: Sequence[Facts], texts: Sequence[str], metadata: Metadata, *, mirror: bool = False
) -> ChosenTitle | None:
    """The heading on the page that its <title> or metas repeat; else what they say, cut; else the largest heading.

    `facts` and `texts` describe the same lines; headings are told by their tag. A `mirror` hangs keywords on its titles.
    """
    said = [metadata.title_tag, *(item.value for item in metadata.titles)]
    if mirror:
        said = [without_keywords(title) for title in said]
    keys = [key for value in said if (key := _key(value))]
    best: tuple[float, int] | None = None
    for number, fact in enumerate(facts):
        score = _repeats(_SIGNS.sub("", fact.text), keys, fact) if keys and len(fact.text) <= 150 else 0.0
        if score and (best is None or score > best[0]):
            best = (score, number)
    if best is not None:
        return ChosenTitle(text=texts[best[1]], line=best[1], why="a line of the page that its head repeats")
    lines = {_key(fact.text) for fact in facts}
    cut = [value for said_value in [*said[1:], said[0]] if len(_key(value := _without_site(said_value, lines))) >= 4]
    if cut:
        first = next((value for value in cut if len(_key(value)) >= 8), max(cut, key=len))
        return ChosenTitle(text=first, line=None, why="the page's head, without the site's name", from_head=True)
    heading = next((n for n, fact in enumerate(facts) if fact.tag == "h1" and fact.length >= 4), None)
    return None if heading is None else ChosenTitle(text=texts[heading], line=heading, why="the first h1")


_PHRASES = re.compile(r"[\s|｜_,，、]+")
_HANZI = re.compile("[\u3400-\u9fff]")


def without_keywords(title: str) -> str:
    """A mirror's title without the keywords in front of it or behind: a part that is two phrases or more, as a list.

    >>> without_keywords("造桥的人开始排工期_手机游戏破解版 高清完整版播放"), without_keywords("雨 夜 书店_某某网")
    ('造桥的人开始排工期', '雨 夜 书店_某某网')
    """
    parts = [part for part in re.split("[_|｜]+", title) if part.strip()]
    kept = [part for part in parts if not _is_keywords(part)]
    return "_".join(kept) if kept and len(kept) < len(parts) else title


def _is_keywords(part: str) -> bool:
    phrases = [phrase for phrase in _PHRASES.split(part.strip()) if phrase]
    return len(phrases) >= 2 and all(len(_HANZI.findall(phrase)) >= 4 for phrase in phrases)


def _key(text: str) -> str:
    return _SIGNS.sub("", fold(text))


def _repeats(key: str, keys: list[str], fact: Facts) -> float:
    """How well a line is repeated by the head: 0 for not at all. A line that is a small part of a title is a channel or a name."""
    if len(key) < 4:
        return 0.0
    heading = {"h1": 0.5, "h2": 0.3, "h3": 0.2}.get(fact.tag, 0.0)
    starts = max((len(key) / len(said) for said in keys if said.startswith(key)), default=0.0)
    inside = max((len(key) / len(said) for said in keys if key in said), default=0.0)
    # og:title may be cut short (163.com cuts at an unescaped quote): then the line is longer than what is said.
    cut_short = max((len(said) / len(key) for said in keys if len(said) >= 6 and key.startswith(said)), default=0.0)
    share = max(starts, inside - 0.1, cut_short - 0.1 if heading else 0.0)
    if share < (0.3 if heading else 0.5):
        return 0.0
    return share + heading - 0.4 * fact.link_share


def _without_site(title: str, lines: set[str]) -> str:
    """`title` without the names of site and channel. `lines`: keys of the page's lines; a part that stands on the page as a line
    of its own, and is no short name, is the title.

    >>> _without_site("智谱通过聆讯_科技频道_某某网", set()), _without_site("GLM-4.5 发布 - 某某科技", set())
    ('智谱通过聆讯', 'GLM-4.5 发布')
    """
    parts = [part.strip() for part in _JOINT.split(title) if part and part.strip()]
    if len(parts) <= 1:
        return parts[0] if parts else ""
    standing = [part for part in parts if len(_key(part)) >= 8 and _key(part) in lines]
    if standing:
        return max(standing, key=len)
    end = len(title)
    for part in reversed(parts[1:]):
        start = title.rfind(part, 0, end)
        if len(part) > 16 and not _SITE.search(part):
            break
        end = start
    kept = title[:end].strip(" |｜_-–—·»>")
    return kept if len(_key(kept)) >= 4 else max(parts, key=len)
