"""What a Kibana user finds: labelled fields, two searches, a dashboard. Prints the file that Kibana imports.

    .venv/bin/python deploy/kibana/make.py > deploy/kibana/zhiwen.ndjson
    .venv/bin/python deploy/kibana/make.py --prefix news > news.ndjson

The labels are for readers of Chinese, as on the search page. Ids are made of the prefix, so that importing again
replaces what was imported, and installations that share a Kibana stay apart.
"""

from __future__ import annotations

import argparse
import re
import sys

from saved_objects import (
    Chart,
    Dashboard,
    DataView,
    Field,
    Panel,
    Search,
    Table,
    count,
    distinct,
    latest,
    ndjson,
    over_time,
    top,
)

from web.labels import EVENTS, LANGUAGES

GRADES = {"filing": "公告", "first-hand": "当事方", "media": "媒体", "aggregator": "聚合", "other": "其他"}
YES_NO = {"true": "是", "false": "否"}
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")  # as `elasticsearch.prefix` of the settings

_LINK = {"id": "url", "params": {}}


def _named(names: dict[str, str]) -> dict[str, object]:
    """Codes shown as names; a code without one is shown as it is."""
    return {"id": "static_lookup", "params": {"lookupEntries": [{"key": key, "value": names[key]} for key in names]}}


ARTICLE_FIELDS = {
    "title": Field(label="标题"),
    "text": Field(label="正文", about='修复后的原文。KQL 按单字匹配，词组请加引号：text: "招股书"'),
    "url": Field(label="链接", shown_as=_LINK),
    "published_at": Field(label="发布时间"),
    "source": Field(label="来源", about="采集来源的编号，见 config/sources"),
    "grade": Field(label="来源级别", about="来源离所报道之事有多近", shown_as=_named(GRADES)),
    "publisher": Field(label="发布者", about="文章署名的媒体；转载文章与来源不同"),
    "author": Field(label="作者"),
    "company": Field(label="公司", about="文中提到的公司与投资方，规范名称"),
    "about": Field(label="主体", about="文章主要讲的公司，规范名称"),
    "person": Field(label="人物", about="文中提到的人，规范姓名"),
    "event": Field(label="事件", about="文中作为事实叙述的事件；传闻与否认不计", shown_as=_named(EVENTS)),
    "keyword": Field(label="关键词"),
    "lang": Field(label="语言", shown_as=_named(LANGUAGES)),
    "mirror": Field(label="镜像", about="镜像站上的转载页，已去除其改动", shown_as=_named(YES_NO)),
    "story": Field(label="报道", about="正文相同的文章（转载）编号相同"),
    "figures": Field(label="数字"),
    "figures.metric": Field(
        label="数字：指标", about='同一数字的条件写在一起：figures: { metric: "revenue" and value > 300000000 }'
    ),
    "figures.value": Field(label="数字：数值"),
    "figures.unit": Field(label="数字：单位", about="币种或单位：CNY、HKD、USD、percent……"),
    "figures.period": Field(label="数字：期间"),
    "figures.subject": Field(label="数字：所属公司"),
    "stored_at": Field(label="入库时间", about="此版本入库的时间"),
    "first_stored_at": Field(label="首次入库时间", about="文章第一个版本入库的时间"),
    "id": Field(label="编号", about="规范网址的散列值，也是 _id"),
    "version": Field(label="版本", about="文章第几次改动"),
    "seq": Field(label="入库序号", about="zhiwen index status 所说的位置"),
}
# For queries of ours: tokens, folded names, keys to sort and page by; and what JSON could not carry as it was.
ARTICLE_FIELDS_OF_OURS = (
    "title_tokens",
    "text_tokens",
    "keys*",
    "published",
    "newest",
    "mark",
    "story_mark",
    "freshness",
    "payload",
)
STATE_FIELDS = {
    "at": Field(label="时间"),
    "kind": Field(label="种类", about="position：索引进度；rejected：被拒绝的文章；rebuild：正在重建"),
    "url": Field(label="链接", shown_as=_LINK),
    "reason": Field(label="原因"),
    "document": Field(label="文章编号"),
    "seq": Field(label="入库序号"),
    "index": Field(label="索引"),
    "uuid": Field(label="索引 uuid"),
    "position": Field(label="进度", about="此序号及之前的文章都已在索引中"),
    "host": Field(label="主机"),
    "pid": Field(label="进程"),
}


