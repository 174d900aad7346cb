"""The pages as documents: what they say, and that nothing in them is live that should be text."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import lxml.html
import pytest

from web.app import create_app
from zhiwen.errors import IndexError_

ARTICLE, HOSTILE, GONE = (f"{number:020x}" for number in (1, 2, 3))
PAGES = ["/", "/?q=智谱", f"/articles/{ARTICLE}", f"/articles/{HOSTILE}", f"/articles/{GONE}", "/alerts", "/sources"]


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


def test_pages_of_results_lead_on_and_back(services: Any) -> None:
    document = page(services, "/?q=智谱&limit=1&offset=1")

    assert "显示第 2–2 篇" in words(document)
    assert "offset=2" in document.cssselect("a[rel=next]")[0].get("href")
    assert "offset" not in document.cssselect("a[rel=prev]")[0].get("href")


def test_page_beyond_the_last_says_so(services: Any) -> None:
    assert "这一页没有内容" in words(page(services, "/?q=智谱&offset=100"))


def test_query_mistake_is_shown_where_it_is(services: Any) -> None:
    document = page(services, '/?q=智谱 "招股', status=400)
    notice = document.cssselect("#error")[0]

    assert "第 4 个字符" in words(notice)
    assert notice.cssselect("mark")[0].text == '"'
    assert document.forms[0].fields["q"] == '智谱 "招股'


def test_wrong_filter_is_explained(services: Any) -> None:
    assert "since is '昨天'" in words(page(services, "/?q=智谱&since=昨天", status=400))


@pytest.mark.parametrize(
    ("path", "said"),
    [("/", "库里还没有文章"), ("/?q=智谱", "没有找到文章"), ("/alerts", "还没有提醒"), ("/sources", "没有启用的来源")],
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


def test_bug_is_a_page_that_tells_nothing(services: Any) -> None:
    services.broken = RuntimeError("password=secret")
    document = page(services, "/?q=智谱", status=500)

    assert "出错了" in words(document)
    assert "secret" not in words(document)


def test_hit_is_shown_even_if_the_store_has_lost_it(services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "article", lambda id: None)

    assert len(page(services, "/?q=聆讯").cssselect(".hits > li")) == 1
