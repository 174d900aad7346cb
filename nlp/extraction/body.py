"""Where on an HTML page the article lies: the element that holds most of its running text, as tight as possible.

1. Each line weighs by how much it reads like running text and how little of it is links.
2. Lines in elements that call themselves comments, related, footer … weigh little, and so do teasers: a headline link with a
   line or two of text, repeated.
3. From the root, go down into the child that holds most of the weight, until no child does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nlp.extraction.facts import Facts
from nlp.extraction.page import Visible

_OFF_TOPIC = re.compile(
    r"comment|pinglun|tiezi|reply|related|relate|recommend|tuijian|sidebar|side-bar|aside|footer|foot\b|copyright|nav\b|navbar|menu|breadcrumb|crumb|share|"
    r"hot-?(?:news|list|rank)|ranking|rank\b|advert|\bad[-_s]|promo|banner|popup|modal|login|subscribe|newsletter|cookie|tag-?list|more-?news|next-?page|"
    r"disclaimer|statement|shengming|mianze|toolbar|widget|xgxw|xgyd|feedback|guess|history"
)
_ON_TOPIC = re.compile(
    r"article|content|body|detail|\btext|post|entry|story|main|news|zhengwen|neirong|rich_media|js_content|artibody|paragraph"
)
_OFF_TAGS = frozenset({"nav", "aside", "footer"})
_SHARE_TO_DESCEND = 0.72
_TEASER = 260  # characters of running text: a block with a headline link and less than this is a teaser


@dataclass(slots=True)
class _Weights:
    """By node: weight of the text below, running text below, whether a headline link is below; children in order."""

    weight: list[float]
    prose: list[int]
    linked: list[int]
    children: dict[int, list[int]] = field(default_factory=dict)


def choose_body(visible: Visible, facts: Sequence[Facts], *, after: int | None = None) -> frozenset[int]:
    """The numbers of the lines in the element that holds the article; all lines where no element stands out.

    `after`: the number of the title's line. Text in front of it counts little.
    """
    if not visible.nodes:
        return frozenset(range(len(facts)))
    weights = _weigh(visible, facts, after)
    node = _descend(visible, weights, 0)
    if after is not None and facts[after].tag in _HEADINGS:
        node = _near_title(visible, facts, weights, title=after, densest=node)
    return frozenset(number for number, line in enumerate(visible.lines) if node in visible.ancestors(line))


def _weigh(visible: Visible, facts: Sequence[Facts], after: int | None) -> _Weights:
    count = len(visible.nodes)
    weights = _Weights(weight=[0.0] * count, prose=[0] * count, linked=[0] * count)
    for number, node in enumerate(visible.nodes):
        weights.children.setdefault(node.parent, []).append(number)
    for line, fact in zip(visible.lines, facts, strict=True):
        for around in visible.ancestors(line):
            weights.prose[around] += fact.length if fact.is_prose else 0
            weights.linked[around] += fact.link_share > 0.8 and fact.length >= 8
    total = max(1, sum(fact.length for fact in facts if fact.is_prose))
    for number, (line, fact) in enumerate(zip(visible.lines, facts, strict=True)):
        weight = _line_weight(fact) * (0.3 if after is not None and number < after else 1.0)
        if not weight:
            continue
        path = list(visible.ancestors(line))
        if weight > 0:
            weight *= _discount(visible, weights, path, total)
        for around in path:
            weights.weight[around] += weight
    return weights


def _line_weight(fact: Facts) -> float:
    if fact.is_prose:
        return fact.length * (1 - fact.link_share) ** 2 + 2 * fact.commas
    if fact.link_share > 0.7:
        return -0.3 * min(fact.length, 30)
    return 0.1 * min(fact.length, 20)


def _discount(visible: Visible, weights: _Weights, path: list[int], total: int) -> float:
    discount = 1.0
    for depth, number in enumerate(path):
        node = visible.nodes[number]
        minor = weights.prose[number] < 0.6 * total
        if minor and (node.tag in _OFF_TAGS or (_OFF_TOPIC.search(node.marks) and not _is_content(node.marks))):
            discount *= 0.15
        if (
            depth < 3
            and weights.linked[number]
            and weights.prose[number] < _TEASER
            and weights.prose[number] < 0.4 * total
        ):
            discount *= 0.4
    return discount


def _is_content(marks: str) -> bool:
    return bool(
        re.search(r"article[-_]?(?:content|body|main)|post[-_]?(?:content|body)|main[-_]?content|js_content", marks)
    )


_HEADINGS = frozenset({"h1", "h2", "h3"})
_BESIDE_TITLE = 50  # characters of running text behind a headline: an article, not its standfirst


def _near_title(visible: Visible, facts: Sequence[Facts], weights: _Weights, *, title: int, densest: int) -> int:
    """A short article beside long lists of other stories is not the densest element, but it stands with its headline:
    the smallest element around the headline that holds running text behind it."""
    prose = dict.fromkeys(visible.ancestors(visible.lines[title]), 0)
    for line, fact in zip(visible.lines[title + 1 :], facts[title + 1 :], strict=True):
        if fact.is_prose and fact.link_share < 0.3:
            for node in visible.ancestors(line):
                if node in prose:
                    prose[node] += fact.length
    around = next((node for node, length in prose.items() if length >= _BESIDE_TITLE), None)
    if around is None or weights.weight[around] <= 0 or _is_within(visible, densest, around):
        return densest
    near = _descend(visible, weights, around)
    standfirst = weights.prose[near] < 6 * _BESIDE_TITLE and _is_content(visible.nodes[densest].marks)
    return densest if standfirst or weights.weight[near] <= 0 else near


def _is_within(visible: Visible, node: int, around: int) -> bool:
    while node >= 0 and node != around:
        node = visible.nodes[node].parent
    return node == around


def _descend(visible: Visible, weights: _Weights, node: int) -> int:
    while True:
        children = weights.children.get(node, [])
        if not children:
            return node
        best = max(children, key=lambda child: weights.weight[child])
        weight = weights.weight[best]
        # Positive weight only: a container of links beside the article must not hide how much of the text the child holds.
        own = weights.weight[node] - sum(weights.weight[child] for child in children)
        around = max(0.0, own) + sum(max(0.0, weights.weight[child]) for child in children)
        share = weight / around if around > 0 else 0.0
        marked = bool(_ON_TOPIC.search(visible.nodes[best].marks)) or visible.nodes[best].tag in ("article", "main")
        if weight <= 0 or (
            visible.nodes[best].tag in ("p", "h1", "h2", "h3", "pre", "li", "blockquote") and len(children) > 1
        ):
            return node
        if share < (_SHARE_TO_DESCEND - 0.12 if marked else _SHARE_TO_DESCEND):
            return node
        node = best