def objects(prefix: str) -> tuple[DataView | Search | Dashboard, ...]:
    articles = DataView(
        id=f"{prefix}-articles",
        name=f"{prefix} articles",
        index=f"{prefix}-articles",
        time="published_at",
        fields=ARTICLE_FIELDS,
        hidden=ARTICLE_FIELDS_OF_OURS,
    )
    state = DataView(
        id=f"{prefix}-state", name=f"{prefix} index state", index=f"{prefix}-state", time="at", fields=STATE_FIELDS
    )
    newest = Search(
        id=f"{prefix}-newest",
        title=f"{prefix}：最新文章",
        about="按发布时间，最新在前",
        data_view=articles,
        columns=("published_at", "title", "company", "source", "event"),
    )
    rejected = Search(
        id=f"{prefix}-rejected",
        title=f"{prefix}：索引拒绝的文章",
        about="Elasticsearch 未收下的文章与原因；空即正常",
        data_view=state,
        columns=("at", "url", "reason", "index"),
        query='kind : "rejected"',
    )
    return articles, state, newest, rejected, _overview(prefix, articles, newest=newest, rejected=rejected)


def _overview(prefix: str, articles: DataView, *, newest: Search, rejected: Search) -> Dashboard:
    time = over_time("published_at", label="发布时间")
    number = count("文章")
    by_grade = Chart(
        title="文章数量与来源级别",
        data_view=articles,
        shape="bar_stacked",
        x=time,
        y=number,
        split=top("grade", label="来源级别", size=len(GRADES)),
    )
    by_event = Chart(
        title="事件",
        data_view=articles,
        shape="bar_stacked",
        x=time,
        y=number,
        split=top("event", label="事件", size=10),
    )
    companies, people, keywords = (
        Chart(title=title, data_view=articles, shape="bar_horizontal", x=top(of, label=label, size=size), y=number)
        for title, of, label, size in (
            ("提及最多的公司", "company", "公司", 15),
            ("提及最多的人物", "person", "人物", 15),
            ("最多的关键词", "keyword", "关键词", 15),
        )
    )
    sources = Table(
        title="来源",
        data_view=articles,
        columns=(
            top("source", label="来源", size=100),
            number,
            distinct("story", label="报道（转载只计一次）"),
            count("镜像", only="mirror : true"),
            latest("published_at", label="最新"),
        ),
    )
    return Dashboard(
        id=f"{prefix}-overview",
        title=f"{prefix}：新闻总览",
        about="人工智能行业新闻：数量、事件、公司、人物与来源",
        since="now-30d/d",
        panels=(
            Panel(id="grades", x=0, y=0, width=32, height=13, shows=by_grade),
            Panel(id="companies", x=32, y=0, width=16, height=13, shows=companies),
            Panel(id="events", x=0, y=13, width=32, height=13, shows=by_event),
            Panel(id="people", x=32, y=13, width=16, height=13, shows=people),
            Panel(id="sources", x=0, y=26, width=32, height=15, shows=sources),
            Panel(id="keywords", x=32, y=26, width=16, height=15, shows=keywords),
            Panel(id="newest", x=0, y=41, width=48, height=16, shows=newest),
            Panel(id="rejected", x=0, y=57, width=48, height=9, shows=rejected),
        ),
    )


def _prefix(given: str) -> str:
    if not _PREFIX.fullmatch(given):
        raise argparse.ArgumentTypeError(
            f"{given!r} is no prefix: small letters, digits, - and _ (elasticsearch.prefix)"
        )
    return given


def main() -> None:
    parser = argparse.ArgumentParser(description="Print what Kibana imports for an installation of zhiwen.")
    parser.add_argument("--prefix", type=_prefix, default="zhiwen", help="its elasticsearch.prefix (%(default)s)")
    given = parser.parse_args()
    sys.stdout.buffer.write(ndjson(objects(given.prefix)).encode())


if __name__ == "__main__":
    main()
