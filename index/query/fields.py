"""The fields of the query language, by all the names people call them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"  # words and phrases
    NAME = "name"  # one whole name
    TIME = "time"
    FLAG = "flag"
    FIGURE = "figure"  # conditions in brackets, all on one figure
    PART = "part"  # a name that a figure has: its metric, period, unit, subject
    VALUE = "value"  # the amount of a figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`name` is also the name in the index; `also` are other spellings."""

    name: str
    kind: Kind
    also: tuple[str, ...] = ()


FIELDS = (
    Field(name="title", kind=Kind.TEXT, also=("标题", "題目", "题目")),
    Field(name="text", kind=Kind.TEXT, also=("正文", "body", "内容")),
    Field(name="company", kind=Kind.NAME, also=("公司", "companies", "企业")),
    Field(name="about", kind=Kind.NAME, also=("主体", "主角", "关于")),
    Field(name="person", kind=Kind.NAME, also=("人物", "people", "人")),
    Field(name="source", kind=Kind.NAME, also=("来源",)),
    Field(name="event", kind=Kind.NAME, also=("事件", "events")),
    Field(name="keyword", kind=Kind.NAME, also=("关键词", "keywords", "标签")),
    Field(name="author", kind=Kind.NAME, also=("作者",)),
    Field(name="publisher", kind=Kind.NAME, also=("媒体", "发布者")),
    Field(name="lang", kind=Kind.NAME, also=("语言", "language")),
    Field(name="published", kind=Kind.TIME, also=("日期", "date", "时间", "发布", "发布时间", "发布日期")),
    Field(name="mirror", kind=Kind.FLAG, also=("镜像",)),
    Field(name="grade", kind=Kind.NAME, also=("级别", "来源级别")),
    Field(name="story", kind=Kind.NAME, also=("报道",)),
    Field(name="figure", kind=Kind.FIGURE, also=("数字", "数据", "figures")),
)
# Inside figure:( ) they are about one and the same figure; outside, each is about any.
FIGURE_FIELDS = (
    Field(name="metric", kind=Kind.PART, also=("指标",)),
    Field(name="value", kind=Kind.VALUE, also=("数值", "金额")),
    Field(name="period", kind=Kind.PART, also=("期间", "报告期")),
    Field(name="unit", kind=Kind.PART, also=("单位", "币种")),
    Field(name="subject", kind=Kind.PART, also=("数字主体",)),
)
VALUE = FIGURE_FIELDS[1]
_SUBJECT = FIGURE_FIELDS[-1]

BY_SPELLING = {spelling: field for field in (*FIELDS, *FIGURE_FIELDS) for spelling in (field.name, *field.also)}
# A figure is said of a company: there, the names of the article's fields mean its subject.
IN_FIGURE = {spelling: field for spelling, field in BY_SPELLING.items() if field in FIGURE_FIELDS} | dict.fromkeys(
    ("company", "公司", "主体"), _SUBJECT
)
NAME_FIELDS = tuple(field.name for field in FIELDS if field.kind in (Kind.NAME, Kind.FLAG))


def nearest(spelling: str, among: Iterable[str] = BY_SPELLING) -> str | None:
    """The field name most like `spelling`, or None where none is like it."""
    found = difflib.get_close_matches(spelling, among, n=1, cutoff=0.5)
    return found[0] if found else None
