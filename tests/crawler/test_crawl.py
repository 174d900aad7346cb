"""Crawls of a site that behaves, over real sockets, each in a process of its own."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from crawler.ports import CrawlOutcome


@pytest.fixture
def two_articles(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.with_validators(site.feed("/a/1", "/a/2"), etag='"f1"', type="application/rss+xml")
    site["/a/1"] = make.with_validators(make.article("一"), etag='"one"')
    site["/a/2"] = make.with_validators(make.article("二"), etag='"two"')
    crawls.source(urls=f"{site.url}/feed")


@pytest.mark.usefixtures("two_articles")
def test_first_crawl_passes_every_article_on_in_bytes_with_hints(site: Any, crawls: Any, make: Any) -> None:
    report = crawls.run()

    assert (report.outcome, report.pages, report.problems) == (CrawlOutcome.OK, 2, ())
    first = crawls.pages[0]
    assert first["body"] == make.article("一").encode()
    assert first["url"] == f"{site.url}/a/1"
    assert first["hints"] == {"title": "/a/1"}
    assert first["headers"] == {"content-type": "text/html; charset=utf-8", "etag": '"one"'}
    assert first["content_type"] == "text/html"


@pytest.mark.usefixtures("two_articles")
def test_second_crawl_of_an_unchanged_site_asks_conditionally_and_brings_nothing(site: Any, crawls: Any) -> None:
    crawls.run(at="2026-07-02T00:00:00+00:00")
    site.asked.clear()

    report = crawls.run(at="2026-07-02T03:00:00+00:00")

    assert site.paths_asked() == ["/feed", "/a/1", "/a/2"]
    assert all("if-none-match" in asked.headers for asked in site.asked if asked.path != "/robots.txt")
    assert (report.outcome, report.pages, report.not_modified) == (CrawlOutcome.OK, 0, 3)


@pytest.mark.usefixtures("two_articles")
def test_known_articles_are_left_alone_until_their_time_has_come(site: Any, crawls: Any) -> None:
    crawls.run(at="2026-07-02T00:00:00+00:00")
    site.asked.clear()

    report = crawls.run(at="2026-07-02T00:10:00+00:00")

    assert site.paths_asked() == ["/feed"]
    assert report.outcome is CrawlOutcome.OK


@pytest.mark.usefixtures("two_articles")
def test_a_corrected_article_comes_again_and_one_that_went_comes_as_its_404_once(
    site: Any, crawls: Any, make: Any
) -> None:
    crawls.run(at="2026-07-02T00:00:00+00:00")
    site["/a/1"] = make.with_validators(make.article("更正"), etag='"one-b"')
    site["/a/2"] = make.answer("gone", status=410)

    report = crawls.run(at="2026-07-02T03:00:00+00:00")

    assert (report.outcome, report.pages, report.gone) == (CrawlOutcome.OK, 1, 1)
    assert [(page["url"][-4:], page["status"]) for page in crawls.pages[2:]] == [("/a/1", 200), ("/a/2", 410)]

    site.asked.clear()
    crawls.run(at="2026-07-10T00:00:00+00:00")
    assert "/a/2" not in site.paths_asked()


@pytest.mark.usefixtures("two_articles")
def test_bytes_that_did_not_change_are_not_passed_on_even_with_status_200(site: Any, crawls: Any, make: Any) -> None:
    crawls.run(at="2026-07-02T00:00:00+00:00")
    site["/a/1"] = make.answer(make.article("一"))

    report = crawls.run(at="2026-07-02T03:00:00+00:00")

    assert (report.pages, report.skipped["unchanged"]) == (0, 1)


@pytest.mark.usefixtures("two_articles")
def test_robots_txt_is_asked_first_and_the_operator_names_himself_to_everyone(site: Any, crawls: Any) -> None:
    crawls.run()

    assert site.asked[0].path == "/robots.txt"
    assert {asked.headers["user-agent"] for asked in site.asked} == {crawls.user_agent}
    assert not any("cookie" in asked.headers for asked in site.asked)


def named(site: Any, items: str) -> bytes:
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'
    return feed.replace("<link>/", f"<link>{site.url}/").encode()


def test_page_that_is_looked_at_again_has_the_hints_of_the_feed_that_named_it_once(
    site: Any, crawls: Any, make: Any
) -> None:
    """Feeds name an article for a day; its correction comes later."""
    item = "<item><title>一</title><author>甲</author><pubDate>Thu, 02 Jul 2026 08:00:00 +0800</pubDate><link>/a/1</link></item>"
    site["/feed"] = make.in_turn(
        make.answer(named(site, item), type="application/rss+xml"),
        make.answer(named(site, "<item><title>二</title><link>/a/2</link></item>"), type="application/rss+xml"),
    )
    site["/a/1"] = make.in_turn(make.answer(make.article("as it was")), make.answer(make.article("corrected")))
    site["/a/2"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed")

    crawls.run(at="2026-07-02T00:00:00+00:00")
    crawls.run(at="2026-07-02T03:00:00+00:00")

    first, corrected = [page for page in crawls.pages if page["url"].endswith("/a/1")]
    assert b"corrected" in corrected["body"]
    assert set(first["hints"]) == {"title", "author", "published"}
    assert corrected["hints"] == first["hints"]


def test_what_a_feed_says_later_counts_more_and_takes_nothing_away(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.in_turn(
        make.answer(named(site, "<item><title>旧题</title><author>甲</author><link>/a/1</link></item>")),
        make.answer(named(site, "<item><title>新题</title><link>/a/1</link></item>")),
    )
    site["/a/1"] = make.in_turn(make.answer(make.article("one")), make.answer(make.article("two")))
    crawls.source(urls=f"{site.url}/feed")

    crawls.run(at="2026-07-02T00:00:00+00:00")
    crawls.run(at="2026-07-02T03:00:00+00:00")

    assert [page["hints"] for page in crawls.pages] == [
        {"title": "旧题", "author": "甲"},
        {"title": "新题", "author": "甲"},
    ]


@pytest.mark.parametrize("failure", ["HTTP 500", "no answer"])
def test_hints_of_a_page_that_failed_at_first_come_with_it_at_last(
    site: Any, crawls: Any, make: Any, failure: str
) -> None:
    site["/feed"] = make.in_turn(
        make.answer(site.feed("/a/1", "/a/2"), type="application/rss+xml"),
        make.answer(site.feed("/a/2"), type="application/rss+xml"),
    )
    wrong = make.answer("", status=500) if failure == "HTTP 500" else make.reset
    site["/a/1"] = make.in_turn(wrong, make.answer(make.article("one")))
    site["/a/2"] = make.answer(make.article("two"))
    crawls.source(urls=f"{site.url}/feed")

    crawls.run(at="2026-07-02T00:00:00+00:00", limits={"retries": 0})
    assert [page["url"] for page in crawls.pages] == [f"{site.url}/a/2"]
    crawls.run(at="2026-07-02T03:00:00+00:00", limits={"retries": 0})

    assert crawls.pages[-1]["url"] == f"{site.url}/a/1"
    assert crawls.pages[-1]["hints"] == {"title": "/a/1"}


def test_one_connection_a_host_and_the_delay_between_requests(site: Any, crawls: Any, make: Any) -> None:
    paths = [f"/a/{number}" for number in range(4)]
    site.serve_feed(*paths)
    for path in paths:
        site[path] = make.answer(make.article(path))
    crawls.source(urls=f"{site.url}/feed", delay=0.2)

    crawls.run()

    times = [asked.at for asked in site.asked]
    assert site.open_most == 1
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.18


def test_crawl_delay_of_robots_txt_is_kept(site: Any, crawls: Any, make: Any) -> None:
    site["/robots.txt"] = make.answer("User-agent: *\nCrawl-delay: 0.4\nDisallow:\n", type="text/plain")
    site.serve_feed("/a/1", "/a/2")
    site["/a/1"] = site["/a/2"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed")

    crawls.run()

    times = [asked.at for asked in site.asked]
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.35


def test_what_is_over_max_pages_comes_in_the_next_run_though_the_feed_did_not_change(
    site: Any, crawls: Any, make: Any
) -> None:
    paths = [f"/a/{number}" for number in range(5)]
    site["/feed"] = make.with_validators(site.feed(*paths), etag='"f"', type="application/rss+xml")
    for path in paths:
        site[path] = make.answer(make.article(path))
    crawls.source(urls=f"{site.url}/feed", max_pages=3)

    first, second = crawls.run(), crawls.run()

    assert (first.pages, second.pages) == (3, 2)
    assert first.skipped["over max_pages, next run"] == 2


def test_patterns_choose_articles_and_one_address_is_fetched_once_under_all_its_spellings(
    site: Any, crawls: Any, make: Any
) -> None:
    site.serve_feed("/a/1?utm_source=feed", "/a/1", "/about", "/a/2", "/a/lapin")
    site["/a/1"] = site["/a/2"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed", article_pattern="/a/", exclude_pattern="lapin", exclude_title="2$")

    report = crawls.run()

    assert site.paths_asked() == ["/feed", "/a/1?utm_source=feed"]
    assert report.skipped == {
        "named twice": 1, "no article (article_pattern)": 1, "excluded address": 1, "excluded title": 1
    }  # fmt: skip


def test_a_full_text_feed_needs_one_request_and_passes_changed_entries_again(site: Any, crawls: Any, make: Any) -> None:
    feed = make.fixture("rss_wordpress_full.xml").decode()
    site["/feed"] = make.answer(feed, type="text/html")
    crawls.source(urls=f"{site.url}/feed", full_text=True)

    first = crawls.run()
    second = crawls.run()
    site["/feed"] = make.answer(feed.replace("3.02亿元", "3.03亿元"), type="text/html")
    third = crawls.run()

    assert [report.pages for report in (first, second, third)] == [1, 0, 1]
    assert site.paths_asked() == ["/feed"] * 3
    assert "2025年营收3.02亿元。" in crawls.pages[0]["body"].decode()
    assert crawls.pages[0]["hints"]["published"] == "2026-07-02T00:15:30+00:00"


def test_a_jsonp_list_is_read_and_its_articles_fetched_with_hints(site: Any, crawls: Any, make: Any) -> None:
    script = make.fixture("163_tech_datalist.js").replace(b"https://www.163.com", site.url.encode())
    site["/list.js"] = make.answer(script, type="application/javascript; charset=GBK")
    site["/tech/article/KAAAAAAA00097U7T.html"] = make.answer(make.article("递表"))
    site["/dy/article/KBBBBBBB0511BLFD.html"] = make.answer(make.article("手机"))
    crawls.source(
        kind="list", urls=f"{site.url}/list.js?callback=data_callback", format="json",
        items="[?newstype=='article']", published_format="%m/%d/%Y %H:%M:%S",
        fields={"url": "docurl", "title": "title", "published": "time", "publisher": "source"},
    )  # fmt: skip

    report = crawls.run()

    assert (report.outcome, report.pages) == (CrawlOutcome.OK, 2)
    assert crawls.pages[0]["hints"] == {
        "title": "虚构智能递表港交所，上半年营收1.9亿元",
        "published": "2026-07-02T08:15:30+08:00",
        "publisher": "网易科技",
    }


def test_pages_of_a_posted_list_are_asked_for_while_they_name_something_new(site: Any, crawls: Any, make: Any) -> None:
    def by_page(connection: Any, asked: Any) -> None:
        page = int(asked.body.decode().split("page=")[1].split("&")[0])
        rows = ",".join(f'{{"id": "{page}{n}"}}' for n in range(2)) if page < 3 else ""
        make.answer(f'{{"data": [{rows}]}}', type="application/json")(connection, asked)

    site["/query"] = by_page
    for number in (10, 11, 20, 21):
        site[f"/d/{number}"] = make.answer(make.article("x"))
    crawls.source(
        kind="list", urls=f"{site.url}/query", method="POST", form={"page": "{page}", "day": "{today:%Y%m%d}"},
        pages={"first": 1, "last": 9}, format="json", items="data", fields={"id": "id"}, link="/d/{id}",
    )  # fmt: skip

    report = crawls.run(at="2026-07-02T18:00:00+00:00")

    assert report.pages == 4
    bodies = [asked.body.decode() for asked in site.asked if asked.path == "/query"]
    assert bodies == [f"page={page}&day=20260703" for page in (1, 2, 3)]  # it is the next day in Shanghai


def test_an_html_list_is_read_by_css_and_xpath(site: Any, crawls: Any, make: Any) -> None:
    page = "<ul><li><a href='/a/1'>标题一</a><i>07-02 08:00</i></li><li>no link</li></ul>".encode("gbk")
    site["/list"] = make.answer(page, type="text/html")
    site["/a/1"] = make.answer(make.article("一"))
    crawls.source(
        kind="list", urls=f"{site.url}/list", format="html", items="ul li",
        fields={"url": "a::attr(href)", "title": "a", "published": "./i/text()"},
    )  # fmt: skip

    crawls.run()

    assert crawls.pages[0]["hints"] == {"title": "标题一", "published": "07-02 08:00"}


def test_pages_given_by_hand_are_fetched_whole_whatever_is_remembered(site: Any, crawls: Any, make: Any) -> None:
    site["/a/1"] = make.with_validators(make.article("一"), etag='"one"')
    site["/robots.txt"] = make.answer("User-agent: *\nDisallow: /private\n", type="text/plain")
    asked = [f"{site.url}/a/1", f"{site.url}/private", f"{site.url}/missing"]

    crawls.run(urls=asked)
    report = crawls.run(urls=asked)

    assert (report.outcome, report.pages) == (CrawlOutcome.PARTIAL, 1)
    assert {(problem.url.rsplit("/")[-1], problem.what) for problem in report.problems} == {
        ("private", "robots.txt forbids"), ("missing", "HTTP 404")
    }  # fmt: skip


def test_the_log_says_one_line_a_run(site: Any, crawls: Any, make: Any) -> None:
    site.serve_feed("/a/1")
    site["/a/1"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed")

    crawls.run()

    assert [line.split(": ", 1)[1] for line in crawls.log.splitlines()] == ["x: ok, 1 pages, 3 requests"]


INDEX = """<html><table summary='Document Format Files'><tr><th>Seq<th>Description<th>Document</tr>
<tr><td>1<td>6-K<td><a href='/ix?doc=/Archives/1/f6k.htm'>f6k.htm</a></tr><tr><td>2<td>EX-99.1<td><a href='/Archives/1/ex991.htm'>x</a></tr>
<tr><td>3<td>GRAPHIC<td><a href='/Archives/1/logo.jpg'>logo</a></tr></table></html>"""


def test_documents_of_a_filings_index_are_fetched_instead_of_it(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.with_validators(site.feed("/Archives/1-index.htm"), etag='"f"', type="application/atom+xml")
    site["/Archives/1-index.htm"] = make.answer(INDEX)
    site["/Archives/1/f6k.htm"] = make.in_turn(make.raw(b"HTTP/1.1 500 x\r\n\r\n"), make.answer(make.article("6-K")))
    site["/Archives/1/ex991.htm"] = make.answer(make.article("results"))
    documents = {"index": "-index.htm", "links": "//table[@summary='Document Format Files']//td[3]/a/@href", "at_most": 2,
                 "pattern": "^(?:/ix\\?doc=)?(/Archives/.+\\.html?)$"}  # fmt: skip
    crawls.source(urls=f"{site.url}/feed", documents=documents, revisit="never")

    report = crawls.run(at="2026-07-02T00:00:00+00:00", limits={"retries": 0})

    assert (report.outcome, report.pages) == (CrawlOutcome.PARTIAL, 1)
    assert [page["url"].rsplit("/", 1)[-1] for page in crawls.pages] == ["ex991.htm"]
    assert crawls.pages[0]["hints"] == {"title": "/Archives/1-index.htm"}

    site.asked.clear()
    assert crawls.run(at="2026-07-02T02:00:00+00:00", limits={"retries": 0}).pages == 1
    assert site.paths_asked() == ["/feed", "/Archives/1/f6k.htm"]


def test_an_index_whose_documents_do_not_fit_into_this_run_is_read_again_in_the_next(
    site: Any, crawls: Any, make: Any
) -> None:
    site.serve_feed("/Archives/1-index.htm", "/Archives/2-index.htm")
    for number in (1, 2):
        site[f"/Archives/{number}-index.htm"] = make.answer(INDEX.replace("/1/", f"/{number}/"))
        site[f"/Archives/{number}/f6k.htm"] = make.answer(make.article("6-K"))
    crawls.source(
        urls=f"{site.url}/feed",
        max_pages=3,
        documents={"index": "-index.htm", "links": "a::attr(href)", "pattern": "doc=(.+)"},
    )

    assert (crawls.run().pages, crawls.run().pages, crawls.run().pages) == (1, 1, 0)


def test_an_entry_without_content_is_fetched_even_from_a_full_text_feed(site: Any, crawls: Any, make: Any) -> None:
    site.serve_feed("/a")
    site["/a"] = make.answer(make.article("a"))
    crawls.source(urls=f"{site.url}/feed", full_text=True)

    assert (crawls.run().pages, crawls.run().pages) == (1, 0)
    assert site.paths_asked() == ["/feed", "/a", "/feed"]


def test_two_sources_with_one_list_both_read_it_and_a_page_given_by_hand_stays_with_its_source(
    site: Any, crawls: Any, make: Any
) -> None:
    site["/feed"] = make.with_validators(site.feed("/a/1", "/b/1"), etag='"f"', type="text/xml")
    site["/a/1"] = site["/b/1"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed", article_pattern="/a/")
    crawls.run()
    crawls.run(urls=[f"{site.url}/a/1"])
    assert crawls.visits[f"{site.url}/a/1"]["source"] == "x"

    other = crawls.of("y")
    other.source(id="y", urls=f"{site.url}/feed", article_pattern="/b/")
    assert other.run().pages == 1
