"""Feeds and lists from their bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.charset import charset, text_of
from crawler.feeds import read_feed
from crawler.items import Item, NotAList, page_of, published_hint
from crawler.listing import read_list
from crawler.sources import ListSource, When

URL = "https://news.zhiwen-test.cn/feed"


def items(body: bytes, **keys: str) -> list[Item]:
    read = read_feed(body, url=URL, **keys)
    assert isinstance(read, list)
    return read


def test_a_gbk_feed_is_read(make: Any) -> None:
    [item] = items(make.fixture("feed_gbk.xml"))
    assert item.hints == {"title": "虚构智能递交招股书", "published": "2026-07-02T00:00:00+00:00"} or (
        item.hints["published"] == "2026-07-02T00:00:00+00:00" and "虚构智能" in item.hints["title"]
    )


@pytest.mark.parametrize("declared", ["utf-8", "GBK", "iso-8859-1"])
@pytest.mark.parametrize("written", ["utf-8", "gb18030"])
def test_a_feed_that_lies_about_its_encoding_is_read(declared: str, written: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0"><channel><item><title>智谱递表港交所</title>' \
           "<link>https://x.cn/1</link></item></channel></rss>"  # fmt: skip
    [item] = items(text.encode(written), header=f"text/xml; charset={declared}")
    if (written, declared) != ("gb18030", "iso-8859-1"):  # any bytes are Latin-1: nothing contradicts it
        assert item.hints["title"] == "智谱递表港交所"


def test_lower_case_pubdate_is_read(make: Any) -> None:
    [item] = items(make.fixture("rss_lowercase_pubdate.xml"))
    assert item.hints["published"] == "2026-07-02T01:00:00+00:00"


def test_wordpress_content_author_and_time_are_read(make: Any) -> None:
    [item] = items(make.fixture("rss_wordpress_full.xml"))
    assert item.url == "https://news.example.com/2026/07/480001.html?utm_source=feed"
    assert item.hints["author"] == "张三"
    assert "2025年营收3.02亿元" in item.content


def test_edgar_filings_say_their_form(make: Any) -> None:
    read = items(make.fixture("getcurrent_all_start0_200.atom.xml"))
    assert len(read) == 100
    assert read[0].hints["form"] == "4"
    assert read[0].hints["published"] == "2025-12-12T23:02:43+00:00"
    assert read[0].url.endswith("0002063236-25-000004-index.htm")


def test_a_time_without_offset_is_in_the_zone_of_the_source() -> None:
    feed = b"""<rss version="2.0"><channel><item><title>x</title><link>https://x.cn/1</link>
        <pubDate>2026-07-02 08:00:00</pubDate></item></channel></rss>"""
    assert items(feed, timezone="Asia/Shanghai")[0].hints["published"] == "2026-07-02T08:00:00+08:00"


def test_relative_links_are_joined() -> None:
    feed = b'<rss version="2.0"><channel><item><title>x</title><link>/a/1</link></item></channel></rss>'
    assert items(feed)[0].url == "https://news.zhiwen-test.cn/a/1"


def test_a_json_feed_is_read() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "url": "/a/1", "title": "智谱", "content_html": "<p>正文</p>", "date_published": "2026-07-02T08:00:00+08:00", "authors": [{"name": "张三"}]},
            {"id": 7},
            "nonsense",
        ],
    }  # fmt: skip
    [item] = items(json.dumps(feed).encode())
    assert item.url == "https://news.zhiwen-test.cn/a/1"
    assert item.hints == {"title": "智谱", "author": "张三", "published": "2026-07-02T08:00:00+08:00"}
    assert item.content == "<p>正文</p>"


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the answer is empty"),
        (b"<!doctype html><html><head><title>\xe7\x99\xbb\xe5\xbd\x95</title>", "HTML page titled '登录'"),
        (b"<html><body>", "HTML page without a title"),
        (b'{"error": 1}', "JSON without the version and items of a JSON Feed"),
        (b"{broken", "broken JSON that starts with '{broken'"),
        (b"Service Unavailable", "it starts with 'Service Unavailable'"),
    ],
)
def test_what_is_no_feed_says_what_it_is(body: bytes, what: str) -> None:
    assert read_feed(body, url=URL) == NotAList(what=f"not a feed: {what}")


def test_the_page_behind_edgars_last_is_no_feed(make: Any) -> None:
    assert isinstance(read_feed(make.fixture("getcurrent_all_start5100_503.atom.xml"), url=URL), NotAList)


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_reading_a_feed_never_raises(body: bytes) -> None:
    for head in (b"", b"{", b"<rss version='2.0'><channel><item>", b"<?xml version='1.0' encoding='gbk'?>"):
        read_feed(head + body, url=URL)


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_a_charset_reads_what_it_is_named_for(body: bytes) -> None:
    text_of(body)
    assert charset(body)


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def listing(**keys: Any) -> ListSource:
    from datetime import timedelta

    return ListSource(
        id="x", name="x", kind="list", enabled=True, schedule=When(every=timedelta(hours=1)),
        urls=("https://www.zhiwen-test.cn/list",), **keys,
    )  # fmt: skip


def rows(body: bytes, source: ListSource) -> list[Item]:
    read = read_list(body, source, url="https://www.zhiwen-test.cn/list")
    assert isinstance(read, list), read
    return read


def test_nested_submissions_of_an_exchange_are_items_with_their_applicant(make: Any) -> None:
    source = listing(
        format="json", items="app", each="ls", link="https://www1.hkexnews.hk/app/{url}", published_format="%d/%m/%Y",
        timezone="Asia/Hong_Kong",
        fields={"url": "u1", "title": "nF", "company": "a", "published": "d", "form": "nF || nS1"},
    )  # fmt: skip
    read = rows(make.fixture("hkex_appactive_appphip_sehk_c.json"), source)

    assert [item.hints["form"] for item in read] == ["聆訊後資料集（第一次呈交）", "整體協調人公告－委任"]
    assert read[0].url == "https://www1.hkexnews.hk/app/sehk/2026/900001/documents/sehk26071900011_c.pdf"
    assert read[0].hints["company"] == "虛構智能科技股份有限公司"
    assert read[0].hints["published"] == "2026-07-19T00:00:00+08:00"


def test_null_where_nothing_is_is_an_empty_list(make: Any) -> None:
    source = listing(format="json", items="announcements", fields={"url": "adjunctUrl"})
    assert rows(make.fixture("cninfo_empty.json"), source) == []


def test_milliseconds_and_seconds_are_told_apart() -> None:
    assert published_hint("1782950940", format="unix", timezone="Asia/Shanghai") == "2026-07-02T00:09:00+00:00"
    assert published_hint("1782950940000", format="unix", timezone="Asia/Shanghai") == "2026-07-02T00:09:00+00:00"
    assert published_hint("1782950940000", format="unix_ms", timezone="Asia/Shanghai") == "2026-07-02T00:09:00+00:00"


def test_a_time_that_does_not_fit_its_format_stays_as_it_stands() -> None:
    assert published_hint("今天 08:15", format="%m/%d/%Y", timezone="Asia/Shanghai") == "今天 08:15"


def test_ok_if_refuses_an_answer_that_says_it_failed(make: Any) -> None:
    source = listing(format="json", items="data", ok_if="state == `1`", fields={"url": "url", "published": "time"})
    assert [item.url for item in rows(make.fixture("stcn_kx.json"), source)] == [
        "https://www.zhiwen-test.cn/article/detail/3900001.html"
    ]
    assert read_list(b'{"state": 0, "data": []}', source, url=URL) == NotAList(
        what="not a list: the answer does not say state == `1`"
    )


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the answer is empty"),
        (b"<html><title>login</title>", "HTML page titled 'login'"),
        (b"oops", "no JSON, it starts with 'oops'"),
        (b'{"data": 5}', "data is no list in the answer"),
    ],
)
def test_what_is_no_list_says_what_it_is(body: bytes, what: str) -> None:
    source = listing(format="json", items="data", fields={"url": "url"})
    assert read_list(body, source, url=URL) == NotAList(what=f"not a list: {what}")


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_reading_a_list_never_raises(body: bytes) -> None:
    for source in (
        listing(format="json", items="data[?contains(title, 'x')]", fields={"url": "url"}, each="ls"),
        listing(format="html", items="li", fields={"url": "a::attr(href)", "title": ".//b/text()"}),
    ):
        for wrap in (
            b"%b",
            b'{"data": [%b]}',
            b"cb(%b);",
            b"<ul><li>%b</ul>",
            b'{"data": [{"title": 5, "ls": [1]}]}%b',
        ):
            read_list(wrap % body if b"%b" in wrap else body, source, url=URL)


def test_a_function_on_a_value_of_another_type_is_said_in_words() -> None:
    source = listing(format="json", items="data[?contains(title, 'x')]", fields={"url": "url"})
    read = read_list(b'{"data": [{"title": 5}]}', source, url=URL)
    assert isinstance(read, NotAList)
    assert "contains" in read.what


def test_the_content_of_an_item_becomes_a_page_and_its_title_is_text() -> None:
    page = page_of(Item(url="https://x.cn", hints={"title": "<b>&"}, content="一段\n二段")).decode()
    assert "<h1>&lt;b&gt;&amp;</h1>" in page
    assert "<p>一段</p>\n<p>二段</p>" in page
