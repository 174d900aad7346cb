"""The pages as documents: what they say, and that nothing in them is live that should be text."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import lxml.html
import pytest

from index.records import TrendRequest
from web.app import create_app
from zhiwen.errors import IndexError_

TITLE = "智谱通过港交所聆讯，招股书披露三年收入（更正）"
ARTICLE, HOSTILE, GONE = (f"{number:020x}" for number in (1, 2, 3))
PAGES = [
    *("/", "/?q=智谱", "/?q=智谱&only=company:智谱&only=lang:zh&collapse=1", f"/articles/{ARTICLE}"),
    *(f"/articles/{HOSTILE}", f"/articles/{GONE}", "/alerts", "/sources"),
    *("/trends", "/trends?q=智谱&compare=智谱、MiniMax&until=2025-12-18&days=1", "/trends?by=keyword&since=2025-12-01"),
]


def fetch(services: Any, path: str) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path)

    return asyncio.run(once())


def page(services: Any, path: str, *, status: int = 200) -> Any:
    response = fetch(services, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return lxml.html.fromstring(response.text)


def words(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_start_page_shows_the_newest(services: Any) -> None:
    document = page(services, "/")

    assert services.asked[-1].sort == "newest"
    assert "最新文章，库中共 3 篇" in words(document)
    assert len(document.cssselect(".hits > li")) == 3


def test_hit_shows_highlights_publisher_and_chinas_time(services: Any) -> None:
    first = page(services, "/?q=聆讯").cssselect(".hits > li")[0]

    assert [mark.text for mark in first.cssselect("mark.hit")] == ["聆讯"] * 3
    assert words(first.cssselect(".origin")[0]) == "海岬网"
    assert words(first.cssselect("time")[0]) == "2025-12-18 09:12"
    assert first.cssselect("h2 a")[0].get("href") == f"/articles/{ARTICLE}"
    assert first.cssselect("a.out")[0].get("href") == "https://news.example/zhipu.html"
    assert [words(chip) for chip in first.cssselect(".chips li")] == ["智谱", "MiniMax"]


def test_source_stands_in_for_a_missing_publisher(services: Any) -> None:
    hit = page(services, "/?q=估值").cssselect(".hits > li")[0]

    assert words(hit.cssselect(".origin")[0]) == "示例页面"
    assert words(hit.cssselect("time")[0]) == "2025-12-17"
    assert "原网页已失效" in words(hit)


def test_page_given_by_hand_says_so(services: Any, make_article: Any) -> None:
    services.put(replace(services.kept[GONE][0], article=make_article(source="ingest", publisher=None)))

    assert words(page(services, "/?q=三年收入").cssselect(".hits > li")[-1].cssselect(".origin")[0]) == "手工添加"


def test_form_keeps_what_was_asked(services: Any) -> None:
    document = page(services, "/?q=智谱&company=智谱&company=MiniMax&event=hearing_passed&since=2025-12-01&sort=newest")
    form = document.forms[0]

    assert form.fields["q"] == "智谱"
    assert [value for name, value in form.form_values() if name == "company"] == ["智谱", "MiniMax"]
    assert (form.fields["event"], form.fields["since"], form.fields["sort"]) == (
        "hearing_passed",
        "2025-12-01",
        "newest",
    )


def test_filter_chip_leads_to_the_search_without_it(services: Any) -> None:
    document = page(services, "/?q=智谱&company=MiniMax&event=hearing_passed")
    chip = next(link for link in document.cssselect(".applied a") if "MiniMax" in words(link))

    assert "company" not in chip.get("href")
    assert "event=hearing_passed" in chip.get("href")


def test_unnamed_event_is_shown_by_its_code(services: Any) -> None:
    document = page(services, "/?event=brand_new_code")

    assert document.forms[0].fields["event"] == "brand_new_code"
    assert "事件：brand_new_code" in words(document)


def test_pages_of_results_lead_on_by_cursor_and_back(services: Any) -> None:
    first = page(services, "/?q=智谱&limit=1")
    second = page(services, first.cssselect("a[rel=next]")[0].get("href"))
    third = page(services, second.cssselect("a[rel=next]")[0].get("href"))
    titles = [words(each.cssselect(".hits h2")[0]) for each in (first, second, third)]

    assert "cursor=" in first.cssselect("a[rel=next]")[0].get("href")
    assert "显示第 2–2 篇" in words(second)
    assert len(set(titles)) == 3
    assert not third.cssselect("a[rel=next]")
    back = page(services, third.cssselect("a[rel=prev]")[0].get("href"))
    assert words(back.cssselect(".hits h2")[0]) == titles[1]
    assert not first.cssselect("a[rel=prev]")


def choices(document: Any, facet: str) -> dict[str, Any]:
    """The links of one facet by what they say, counts and hints left away."""
    (section,) = [each for each in document.cssselect(".facets section") if words(each.cssselect("h2")[0]) == facet]
    return {words(link.cssselect(".name")[0]): link for link in section.cssselect("a")}


def test_facet_says_how_many_and_narrows_to_them(services: Any) -> None:
    document = page(services, "/?q=智谱")
    link = choices(document, "事件")["通过聆讯"]
    narrowed = page(services, link.get("href"))

    assert words(link.cssselect(".times")[0]) == "1 篇"
    assert len(narrowed.cssselect(".hits > li")) == 1
    assert services.asked[0].only == ()
    assert services.asked[-1].only == ("event:hearing_passed",)
    assert choices(narrowed, "事件")["通过聆讯"].get("aria-current") == "true"


def test_chosen_value_of_a_facet_can_be_taken_off_in_two_places(services: Any) -> None:
    document = page(services, "/?q=智谱&only=company:智谱&only=company:MiniMax")
    (chip,) = [link for link in document.cssselect(".applied a") if "MiniMax" in words(link)]

    assert chip.get("href") == choices(document, "公司")["MiniMax"].get("href")
    assert "MiniMax" not in chip.get("href")
    assert "only=company%3A" in chip.get("href")
    assert choices(document, "公司")["智谱"].get("href") != chip.get("href")


def test_filter_of_the_form_is_chosen_in_its_facet_too(services: Any) -> None:
    link = choices(page(services, "/?company=MiniMax"), "公司")["MiniMax"]

    assert link.get("aria-current") == "true"
    assert "MiniMax" not in link.get("href")


def test_facet_in_which_all_articles_are_alike_is_left_out(services: Any) -> None:
    def facets_of(path: str) -> list[str]:
        return [words(each) for each in page(services, path).cssselect(".facets h2")]

    assert facets_of("/?q=智谱") == ["公司", "事件", "来源"]
    assert facets_of("/?q=智谱&only=grade:media") == ["公司", "事件", "来源", "来源级别"]
    services.put(replace(services.kept[GONE][0], article=replace(services.kept[GONE][0].article, source="hkex")))
    services.grades["hkex"] = "filing"
    assert set(choices(page(services, "/?q=智谱"), "来源级别")) == {"媒体", "公告原文"}


def test_new_words_keep_what_the_results_were_narrowed_to(services: Any) -> None:
    path = "/?q=智谱&source=samples&source=b&event=hearing_passed&event=c&only=lang:zh&only=grade:media&collapse=1&sort=newest"
    sent = page(services, path).forms[0].form_values()

    assert [value for name, value in sent if name == "only"] == ["lang:zh", "grade:media"]
    assert [value for name, value in sent if name == "source"] == ["samples", "b"]
    assert [value for name, value in sent if name == "event"] == ["hearing_passed", "c"]
    assert {("collapse", "1"), ("sort", "newest")} <= set(sent)


def test_bars_lead_to_the_articles_of_their_days(services: Any) -> None:
    document = page(services, "/?q=智谱")
    bars = document.cssselect(".chart svg a")
    (busy,) = [bar for bar in bars if "since=2025-12-18" in bar.get("href")]

    assert [words(bar) for bar in bars] == ["2025-12-17：1 篇", "2025-12-18：2 篇"]
    assert len(page(services, busy.get("href")).cssselect(".hits > li")) == 2
    assert [words(each) for each in document.cssselect(".chart tbody td")] == ["2025-12-17", "1", "2025-12-18", "2"]
    assert {bar.get("tabindex") for bar in bars} == {"-1"}  # the table is what the keyboard reaches


def test_one_wrong_date_costs_the_bars_and_not_the_hits(services: Any, make_article: Any, make_stored: Any) -> None:
    services.put(make_stored(9, make_article(published_at=datetime(200, 1, 1, tzinfo=UTC))))
    document = page(services, "/")

    assert len(document.cssselect(".hits > li")) == 4
    assert not document.cssselect(".chart")


def test_order_and_reposts_are_chosen_by_a_click(services: Any) -> None:
    ways = {words(link).split("，")[0]: link for link in page(services, "/?q=智谱&limit=5").cssselect(".ways a")}

    assert [name for name, link in ways.items() if link.get("aria-current")] == ["按相关度"]
    page(services, ways["按时间"].get("href"))
    assert (services.asked[-2].sort, services.asked[-2].limit) == ("newest", 5)
    collapsed = page(services, ways["合并转载"].get("href"))
    assert services.asked[-2].collapse
    assert "转载合并为一条" in words(collapsed)
    assert [words(link) for link in page(services, "/").cssselect(".ways a")] == ["合并转载"]


def test_name_that_is_nearly_one_is_suggested_with_the_same_filters(services: Any) -> None:
    document = page(services, "/?q=智普&source=samples")
    link = document.cssselect(".suggestion a")[0]

    assert words(link) == "智谱"
    assert "source=samples" in link.get("href")
    assert page(services, link.get("href")).cssselect(".hits > li")


@pytest.mark.parametrize(
    ("form", "type_"),
    [("csv", "text/csv"), ("jsonl", "application/x-ndjson"), ("rss", "application/rss+xml")],
)
def test_all_results_can_be_taken_along(services: Any, form: str, type_: str) -> None:
    document = page(services, "/?q=聆讯&only=lang:zh")
    (link,) = [each for each in document.cssselect(".exports a") if each.get("href").startswith(f"/export.{form}")]
    answer = fetch(services, link.get("href"))

    assert answer.headers["content-type"] == f"{type_}; charset=utf-8"
    assert answer.text == f"{form} http://localhost/?{link.get('href').partition('?')[2]} {TITLE}\n"
    assert (services.asked[-1].query, services.asked[-1].only) == ("聆讯", ("lang:zh",))
    assert ("attachment" in answer.headers.get("content-disposition", "")) == (form != "rss")


def test_feed_is_found_by_readers_of_feeds(services: Any) -> None:
    (link,) = page(services, "/?q=聆讯").cssselect("link[rel=alternate]")

    assert link.get("href") == "/export.rss?q=%E8%81%86%E8%AE%AF"


def test_long_export_loses_nothing(services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "export", lambda *_, **__: (f"{row}\n".encode() for row in range(50_000)))

    assert fetch(services, "/export.jsonl").text.split() == [str(row) for row in range(50_000)]


def test_export_that_cannot_be_made_is_a_page_in_words(services: Any) -> None:
    said = words(page(services, '/export.csv?q="a', status=400))

    assert "第 1 个字符处有误" in said
    assert '这个引号没有闭合（请补上另一半引号 "）' in said
    assert "csv、jsonl、rss" in words(page(services, "/export.xlsx", status=404))


def test_page_beyond_the_last_says_so(services: Any) -> None:
    assert "这一页没有内容" in words(page(services, "/?q=智谱&offset=100"))


def test_query_mistake_is_shown_where_it_is(services: Any) -> None:
    document = page(services, '/?q=智谱 "招股', status=400)
    notice = document.cssselect("#error")[0]

    assert "第 4 个字符" in words(notice)
    assert notice.cssselect("mark")[0].text == '"'
    assert document.forms[0].fields["q"] == '智谱 "招股'


def test_wrong_filter_is_explained(services: Any) -> None:
    notice = page(services, "/?q=智谱&since=昨天", status=400).cssselect("#error")[0]

    assert "参数 since 的值 '昨天' 无法识别（日期的写法：2025-12-24）" in words(notice)


@pytest.mark.parametrize(
    "path",
    ["/?q=titel:智谱", "/?q=日期:某天", "/?q=智谱 AND", "/?q=数字:(colour:红)", "/?sort=colour", "/?q=智谱&sort=figure:", "/?cursor=x",
     "/?limit=0", "/?only=colour:red", "/?timezone=Mars", "/?colour=red", "/?since=2025-12-02&until=2025-12-01",
     "/?since=0001-01-01", "/trends?by=colour", "/trends?interval=hour", "/trends?until=0001-01-02",
     "/trends?days=0"],
)  # fmt: skip
def test_mistake_is_explained_in_chinese(services: Any, path: str) -> None:
    said = page(services, path, status=400).cssselect("#error > p:last-child")[0]

    assert said.get("lang") is None
    assert re.search("[\u4e00-\u9fff]", words(said))


def test_engine_that_is_away_is_told_in_chinese(services: Any) -> None:
    services.broken = IndexError_("Elasticsearch at es:9200 does not answer: refused", hint="its log says more")
    said = words(page(services, "/?q=智谱", status=503))

    assert "Elasticsearch（es:9200）没有应答：refused（详情见它的日志）" in said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "库里还没有文章"),
        ("/?q=智谱", "没有找到文章"),
        ("/trends", "没有可统计的文章"),
        ("/trends?q=x", "试试更短的词"),
        ("/alerts", "还没有提醒"),
        ("/sources", "没有启用的来源"),
    ],
)
def test_nothing_there_is_said_in_words(empty: Any, path: str, said: str) -> None:
    assert said in words(page(empty, path))


def test_article_text_has_marked_names_and_figures(services: Any) -> None:
    document = page(services, f"/articles/{ARTICLE}")
    text = document.cssselect(".text")[0]

    assert [heading.text_content() for heading in text.cssselect("h2")] == ["收入逐年增长"]
    assert {mark.text for mark in text.cssselect("mark.entity-company")} == {"智谱", "MiniMax"}
    assert text.cssselect("mark.entity-org")[0].get("title") == "机构：香港联合交易所"
    assert [mark.text for mark in text.cssselect("mark.figure")] == ["3.24亿元", "130%", "6.6%", "40亿元至50亿元"]


def test_figures_are_a_table_that_points_into_the_text(services: Any) -> None:
    document = page(services, f"/articles/{ARTICLE}")
    rows = [
        [words(cell) for cell in row.cssselect("td")]
        for row in document.cssselect("section.wide table")[0].cssselect("tbody tr")
    ]

    assert rows[0][:5] == ["收入", "312,000,000", "人民币元", "2024", "智谱"]
    assert rows[0][5].startswith("招股书显示，2024年智谱的收入为3.24亿元")
    assert rows[1][:2] == ["复合年增长率", "约130"]
    assert rows[3][1] == "4,000,000,000 – 5,000,000,000"
    for link in document.cssselect("td.num a"):
        assert document.get_element_by_id(link.get("href")[1:]) is not None


def test_versions_show_what_changed(services: Any) -> None:
    versions = page(services, f"/articles/{ARTICLE}").cssselect(".versions > li")

    assert [words(version.cssselect("h3")[0])[:5] for version in versions] == ["第 2 版", "第 1 版"]
    assert versions[0].cssselect("del mark")[0].text == "3.12"
    assert versions[0].cssselect("ins mark")[0].text == "3.24"
    assert "（更正）" in words(versions[0])
    assert "首次收录" in words(versions[1])


def test_evidence_is_there_on_demand(services: Any) -> None:
    document = page(services, f"/articles/{ARTICLE}")
    repairs, dropped = (document.get_element_by_id(name) for name in ("repairs", "dropped"))

    assert repairs.tag == dropped.tag == "details"
    assert repairs.get("open") is None
    assert "strip_pinyin_notes" in words(repairs)
    assert [words(row.cssselect("td")[0]) for row in dropped.cssselect("tbody tr")] == ["垃圾关键词", "网站框架"]


def test_page_that_is_gone_says_since_when_and_keeps_its_own_script(services: Any) -> None:
    document = page(services, f"/articles/{GONE}")

    assert "自 2025-12-20 09:12 起" in words(document)
    assert "智譜申請上市" in words(document.cssselect(".story details")[0])


def test_address_that_is_no_web_address_is_shown_and_not_linked(services: Any) -> None:
    for id_ in (GONE, HOSTILE):
        document = page(services, f"/articles/{id_}")

        assert not document.cssselect("a.out")
        assert words(document.cssselect(".facts dd code")[0]).startswith(("file:", "javascript:"))


def test_alerts_show_evidence_and_how_delivery_stands(services: Any) -> None:
    document = page(services, "/alerts")

    assert document.cssselect(".evidence mark")[0].text == "通过港交所聆讯"
    assert [words(badge) for badge in document.cssselect(".deliveries .badge")] == ["已送达", "待送达", "已放弃"]
    assert "已试 3 次，下次 2025-12-18 12:12" in words(document)


def test_sources_show_trouble_first(services: Any) -> None:
    document = page(services, "/sources")
    names = [words(row.cssselect("td a")[0]) for row in document.cssselect("table.sources tbody tr:not(.under)")]

    assert names == ["量子位", "新来源", "示例页面"]
    assert "无法连接" in words(document)
    assert "DNS lookup failed" in words(document)
    assert "每 30 分钟" in words(document)
    assert "0 9 * * mon-fri" in words(document)
    assert "其中 1 个上次不顺利" in words(document)
    assert "Terms forbid automation." in words(document.cssselect("details.wide")[0])


@pytest.mark.parametrize("path", [*PAGES, "/?q=<script>alert(1)</script>", '/?q="><img src=x onerror=alert(1)>'])
def test_nothing_from_outside_becomes_markup(services: Any, path: str) -> None:
    services.put(*services.kept[HOSTILE])
    response = fetch(services, path)
    document = lxml.html.fromstring(response.text)

    assert [script.get("src") for script in document.cssselect("script")] == ["/static/zhiwen.js"]
    assert not document.cssselect("img, iframe, object, embed, style")
    handlers = [
        name for element in document.iter() for name in element.attrib if name.startswith("on") or name == "style"
    ]
    assert handlers == []


@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_every_link_is_ours_or_a_web_address(services: Any, path: str) -> None:
    document = lxml.html.fromstring(fetch(services, path).text)

    for link in document.cssselect("a[href]"):
        assert link.get("href").startswith(("/", "#", "http://", "https://")), link.get("href")
    for outside in document.cssselect("a[href^=http]"):
        assert outside.get("rel") == "noreferrer noopener"


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_every_id_is_there_once(services: Any, path: str) -> None:
    document = lxml.html.fromstring(fetch(services, path).text)
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    labelled = {label.get("for") for label in document.cssselect("label")}

    assert len(ids) == len(set(ids))
    assert {field.get("id") for field in document.cssselect("input:not([type=hidden]), select")} <= labelled
    assert document.get("lang") == "zh-CN"
    assert len(document.cssselect("h1")) == 1


def test_unknown_article_and_page_are_404_in_words(services: Any) -> None:
    assert "没有这篇文章" in words(page(services, "/articles/unknown", status=404))
    assert "没有这个页面" in words(page(services, "/nothing", status=404))


def test_index_that_cannot_answer_is_explained(services: Any) -> None:
    services.broken = IndexError_("the index is damaged", hint="zhiwen index rebuild")

    assert "zhiwen index rebuild" in words(page(services, "/?q=智谱", status=503))


def test_articles_like_one_stand_under_it(services: Any, make_article: Any, make_stored: Any) -> None:
    services.put(make_stored(9, make_article(url="https://other.example/", publisher=None)))
    row = page(services, f"/articles/{ARTICLE}").cssselect("#alike li")[0]

    assert row.cssselect("a")[0].get("href") == f"/articles/{9:020x}"
    assert words(row.cssselect(".kind")[0]) == "示例页面 · 2025-12-18 09:12"
    del services.kept[ARTICLE], services.kept[HOSTILE], services.kept[GONE]
    assert "没有内容相近的文章" in words(page(services, f"/articles/{9:020x}").cssselect("#alike")[0])


def test_article_is_shown_while_the_index_is_down(services: Any) -> None:
    services.broken = IndexError_("the server is away", hint="start it")
    document = page(services, f"/articles/{ARTICLE}")

    assert "索引暂时不可用" in words(document.cssselect("#alike")[0])
    assert document.cssselect(".text")


# ---- trends ----


def test_trends_count_the_most_frequent(services: Any) -> None:
    document = page(services, "/trends?by=event&until=2025-12-31")
    (row,) = document.cssselect("table.series tbody tr")

    assert [words(cell) for cell in row.cssselect("td")] == ["通过聆讯", "1", "", "1 篇（2025-12-18）"]
    assert row.cssselect("path")[0].get("d").startswith("M11 ")
    assert "共 3 篇有发布时间的文章" in words(document)
    assert len(page(services, row.cssselect("a")[0].get("href")).cssselect(".hits > li")) == 1


def test_names_to_compare_may_stand_in_one_field_in_any_spelling(services: Any) -> None:
    document = page(services, "/trends?compare=智谱华章，MiniMax; nobody")
    asked = next(each for each in services.asked if isinstance(each, TrendRequest))

    assert asked.compare == ("智谱华章", "MiniMax", "nobody")
    assert document.forms[0].fields["compare"] == "智谱华章、MiniMax、nobody"
    assert [words(row).split()[:2] for row in document.cssselect("table.series tbody tr")] == [
        ["智谱华章", "1"],
        ["MiniMax", "1"],
        ["nobody", "0"],
    ]


def test_name_with_a_quote_is_compared_as_it_is(services: Any) -> None:
    document = page(services, '/trends?by=keyword&compare=a"b')

    assert [words(row).split()[:2] for row in document.cssselect("table.series tbody tr")] == [['a"b', "0"]]


def test_source_is_compared_by_the_name_that_people_see(services: Any) -> None:
    document = page(services, "/trends?by=source&compare=示例页面")

    assert words(document.cssselect("table.series tbody tr")[0]).startswith("示例页面 3")


def test_what_rises_is_told_with_the_days(services: Any, make_article: Any, make_stored: Any) -> None:
    for number in range(40):
        day = datetime(2025, 12, 24, tzinfo=UTC) - timedelta(days=number)
        services.put(make_stored(100 + number, make_article(published_at=day, url=f"https://n.example/{number}")))
    for number in range(8):
        burst = make_article(
            published_at=datetime(2025, 12, 23, tzinfo=UTC), keywords=("算力",), url=f"https://b/{number}"
        )
        services.put(make_stored(200 + number, burst))
    document = page(services, "/trends?by=keyword&days=7")
    (row,) = document.cssselect("section.wide")[1].cssselect("tbody tr")

    assert [words(cell) for cell in row.cssselect("td")][:2] == ["算力", "8"]
    assert words(row.cssselect(".badge")[0]) == "新"
    assert "2025-12-18 至 2025-12-24" in words(document)
    assert "since=2025-12-18&until=2025-12-24" in row.cssselect("a")[0].get("href")


def test_window_without_articles_leads_to_one_with(services: Any) -> None:
    document = page(services, "/trends?until=2026-03-01&since=2025-12-01")
    (link,) = [each for each in document.cssselect("a") if "最后几天" in words(each)]

    assert "until=2025-12-18" in link.get("href")
    assert "这些天没有文章" not in words(page(services, link.get("href")))


def test_trends_keep_filters_and_give_them_up_one_by_one(services: Any) -> None:
    document = page(services, "/trends?q=智谱&only=lang:zh&company=智谱&by=event")
    sent = document.forms[0].form_values()
    (chip,) = [link for link in document.cssselect(".applied a") if "中文" in words(link)]

    assert {("only", "lang:zh"), ("company", "智谱"), ("by", "event")} <= set(sent)
    assert "lang" not in chip.get("href")
    assert {"by=event", "company=%E6%99%BA%E8%B0%B1"} <= set(chip.get("href").partition("?")[2].split("&"))


def test_trends_that_cannot_be_read_are_explained(services: Any) -> None:
    wrong_query = page(services, "/trends?q=智谱 (&by=event", status=400)
    wrong_field = page(services, "/trends?by=colour", status=400)

    assert "第 4 个字符" in words(wrong_query.cssselect("#error")[0])
    assert (wrong_query.forms[0].fields["q"], wrong_query.forms[0].fields["by"]) == ("智谱 (", "event")
    assert "不能按 'colour' 统计（可以是：" in words(wrong_field)


def test_bug_is_a_page_that_tells_nothing(services: Any) -> None:
    services.broken = RuntimeError("password=secret")
    document = page(services, "/?q=智谱", status=500)

    assert "出错了" in words(document)
    assert "secret" not in words(document)


def test_hit_is_shown_even_if_the_store_has_lost_it(services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "article", lambda id: None)

    assert len(page(services, "/?q=聆讯").cssselect(".hits > li")) == 1
