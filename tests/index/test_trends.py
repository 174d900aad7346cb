"""Counts over time and what rises: over both engines, with bursts that were planted and none where nothing changed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.memory import MemoryIndex
from index.records import Document, SearchIndex, SearchRequest
from index.trends import MIN_RATIO, MIN_SCORE, Rise, RiseRequest, Rises, TrendRequest, Trends, risen, rises, trends
from zhiwen.errors import InputError, QueryError

Maker = Callable[..., list[Document]]
UNTIL = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)


def at(day: date) -> datetime:
    """Noon of that day in China."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def ago(days: int) -> datetime:
    return NOON - timedelta(days=days)


# ---- counts ----


@pytest.fixture
def filled(index: SearchIndex, documents: Maker) -> SearchIndex:
    index.apply(
        documents(
            {"companies": ("智谱",), "published_at": at(date(2026, 1, 5)), "text": "融资", "keywords": ("算力",)},
            {"companies": ("智谱", "阿里巴巴"), "published_at": at(date(2026, 1, 6)), "source": "qbitai"},
            {"companies": ("阿里巴巴",), "published_at": at(date(2026, 1, 25)), "text": "融资", "keywords": ("算力",)},
            {"companies": ("智谱",), "published_at": None},
        )
    )
    return index


def counted(index: SearchIndex, query: str = "", *, search: dict[str, Any] | None = None, **wishes: Any) -> Trends:
    return trends(TrendRequest(search=SearchRequest(query=query, **(search or {})), **wishes), search=index.search)


def test_every_series_counts_on_the_buckets_of_the_whole(filled: SearchIndex) -> None:
    found = counted(filled, interval="week")

    assert found.buckets == (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
    assert found.all.counts == (2, 0, 1)
    assert {each.name: each.counts for each in found.series} == {"智谱": (2, 0, 0), "阿里巴巴": (1, 0, 1)}
    assert {each.name: each.documents for each in found.series} == {"智谱": 2, "阿里巴巴": 2}


def test_the_query_and_filters_narrow_what_is_counted(filled: SearchIndex) -> None:
    assert counted(filled, "融资").all.documents == 2
    assert counted(filled, "融资 OR 别的").series[0].documents == 1
    narrow = counted(filled, search={"companies": ("智谱",)})
    assert {each.name: each.documents for each in narrow.series} == {"智谱": 2, "阿里巴巴": 1}


@pytest.mark.parametrize(
    ("by", "expected"),
    [("source", {"hand": 2, "qbitai": 1}), ("keyword", {"算力": 2}), ("event", {})],
)
def test_counts_by_any_field(filled: SearchIndex, by: str, expected: dict[str, int]) -> None:
    assert {each.name: each.documents for each in counted(filled, by=by).series} == expected


def test_companies_are_compared_by_any_alias_in_the_order_given(filled: SearchIndex) -> None:
    found = counted(filled, compare=("阿里", "智譜AI", "无此公司"), interval="month")

    assert [(each.name, each.counts) for each in found.series] == [("阿里", (2,)), ("智譜AI", (2,)), ("无此公司", (0,))]


def test_only_the_most_frequent_are_counted(filled: SearchIndex) -> None:
    assert len(counted(filled, top=1).series) == 1


def test_nothing_found_is_an_empty_answer(index: SearchIndex) -> None:
    found = counted(index, "智谱", compare=("智谱",))

    assert (found.buckets, found.all.documents, found.series[0].counts) == ((), 0, ())


@pytest.mark.parametrize(("days", "interval"), [(3, "day"), (50, "day"), (70, "week"), (400, "week"), (1200, "month")])
def test_the_interval_fits_the_time(days: int, interval: str, documents: Maker) -> None:
    index = MemoryIndex()
    first = at(date(2023, 1, 1))
    index.apply(documents({"published_at": first}, {"published_at": first + timedelta(days=days)}))

    assert counted(index).interval == interval


@pytest.mark.parametrize("name", ['深度"思考"', "a\\b", "“第一股”", "C:\\", "AND", "a OR b", "(", "*"])
@pytest.mark.parametrize("by", ["company", "keyword"])
def test_names_of_any_signs_are_counted(name: str, by: str, index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"companies": (name,), "keywords": (name, "别的"), "published_at": NOON}))

    assert {each.name: each.documents for each in counted(index, by=by).series} == {
        name: 1,
        **({"别的": 1} if by == "keyword" else {}),
    }
    (compared,) = counted(index, by=by, compare=(name,)).series
    assert compared.documents == 1


@pytest.mark.parametrize("wishes", [{"by": "colour"}, {"interval": "year"}])
def test_impossible_wishes_are_refused(wishes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="options: "):
        counted(MemoryIndex(), **wishes)


def test_a_query_that_does_not_parse_is_refused() -> None:
    with pytest.raises(QueryError):
        counted(MemoryIndex(), "(")


# ---- what rises ----


def news(documents: Maker, *, seed: int, days: int = 63, extra: list[dict[str, Any]] | None = None) -> list[Document]:
    """Some fifteen articles a day, each company with its own steady share."""
    chance = random.Random(seed)
    shares = {f"公司{number}": 0.4 / (number + 1) for number in range(20)}
    articles: list[dict[str, Any]] = [
        {
            "published_at": ago(day),
            "companies": tuple(name for name, share in shares.items() if chance.random() < share),
        }
        for day in range(days)
        for _ in range(chance.randint(10, 20))
    ]
    return documents(*articles, *(extra or []))


