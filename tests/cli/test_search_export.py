"""Exports: all hits, in forms that spreadsheets and feed readers take, and that do them no harm."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.export import BOM, HIT_COLUMNS, Channel, cell, csv_lines, hit_row, hits, json_lines, rss_lines
from index.records import Highlight, Hit, SearchRequest, SearchResult
from zhiwen.errors import InputError

DAY = datetime(2025, 12, 24, 4, tzinfo=UTC)
CHANNEL = Channel(title="智闻: <x>", link="http://127.0.0.1:8765/?q=x&y", description="&")


def hit(number: int = 0, **fields: Any) -> Hit:
    given_: dict[str, Any] = {
        "id": f"id{number}",
        "url": f"https://news.example/{number}",
        "title": "标题",
        "source": "hand",
        "published_at": DAY - timedelta(minutes=number),
        "score": 1.5,
        "companies": ("智谱",),
        "events": (),
        "highlights": (),
    }
    return Hit(**{**given_, **fields})


class Pages:
    """A search that holds `count` hits, gives them by cursor, and remembers what it was asked."""

    def __init__(self, count: int) -> None:
        self.held = [hit(number) for number in range(count)]
        self.asked: list[SearchRequest] = []

    def __call__(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        start = int(request.cursor or request.offset)
        end = start + request.limit
        following = str(end) if request.limit and end < len(self.held) else None
        return SearchResult(total=len(self.held), hits=tuple(self.held[start:end]), cursor=following)


# ---- all hits ----


@pytest.mark.parametrize(("limit", "given_"), [(None, 450), (1000, 450), (250, 250), (200, 200), (3, 3), (0, 0)])
def test_hits_go_on_behind_the_first_page(limit: int | None, given_: int) -> None:
    search = Pages(450)

    found = list(hits(SearchRequest(query="x", sort="newest"), search=search, limit=limit))

    assert [each.id for each in found] == [f"id{number}" for number in range(given_)]


def test_no_page_is_read_before_it_is_needed() -> None:
    search = Pages(450)
    found = hits(SearchRequest(query="x", sort="newest"), search=search, limit=None)

    for _ in range(201):
        next(found)

    assert len(search.asked) == 2


@pytest.mark.parametrize("wishes", [{"sort": "relevance"}, {"sort": "newest", "collapse": True}])
def test_orders_that_end_early_are_refused_before_the_first_hit(wishes: dict[str, Any]) -> None:
    request, search = SearchRequest(query="x", **wishes), Pages(1200)

    with pytest.raises(InputError, match=r"--sort newest .* or --limit 1000"):
        next(hits(request, search=search, limit=None))
    assert len(list(hits(request, search=search, limit=1000))) == 1000
    assert len(list(hits(request, search=Pages(900), limit=None))) == 900


# ---- CSV ----


def read(lines: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(lines).decode("utf-8"), newline="")))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        '=HYPERLINK("http://x","y")',
    ],
)
def test_no_cell_begins_a_formula(text: str) -> None:
    row = hit_row(hit(title=text, companies=(text, "b"), url=text))

    cells = dict(zip(HIT_COLUMNS, read(csv_lines(HIT_COLUMNS, [row]))[1], strict=True))

    assert cells["title"] == cells["url"] == "'" + text
    assert cells["companies"] == f"'{text}；b"


def test_a_separator_of_other_countries_opens_no_cell() -> None:
    line = b"".join(csv_lines(("a",), [["x;=1+1"], ["x\t=1+1"]])).decode()

    assert line == 'a\r\n"x;=1+1"\r\n"x\t=1+1"\r\n'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (1.25, "1.25"),
        (Decimal("-24377000000.50"), "-24377000000.5"),
        (Decimal("1E+9"), "1000000000"),
        (Decimal("100"), "100"),
        (Decimal("NaN"), "NaN"),
        (Decimal("-1E+999"), "'-1E+999"),
        (DAY, "2025-12-24T04:00:00+00:00"),
        (None, ""),
        (("a", "b"), "a；b"),
    ],
)
def test_numbers_stay_numbers(value: Any, text: str) -> None:
    assert cell(value) == text


def test_utf8_with_the_mark_that_excel_wants() -> None:
    assert b"".join(csv_lines(("名",), [], bom=True)) == BOM + "名\r\n".encode()
    assert b"".join(csv_lines(("名",), [])) == "名\r\n".encode()


texts = st.text(max_size=30)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(texts, texts), max_size=5))
def test_any_text_survives_and_none_is_a_formula(rows: list[tuple[str, str]]) -> None:
    read_ = read(csv_lines(("a", "b"), rows))

    assert read_ == [["a", "b"], *([cell(one), cell(other)] for one, other in rows)]
    assert not any(text[:1] in tuple("=+-@\t\r\n") for row in read_ for text in row if text)
    assert [[text.removeprefix("'") for text in row] for row in read_[1:]] == [
        [one.removeprefix("'"), other.removeprefix("'")] for one, other in rows
    ]


# ---- RSS ----


def feed(*found: Hit) -> Any:
    return ElementTree.fromstring(b"".join(rss_lines(CHANNEL, found)))


def test_a_feed_holds_what_rss_2_asks_for() -> None:
    highlights = (
        Highlight(field="title", passage="标题", spans=((0, 1),)),
        Highlight(field="text", passage="<b>智谱</b> & 上市", spans=((3, 5),)),
        Highlight(field="text", passage="第二段", spans=()),
    )

    root = feed(hit(1, title="<智谱> & ]]>", highlights=highlights, events=("listing",)))

    assert (root.tag, root.get("version")) == ("rss", "2.0")
    channel = root.find("channel")
    assert [channel.findtext(name) for name in ("title", "link", "description")] == [CHANNEL.title, CHANNEL.link, "&"]
    item = channel.find("item")
    assert item.findtext("title") == "<智谱> & ]]>"
    assert item.findtext("link") == "https://news.example/1"
    assert (item.findtext("guid"), item.find("guid").get("isPermaLink")) == ("id1", "false")
    assert parsedate_to_datetime(item.findtext("pubDate")) == DAY - timedelta(minutes=1)
    assert [each.text for each in item.findall("category")] == ["智谱", "listing"]
    assert item.findtext("description") == "&lt;b&gt;<mark>智谱</mark>&lt;/b&gt; &amp; 上市 … 第二段"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "", " https://x.example"]
)
def test_links_lead_to_the_web_only(url: str) -> None:
    item = feed(hit(url=url)).find("channel/item")

    assert item.find("link") is None
    assert item.findtext("guid") == "id0"


def test_undated_hits_without_passages_are_items_too() -> None:
    item = feed(hit(published_at=None)).find("channel/item")

    assert item.find("pubDate") is None
    assert item.find("description") is None


@settings(max_examples=150, deadline=None)
@given(title=st.text(max_size=20), passage=st.text(max_size=20), id_=st.text(max_size=5))
def test_any_text_is_valid_xml(title: str, passage: str, id_: str) -> None:
    highlights = (Highlight(field="text", passage=passage, spans=((0, len(passage)),)),)

    assert len(feed(hit(id=id_, title=title, highlights=highlights)).findall("channel/item")) == 1


def test_lines_of_json_are_hits_as_the_search_gives_them() -> None:
    (line,) = json_lines([hit(1)])

    assert set(json.loads(line)) == set(Hit.__dataclass_fields__)
    assert line.endswith(b"}\n")


# ---- the command ----


@pytest.mark.usefixtures("filled")
def test_all_forms_give_all_hits_newest_first(zhiwen: Any) -> None:
    newest = [
        each["id"] for each in zhiwen("search", "", "--sort", "newest", "--limit", "999", "--json").json()["hits"]
    ]
    lines = zhiwen("search", "", "--jsonl").lines()
    table = zhiwen("search", "", "--csv", "--bom").out
    rss = feedparser.parse(zhiwen("search", "", "--rss").out)

    assert len(newest) > 10
    assert [each["id"] for each in lines] == newest
    assert table.startswith("\ufeffid,published_at,")
    assert [row["id"] for row in csv.DictReader(io.StringIO(table.removeprefix("\ufeff"), newline=""))] == newest
    assert not rss.bozo
    assert [entry.id for entry in rss.entries] == newest


@pytest.mark.usefixtures("filled")
def test_the_limit_caps_exports(zhiwen: Any) -> None:
    assert len(zhiwen("search", "", "--jsonl", "--limit", "3").lines()) == 3


@pytest.mark.usefixtures("filled")
def test_the_terminal_shows_counts_and_pages(zhiwen: Any) -> None:
    done = zhiwen("search", "智谱", "--facet", "event", "--histogram", "month", "--limit", "1", "--sort", "newest")

    assert done.code == 0
    assert "hearing_passed" in done.out
    assert "2025-12  4         █" in done.out
    cursor = done.err.rsplit("--cursor ", 1)[1].strip()
    following = zhiwen("search", "智谱", "--limit", "1", "--sort", "newest", "--cursor", cursor)
    assert following.code == 0
    assert following.out.splitlines()[0] != done.out.splitlines()[0]
    assert "1 more of 4" in following.err


@pytest.mark.usefixtures("filled")
def test_json_says_counts_only_where_they_are_asked_for(zhiwen: Any) -> None:
    plain = zhiwen("search", "智谱", "--json").json()
    counted = zhiwen("search", "智谱", "--json", "--facet", "event", "--facet", "lang", "--histogram", "day").json()

    assert set(plain) == {"total", "hits"}
    assert set(counted) == {"total", "hits", "facets", "histogram"}
    assert set(counted["facets"]) == {"event", "lang"}
    assert counted["facets"]["lang"] == [{"value": "zh", "documents": 4}]


@pytest.mark.usefixtures("filled")
def test_did_you_mean(zhiwen: Any) -> None:
    assert "did you mean 智谱?" in zhiwen("search", "智普").err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["search"], "--jsonl reads queries from stdin"),
        (["search", "--jsonl", "--limit", "3"], "each line says them"),
        (["search", "--csv"], "no QUERY"),
        (["search", "x", "--csv", "--rss"], "--csv and --rss do not go together"),
        (["search", "x", "--bom"], "--bom goes with --csv"),
        (["search", "x", "--csv", "--facet", "event"], "counts are in --json"),
        (["search", "x", "--facet", "colour"], "company, about"),
        (["search", "x", "--timezone", "Mars/Olympus"], "Asia/Shanghai"),
        (["search", "x", "--since", "2025-12-02", "--until", "2025-12-01"], "swap them"),
        (["search", "(", "--csv"], "column 1"),
    ],
)
def test_impossible_wishes_exit_2_and_write_nothing(zhiwen: Any, arguments: list[str], words: str) -> None:
    done = zhiwen(*arguments)

    assert (done.code, done.out) == (2, "")
    assert words in done.err
