"""Keywords: what this text says more of than Chinese text in general. Deterministic; no model.

Names count by how often they are named, other words by frequency times rarity (jieba's table of inverse document
frequencies, which ships with it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from nlp.components.records import Mention

_MOST = 10
_NAME_WEIGHT = 9.0  # a name is worth a word of idf 9: rarer than 95% of the table
_NAMED = frozenset({"COMPANY", "PRODUCT", "PERSON", "INVESTOR"})
# Words of sites and of reporting, which say nothing of an article. Lower case.
_CHROME = frozenset(
    [
        "记者",
        "编辑",
        "作者",
        "来源",
        "原标题",
        "责任编辑",
        "点击",
        "阅读",
        "关注",
        "公众号",
        "微信",
        "评论",
        "分享",
        "转载",
        "声明",
        "版权",
        "图片",
        "视频",
        "登录",
        "注册",
        "广告",
        "推荐",
        "更多",
        "查看",
        "全文",
        "免责",
        "本文",
        "文章",
        "同比",
        "环比",
        "增长",
        "下降",
        "亿元",
        "万元",
        "美元",
        "港元",
        "人民币",
        "公司",
        "表示",
        "显示",
        "认为",
        "指出",
        "目前",
        "方面",
        "同时",
        "此外",
        "其中",
        "以及",
        "可以",
        "已经",
        "通过",
        "进行",
        "成为",
        "实现",
        "我们",
        "他们",
        "这个",
        "这种",
        "一个",
        "没有",
        "需要",
        "问题",
        "情况",
        "时间",
        "今年",
        "去年",
        "消息",
        "近日",
        "日前",
        "报道",
        "发布",
        "推出",
        "宣布",
        "左右",
        "超过",
        "达到",
        "年度",
        "第一",
        "第二",
        "部分",
        "相关",
        "主要",
        "包括",
        "未来",
    ]
)


@cache
def _rarity() -> Mapping[str, float]:
    """jieba's idf table: 258,000 words. Read on first use, a tenth of a second."""
    lines = resources.files("jieba").joinpath("analyse/idf.txt").read_text(encoding="utf-8").splitlines()
    return {word: float(value) for word, _, value in (line.rpartition(" ") for line in lines) if word}


def keywords(words: Iterable[str], mentions: Sequence[Mention]) -> tuple[str, ...]:
    """Up to ten keywords, weightiest first; ties in order of appearance."""
    names = Counter(mention.label for mention in mentions if mention.type in _NAMED)
    surfaces = {mention.text.lower() for mention in mentions}
    scores: dict[str, float] = {name: count * _NAME_WEIGHT for name, count in names.items()}
    rarity = _rarity()
    for word, count in Counter(words).items():
        plain = word.lower()
        if len(word) < 2 or plain in _CHROME or plain in surfaces or plain not in rarity or not _is_han(word):
            continue
        if count > 1 or not names:
            scores[word] = count * rarity[plain] * (1.0 if len(word) > 2 else 0.7)
    ranked = sorted(scores, key=lambda word: -scores[word])
    return tuple(ranked[:_MOST])


def _is_han(word: str) -> bool:
    return all("\u3400" <= character <= "\u9fff" for character in word)