def what_rises(index: SearchIndex, query: str = "", **wishes: Any) -> Rises:
    return rises(RiseRequest(search=SearchRequest(query=query), until=UNTIL, **wishes), search=index.search)


def test_planted_bursts_are_told_new_ones_from_risen_ones(index: SearchIndex, documents: Maker) -> None:
    planted = [{"published_at": ago(day), "companies": ("新秀",)} for day in range(6)]
    planted += [{"published_at": ago(day % 7), "companies": ("公司9",)} for day in range(40)]
    index.apply(news(documents, seed=1, extra=planted))

    found = what_rises(index)

    risen_, new = found.terms
    assert (risen_.name, risen_.new) == ("公司9", False)
    assert risen_.documents > 4 * risen_.expected > 0
    assert risen_.ratio is not None
    assert risen_.ratio > 4
    assert (new.name, new.new, new.documents, new.earlier, new.ratio, new.expected) == ("新秀", True, 6, 0, None, 0)
    assert (found.window.since, found.window.until) == (date(2026, 2, 23), UNTIL)
    assert (found.history.since, found.history.until) == (date(2025, 12, 29), date(2026, 2, 22))
    assert found.window.documents + found.history.documents == index.search(SearchRequest(query="", limit=0)).total


def test_steady_news_raise_no_alarm(documents: Maker) -> None:
    alarms = []
    for seed in range(30):
        index = MemoryIndex()
        index.apply(news(documents, seed=seed))
        alarms += what_rises(index).terms

    assert alarms == []


def test_more_news_of_everything_are_no_rise(documents: Maker) -> None:
    """A new source triples the number of articles; every share stays what it was."""
    index = MemoryIndex()
    thrice = [replace(each, id=f"{each.id}-{copy}") for each in news(documents, seed=3, days=7) for copy in range(3)]
    earlier = [replace(each, id=f"e{each.id}") for each in news(documents, seed=4) if each.published_at <= ago(7)]  # type: ignore[operator]
    index.apply([*thrice, *earlier])

    assert what_rises(index).terms == ()


def test_who_always_comes_in_bursts_must_burst_higher(documents: Maker) -> None:
    steady = [{"published_at": ago(7 * week + 1), "companies": ("稳",)} for week in range(1, 9) for _ in range(5)]
    bursty = [{"published_at": ago(7 * week + 1), "companies": ("阵",)} for week in (2, 6) for _ in range(20)]
    now = [{"published_at": ago(1), "companies": ("稳", "阵")} for _ in range(22)]
    index = MemoryIndex()
    index.apply(news(documents, seed=5, extra=[*steady, *bursty, *now]))

    assert [rise.name for rise in what_rises(index).terms] == ["稳"]


def test_a_query_makes_its_own_history(documents: Maker) -> None:
    planted = [{"published_at": ago(1), "companies": ("新秀",), "text": "芯片"} for _ in range(6)]
    index = MemoryIndex()
    history = [{"published_at": ago(day), "text": "芯片"} for day in range(60)]
    index.apply(documents(*history, *planted, *({"published_at": ago(9), "companies": ("新秀",)} for _ in range(50))))

    assert [rise.name for rise in what_rises(index, "芯片").terms] == ["新秀"]
    assert what_rises(index).terms == ()


def test_without_history_nothing_is_said(documents: Maker) -> None:
    index = MemoryIndex()
    index.apply(documents(*({"published_at": ago(1), "companies": ("新秀",)} for _ in range(50))))

    found = what_rises(index)

    assert (found.window.documents, found.history.documents, found.terms) == (50, 0, ())


def test_values_beyond_what_a_facet_gives_are_asked_for_one_by_one(
    documents: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = [{"published_at": ago(day % 7), "companies": ("公司9", "新秀")} for day in range(40)]
    index = MemoryIndex()
    index.apply(news(documents, seed=1, extra=planted))
    whole = what_rises(index)

    monkeypatch.setattr("index.trends.MAX_VALUES", 3)

    assert what_rises(index) == whole


@pytest.mark.parametrize("wishes", [{"by": "colour"}, {"days": 0}, {"windows": 1}, {"days": 10**6}])
def test_impossible_rises_are_refused(wishes: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        what_rises(MemoryIndex(), **wishes)

    assert refused.value.hint


counts = st.integers(0, 10_000)


@settings(max_examples=200, deadline=None)
@given(now=counts, of=counts, history=st.lists(st.tuples(counts, counts), min_size=1, max_size=8))
def test_the_statistic_holds_for_all_numbers(now: int, of: int, history: list[tuple[int, int]]) -> None:
    volumes = [max(pair) for pair in history]
    found = risen("x", min(now, of), of=of, history=[min(pair) for pair in history], volumes=volumes)

    if found is not None:
        assert math.isfinite(found.score)
        assert found.score >= MIN_SCORE
        assert found.new == (found.earlier == 0) == (found.ratio is None)
        assert found.ratio is None or found.ratio >= MIN_RATIO
        assert found.documents > found.expected


@settings(max_examples=100, deadline=None)
@given(now=st.integers(3, 500), history=st.lists(st.integers(0, 20), min_size=4, max_size=8))
def test_more_articles_never_make_less_of_a_rise(now: int, history: list[int]) -> None:
    def score(documents: int) -> float:
        found: Rise | None = risen("x", documents, of=1_000, history=history, volumes=[1_000] * len(history))
        return found.score if found else 0.0

    assert score(now) <= score(now + 1)
