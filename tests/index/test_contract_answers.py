"""What every engine does beyond finding: facets, histograms, sorts, cursors, stories, figures, likeness, suggestions."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from index.paging import MAX_GIVEN
from index.records import Count, Document, DocumentFigure, SearchIndex, SearchRequest, SearchResult
from zhiwen.errors import InputError, QueryError

Maker = Callable[..., list[Document]]
DAY = datetime(2025, 12, 24, tzinfo=UTC)


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def found(index: SearchIndex, query: str, **options: Any) -> list[str]:
    return sorted(ids(index.search(SearchRequest(query=query, limit=100, **options))))


def figure(metric: str | None, value: float, **rest: Any) -> DocumentFigure:
    return DocumentFigure(**{"metric": metric, "value": value, "unit": "CNY", "period": None, "subject": None, **rest})


# ---- figures ----


@pytest.fixture
def told(index: SearchIndex, documents: Maker) -> SearchIndex:
    index.apply(
        documents(
            {
                "figures": (
                    figure("revenue", 5e8, period="2024", subject="智谱"),
                    figure("net_loss", 2e8, period="2025H1"),
                )
            },
            {"figures": (figure("revenue", 1e8, period="2024"), figure("users", 5e8, unit="家", period="2024"))},
            {"figures": (figure("revenue", 3e8, period="2024"), figure("gross_margin", 56.0, unit="%"))},
            {"figures": (figure("revenue", 4e8, unit="USD", period="2025"), figure("revenue", -1.0))},
            {},
        )
    )
    return index


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("figure:(metric:revenue AND value:>3亿 AND period:2024)", ["d1"]),
        ("数字:(指标:收入 数值:>=3亿 期间:2024)", ["d1", "d3"]),
        ("figure:(metric:revenue value:5亿)", ["d1"]),
        ("figure:(metric:revenue value:>5亿)", []),
        ("figure:(value:>4亿 period:2024)", ["d1", "d2"]),
        ("figure:(metric:revenue subject:智譜AI)", ["d1"]),
        ("figure:(metric:net_loss period:2024)", []),
        ("figure:(公司:智谱 value:5亿)", ["d1"]),
        ("figure:(metric:revenue unit:美元)", ["d4"]),
        ("figure:(metric:revenue value:>1亿美元)", ["d4"]),
        ("figure:(value:>=50%)", ["d3"]),
        ("figure:(value:>=50)", ["d1", "d2", "d3", "d4"]),
        ("figure:(metric:revenue -period:2024)", ["d4"]),
        ("figure:(metric:revenue AND (period:2025 OR value:<=1亿))", ["d2", "d4"]),
        ("figure:(metric:net_loss OR unit:%)", ["d1", "d3"]),
        ("figure:(NOT metric:revenue)", ["d1", "d2", "d3"]),
        ("figure:(metric:revenue metric:net_loss)", []),
        ("figure:(value:>1亿 value:<3亿)", ["d1"]),
        ("figure:收入", ["d1", "d2", "d3", "d4"]),
        ("figure:(收入 >3 亿 期间：2024年)", ["d1"]),
        ("figure:(value:(>1亿 <3亿) period:2025年上半年)", ["d1"]),
        ("figure:(revenue OR users)", ["d1", "d2", "d3", "d4"]),
        ("metric:net_loss value:>4亿", ["d1"]),
        ("value:..0", ["d4"]),
        ("value:1亿..3亿", ["d1", "d2", "d3"]),
        ("-figure:(metric:revenue)", ["d5"]),
    ],
)
def test_conditions_on_figures_hold_of_one_figure(told: SearchIndex, query: str, expected: list[str]) -> None:
    assert found(told, query) == expected


def test_words_beside_a_figure_are_highlighted(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱与百度", "figures": (figure("revenue", 5e8),)}, {"text": "智谱与百度"}))

    def marked(query: str) -> dict[str, list[str]]:
        hits = index.search(SearchRequest(query=query)).hits
        return {
            hit.id: [shown.passage[start:end] for shown in hit.highlights for start, end in shown.spans] for hit in hits
        }

    assert marked("智谱 figure:(metric:revenue value:>3亿)") == {"d1": ["智谱"]}
    assert marked("(智谱 figure:(metric:revenue)) OR 百度") == {"d1": ["智谱", "百度"], "d2": ["百度"]}


def test_sorted_by_a_figure_the_highest_value_comes_first(told: SearchIndex) -> None:
    result = told.search(SearchRequest(query="", sort="figure:收入"))

    assert ids(result) == ["d1", "d4", "d3", "d2"]
    assert result.total == 4
    assert ids(told.search(SearchRequest(query="period:2025", sort="figure:revenue"))) == ["d4"]
    assert ids(told.search(SearchRequest(query="", sort="figure:nothing"))) == []


def test_grade_and_story_are_fields(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"grade": "filing", "story": "s1"}, {"story": "s1"}, {}))

    assert found(index, "grade:filing") == ["d1"]
    assert found(index, "级别:media") == ["d2", "d3"]
    assert found(index, "story:s1") == ["d1", "d2"]


# ---- facets and histograms ----


def test_facets_count_what_matches_most_frequent_first(index: SearchIndex, documents: Maker) -> None:
    index.apply(
        documents(
            {"text": "融资", "companies": ("OpenAI", "智谱"), "source": "b", "keywords": ("k", "k")},
            {"text": "融资", "companies": ("智谱",), "source": "a", "grade": "filing"},
            {"text": "融资", "companies": ("智谱", "商汤"), "source": "a", "publisher": "财新"},
            {"text": "别的", "companies": ("百度",), "source": "c"},
        )
    )
    facets = ("company", "source", "grade", "publisher", "keyword", "event")
    result = index.search(SearchRequest(query="融资", facets=facets, facet_size=2, limit=1))

    assert {facet: [(count.value, count.documents) for count in counts] for facet, counts in result.facets.items()} == {
        "company": [("智谱", 3), ("OpenAI", 1)],
        "source": [("a", 2), ("b", 1)],
        "grade": [("media", 2), ("filing", 1)],
        "publisher": [("财新", 1)],
        "keyword": [("k", 1)],
        "event": [],
    }


def test_facets_of_many_equal_values_are_cut_by_value(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents(*({"keywords": (f"k{number:03d}",)} for number in range(120, 0, -1))))
    index.apply(documents(*({"id": f"x{n}", "seq": 500 + n, "keywords": (f"k{n:03d}",)} for n in range(119, 121))))

    (counts,) = index.search(SearchRequest(query="", facets=("keyword",), facet_size=4)).facets.values()

    assert counts == tuple(
        Count(value=value, documents=documents)
        for value, documents in (("k119", 2), ("k120", 2), ("k001", 1), ("k002", 1))
    )


def test_histogram_buckets_begin_in_the_readers_time_zone_and_the_empty_ones_count(
    index: SearchIndex, documents: Maker
) -> None:
    moments = [
        datetime(2025, 12, 28, 15, 59, 59, 900_000, tzinfo=UTC),  # Sunday, 23:59:59.9 in China
        datetime(2025, 12, 28, 16, tzinfo=UTC),  # Monday in China
        datetime(2026, 1, 1, 12, tzinfo=UTC),
    ]
    index.apply(documents(*({"published_at": moment} for moment in moments), {}))

    def counted(interval: str, zone: str) -> list[tuple[str, int]]:
        result = index.search(SearchRequest(query="", histogram=interval, timezone=zone))
        return [(count.value, count.documents) for count in result.histogram]

    assert counted("day", "Asia/Shanghai") == [
        ("2025-12-28", 1),
        ("2025-12-29", 1),
        ("2025-12-30", 0),
        ("2025-12-31", 0),
        ("2026-01-01", 1),
    ]
    assert counted("week", "Asia/Shanghai") == [("2025-12-22", 1), ("2025-12-29", 2)]
    assert counted("week", "America/New_York") == [("2025-12-22", 2), ("2025-12-29", 1)]
    assert counted("month", "Asia/Shanghai") == [("2025-12-01", 2), ("2026-01-01", 1)]


def test_a_day_is_as_long_as_the_clock_of_its_zone_makes_it(index: SearchIndex, documents: Maker) -> None:
    # New York, 2025-11-02: 25 hours, from 04:00 to 05:00 the day after.
    moments = [
        datetime(2025, 11, 2, 4, tzinfo=UTC),
        datetime(2025, 11, 3, 4, 59, tzinfo=UTC),
        datetime(2025, 11, 3, 5, tzinfo=UTC),
    ]
    index.apply(documents(*({"published_at": moment} for moment in moments)))
    request = SearchRequest(query="", histogram="day", timezone="America/New_York")

    assert [(count.value, count.documents) for count in index.search(request).histogram] == [
        ("2025-11-02", 2),
        ("2025-11-03", 1),
    ]
    assert found(index, "", timezone="America/New_York", since=date(2025, 11, 2), until=date(2025, 11, 2)) == [
        "d1",
        "d2",
    ]


def test_nothing_found_counts_nothing(index: SearchIndex, documents: Maker) -> None:
    request = SearchRequest(query="智谱", facets=("company",), histogram="day")

    for _ in range(2):
        result = index.search(request)
        assert (result.facets, result.histogram) == ({"company": ()}, ())
        index.apply(documents({"text": "别的"}))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (SearchRequest(query="", facets=("colour",)), "cannot count by 'colour'.*company"),
        (SearchRequest(query="", facet_size=0), "facet_size is 1 or more"),
        (SearchRequest(query="", histogram="year"), "no histogram by 'year'.*day, week, month"),
        (SearchRequest(query="", timezone="Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        (SearchRequest(query="", timezone="../etc/passwd"), "no time zone"),
        (SearchRequest(query="", cursor="nonsense"), "cursor cannot be read"),
        (SearchRequest(query="", sort="figure:"), "cannot sort by 'figure:'"),
        (SearchRequest(query="", facets=("company",), facet_size=10**12), "facet_size is at most 50000"),
    ],
)
def test_impossible_wishes_are_refused_in_words(index: SearchIndex, request_: SearchRequest, words: str) -> None:
    with pytest.raises(InputError, match=words):
        index.search(request_)


def test_more_buckets_than_anybody_reads_are_refused(index: SearchIndex, documents: Maker) -> None:
    moments = (datetime(1701, 1, 1, tzinfo=UTC), DAY)
    index.apply(documents(*({"published_at": moment} for moment in moments)))

    with pytest.raises(InputError, match="narrow the dates"):
        index.search(SearchRequest(query="", histogram="day"))
    assert len(index.search(SearchRequest(query="", histogram="month")).histogram) == 325 * 12


# ---- pages ----


def _walk(
    index: SearchIndex, request: SearchRequest, *, between: Callable[[int], None] = lambda page: None
) -> list[str]:
    """The ids of all pages, by cursors; `between` is called after each page."""
    given: list[str] = []
    for page in range(200):
        result = index.search(request)
        given += ids(result)
        if result.cursor is None:
            return given
        request = replace(request, cursor=result.cursor)
        between(page)
    raise AssertionError("the pages never end")


SORTS = ["relevance", "newest", "figure:revenue"]


@pytest.mark.parametrize("sort", SORTS)
def test_cursors_lead_through_all_hits_once(index: SearchIndex, documents: Maker, sort: str) -> None:
    chance = random.Random(3)
    index.apply(
        documents(
            *(
                {
                    "text": "智谱" * chance.randint(1, 4),
                    "published_at": chance.choice([None, DAY, DAY + timedelta(days=1)]),  # many of one second
                    "figures": (figure("revenue", float(chance.randint(1, 3))),),
                }
                for _ in range(50)
            )
        )
    )
    whole = ids(index.search(SearchRequest(query="智谱", limit=50, sort=sort)))
    given = _walk(index, SearchRequest(query="智谱", limit=7, sort=sort))

    assert sorted(given) == sorted(f"d{number}" for number in range(1, 51))
    if sort != "relevance":
        assert given == whole


@pytest.mark.parametrize("collapse", [False, True])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("seed", range(3))
def test_pages_have_neither_gaps_nor_doubles_while_documents_come_and_change(
    index: SearchIndex, documents: Maker, sort: str, collapse: bool, seed: int
) -> None:
    chance = random.Random(seed)
    seq = 100

    def some(number: int) -> dict[str, Any]:
        nonlocal seq
        seq += 1
        return {
            "id": f"d{number}",
            "seq": seq,
            "text": "智谱" * (1 + seq % 5),
            "published_at": DAY + timedelta(days=number % 3),
            "first_stored_at": DAY + timedelta(minutes=number % 7),
            "story": f"s{number % 11}" if number % 2 else "",
            "figures": (figure("revenue", float(number % 5)),),
        }

    def write(page: int) -> None:
        new = [some(1000 + page * 10 + one) for one in range(2)]
        changed = [some(number) for number in chance.sample(range(40), 6)]
        index.apply(documents(*new, *changed))

    index.apply(documents(*(some(number) for number in range(40))))
    given = _walk(index, SearchRequest(query="智谱", limit=4, sort=sort, collapse=collapse), between=write)

    def unit(id_: str) -> str:
        number = int(id_[1:])
        return f"s{number % 11}" if collapse and number % 2 else id_

    assert len(given) == len(set(map(unit, given)))
    assert {unit(f"d{number}") for number in range(40)} <= set(map(unit, given))


def test_a_cursor_belongs_to_its_search(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱"}, {"text": "智谱"}))
    cursor = index.search(SearchRequest(query="智谱", limit=1)).cursor

    assert cursor is not None
    assert len(ids(index.search(SearchRequest(query="智谱", limit=5, cursor=cursor)))) == 1
    for other in (
        SearchRequest(query="上市", cursor=cursor),
        SearchRequest(query="智谱", sort="newest", cursor=cursor),
    ):
        with pytest.raises(InputError, match="belongs to another search"):
            index.search(other)


def test_relevance_is_paged_so_deep_and_says_where_it_ends(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents(*({"text": "智谱"} for _ in range(MAX_GIVEN + 2))))
    request = SearchRequest(query="智谱", limit=MAX_GIVEN + 1, highlight=False)
    deep = index.search(request)

    assert deep.cursor is not None
    with pytest.raises(InputError, match="sort by newest"):
        index.search(replace(request, cursor=deep.cursor))


@pytest.mark.parametrize("sort", SORTS)
def test_a_story_is_shown_once_by_its_best_and_counted_in_full(index: SearchIndex, documents: Maker, sort: str) -> None:
    def one(days: int, story: str) -> dict[str, Any]:
        told = (figure("revenue", float(days)),)
        return {"title": "智谱" * days, "published_at": DAY + timedelta(days=days), "story": story, "figures": told}

    index.apply(documents(one(1, "a"), one(2, "a"), one(3, "b"), one(4, ""), one(5, ""), one(6, "a")))
    result = index.search(SearchRequest(query="智谱", sort=sort, collapse=True, limit=3))

    assert ids(result) == ["d6", "d5", "d4"]
    assert result.total == 6
    rest = index.search(SearchRequest(query="智谱", sort=sort, collapse=True, limit=3, cursor=result.cursor))
    assert (ids(rest), rest.cursor) == (["d3"], None)
    assert ids(index.search(SearchRequest(query="智谱", sort=sort, collapse=True, offset=2))) == ["d4", "d3"]


def test_of_equally_good_articles_the_newer_comes_first(index: SearchIndex, documents: Maker) -> None:
    index.apply(
        documents(*({"text": "智谱上市", "published_at": DAY - timedelta(days=400 * age)} for age in (1, 0, 2)))
    )

    assert ids(index.search(SearchRequest(query="智谱"))) == ["d2", "d1", "d3"]


def test_a_word_that_is_a_keyword_counts_more_and_finds_no_more(index: SearchIndex, documents: Maker) -> None:
    index.apply(
        documents(
            {"text": "空中国泰航班，中国泰山"},
            {"text": "空中国泰航班，中国泰山", "keywords": ("国泰", "航班")},
            {"text": "别的", "keywords": ("国泰",)},
            {"text": "空中国泰航班，中国泰山"},
        )
    )

    assert ids(index.search(SearchRequest(query="国泰"))) == ["d2", "d1", "d4"]


# ---- likeness, suggestions, plans ----


def test_like_finds_what_shares_rare_words_and_never_itself(index: SearchIndex, documents: Maker) -> None:
    news = "智谱向港交所递交招股书，保荐人为中金公司，募资用于大模型研发"
    filler = [
        "商汤发布新一代视频生成平台",
        "百度下调接口价格并开源推理框架",
        "英伟达公布季度业绩超出预期",
        "教育部推动人工智能进课堂",
    ]
    index.apply(
        documents(
            {"text": news},
            {"text": news + "。另讯"},
            {"text": f"昨日，{news[:14]}"},
            *({"text": one} for one in filler),
        )
    )

    result = index.like("d1", limit=2)

    assert (ids(result), result.total) == (["d2", "d3"], 2)
    assert ids(index.like("d1", limit=1)) == ["d2"]
    assert index.like("nobody") == SearchResult(total=0, hits=())


def test_like_in_an_empty_index_finds_nothing(index: SearchIndex, documents: Maker) -> None:
    assert index.like("d1") == SearchResult(total=0, hits=())
    index.apply(documents({"text": ""}))
    assert index.like("d1") == SearchResult(total=0, hits=())


def test_a_company_misspelled_is_put_right_where_that_finds_something(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱完成融资"}, {"text": "阿里巴巴"}))

    def suggested(query: str) -> str | None:
        return index.search(SearchRequest(query=query)).suggestion

    assert suggested("智普 融资") == "智谱 融资"
    assert suggested("阿里巴八") == "阿里巴巴"
    assert suggested("智普 没有的话") is None
    assert suggested("智谱 没有的话") is None
    assert suggested("智谱") is None


def test_explain_shows_the_tree_and_what_is_sent(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱"}))
    plan = index.explain(SearchRequest(query="title:智谱 figure:(metric:收入 value:>3亿) -百度"))

    assert plan.tree == "\n".join(
        [
            "and",
            "  phrase 智谱 in title",
            "  one figure",
            "    and",
            "      metric is revenue",
            "      value > 300,000,000",
            "  not",
            "    phrase 百度",
        ]
    )
    assert plan.sent
    with pytest.raises(QueryError):
        index.explain(SearchRequest(query="("))


def test_threads_share_an_index(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents(*({"text": "智谱", "source": f"s{number % 3}"} for number in range(30))))
    request = SearchRequest(query="智谱", facets=("source",), histogram="day", limit=5)
    expected = index.search(request)

    def ask(number: int) -> SearchResult:
        if number % 10 == 0:
            index.apply(documents({"id": f"x{number}", "seq": 1000 + number, "text": "别的"}))
        return index.search(request)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(ask, range(40)))

    assert all((result.total, result.facets) == (expected.total, expected.facets) for result in results)


def test_the_highest_figures_are_found_among_many(index: SearchIndex, documents: Maker) -> None:
    """An engine may look at high values first: few of what is asked for are among them, equal ones too, negative ones not."""
    figure = partial(DocumentFigure, unit="CNY", period="2024", subject=None)
    rare, values = (
        [number % 7 == 3 for number in range(400)],
        [float((number * 37) % 100 - 50) for number in range(400)],
    )
    index.apply(
        documents(
            *(
                {
                    "text": "智谱" if told else "阿里",
                    "figures": (
                        figure(metric="revenue", value=value),
                        figure(metric="revenue", value=value - 20),
                        figure(metric="users", value=1e9),
                    ),
                }
                for told, value in zip(rare, values, strict=True)
            )
        )
    )
    numbers = [number for number in range(400) if rare[number]]
    expected = [f"d{number + 1}" for number in sorted(numbers, key=lambda number: (-values[number], f"d{number + 1}"))]

    for limit in (1, 3, 30, 57):
        found = index.search(SearchRequest(query="智谱", sort="figure:收入", limit=limit))
        assert (found.total, [hit.id for hit in found.hits]) == (len(numbers), expected[:limit])
    first = index.search(SearchRequest(query="", sort="figure:收入", limit=2))
    assert [hit.id for hit in first.hits] == sorted(f"d{number + 1}" for number in range(400) if values[number] == 49)[
        :2
    ]
