"""What every engine does. One suite; an engine is added in conftest.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from index.records import Document, SearchIndex, SearchRequest, SearchResult
from zhiwen.errors import InputError, QueryError

Maker = Callable[..., list[Document]]
GOLDEN = yaml.safe_load((Path(__file__).parent / "data" / "golden.yaml").read_text(encoding="utf-8"))


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


def found(index: SearchIndex, query: str, **options: Any) -> list[str]:
    return ids(index.search(SearchRequest(query=query, **options)))


def golden_documents(documents: Maker) -> list[Document]:
    tuples = ("companies", "about", "events")
    return documents(
        *({**given, **{key: tuple(given[key]) for key in tuples if key in given}} for given in GOLDEN["documents"])
    )


@pytest.mark.parametrize("case", GOLDEN["queries"], ids=lambda case: case["query"] or "(empty)")
def test_golden_queries(index: SearchIndex, documents: Maker, case: dict[str, Any]) -> None:
    index.apply(golden_documents(documents))

    result = index.search(SearchRequest(query=case["query"]))

    assert sorted(ids(result)) == sorted(case["ids"])
    assert result.total == len(case["ids"])
    for hit in result.hits:
        marked = [shown.passage[start:end] for shown in hit.highlights for start, end in shown.spans]
        assert marked == case.get("marked", {}).get(hit.id, marked)


def test_an_empty_index_answers(index: SearchIndex) -> None:
    assert index.position() == 0
    assert index.search(SearchRequest(query="智谱")) == SearchResult(total=0, hits=())
    assert index.status().documents == 0


def test_a_hit_carries_the_document(index: SearchIndex, documents: Maker) -> None:
    moment = datetime(2025, 12, 24, 1, 2, 3, tzinfo=UTC)
    index.apply(
        documents({"title": "智谱", "text": "x", "published_at": moment, "companies": ("智谱",), "events": ("ipo",)})
    )

    (hit,) = index.search(SearchRequest(query="智谱")).hits

    assert (hit.id, hit.url, hit.title, hit.source) == ("d1", "https://news.example/1", "智谱", "hand")
    assert (hit.published_at, hit.companies, hit.events) == (moment, ("智谱",), ("ipo",))
    assert hit.score > 0


@pytest.mark.parametrize(
    "query", ["智谱上市", '"智谱 上市"', '"智谱，上市"', '"智谱 上市"~9', '"上市 智谱"~9', "智谱上*"]
)
def test_nothing_runs_from_the_title_into_the_text(index: SearchIndex, documents: Maker, query: str) -> None:
    index.apply(
        documents({"title": "智谱", "text": "上市"}, {"title": "谱", "text": "智", "keywords": ("智谱", "上市")})
    )

    assert found(index, query) == []


def test_a_newer_version_replaces_the_older(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱上市"}))
    index.apply(documents({"text": "商汤科技", "seq": 7, "version": 2}))

    assert found(index, "智谱") == []
    assert found(index, "商汤") == ["d1"]
    assert index.status().documents == 1


def test_an_older_version_never_replaces_a_newer(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "商汤科技", "seq": 7}, {"text": "别的", "seq": 9}))
    index.apply(documents({"text": "智谱上市", "seq": 3}))

    assert found(index, "智谱") == []
    assert found(index, "商汤") == ["d1"]
    assert index.position() == 9


def test_a_late_document_that_is_not_held_is_taken(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "商汤科技", "seq": 7}))
    index.apply(documents({"id": "late", "text": "智谱上市", "seq": 3}))

    assert found(index, "智谱") == ["late"]
    assert index.position() == 7


def test_two_versions_in_one_batch_leave_the_newer(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"id": "same", "text": "新", "seq": 5}, {"id": "same", "text": "旧", "seq": 4}))

    assert index.search(SearchRequest(query="")).total == 1
    assert found(index, "新") == ["same"]


def test_applying_again_changes_nothing(index: SearchIndex, documents: Maker) -> None:
    batch = documents({"text": "智谱"}, {"text": "智谱"})
    index.apply(batch)
    index.apply(batch)
    index.apply([])

    assert index.search(SearchRequest(query="智谱")).total == 2


def test_filters_are_anded_and_their_names_ored(index: SearchIndex, documents: Maker) -> None:
    index.apply(
        documents(
            {"text": "融资", "companies": ("智谱",), "source": "a", "events": ("funding",)},
            {"text": "融资", "companies": ("阿里巴巴",), "source": "b", "events": ("funding",)},
            {"text": "融资", "companies": ("智谱", "阿里巴巴"), "source": "b", "events": ("hearing_passed",)},
        )
    )

    assert sorted(found(index, "融资", companies=("北京智谱华章",))) == ["d1", "d3"]
    assert sorted(found(index, "融资", companies=("智譜", "阿里"))) == ["d1", "d2", "d3"]
    assert found(index, "融资", companies=("智谱",), sources=("b",)) == ["d3"]
    assert found(index, "", events=("通过聆讯",)) == ["d3"]
    assert found(index, "", sources=("nowhere",)) == []


def test_dates_are_whole_days_in_china(index: SearchIndex, documents: Maker) -> None:
    before_midnight = datetime(2025, 12, 23, 15, 59, 59, 999999, tzinfo=UTC)  # 23:59:59.999999 in China
    midnight = datetime(2025, 12, 23, 16, tzinfo=UTC)
    last = datetime(2025, 12, 24, 15, 59, 59, 999999, tzinfo=UTC)
    after = datetime(2025, 12, 24, 16, tzinfo=UTC)
    index.apply(documents(*({"published_at": moment} for moment in (before_midnight, midnight, last, after)), {}))
    day = date(2025, 12, 24)

    assert found(index, "", since=day, until=day) == ["d3", "d2"]
    assert found(index, "", since=day) == ["d4", "d3", "d2"]
    assert found(index, "", until=day) == ["d3", "d2", "d1"]
    assert found(index, "", since=day, until=day - timedelta(days=1)) == []


def test_newest_first_with_ties_by_first_storing_and_undated_last(index: SearchIndex, documents: Maker) -> None:
    day = datetime(2025, 12, 24, tzinfo=UTC)
    hours = [day + timedelta(hours=number) for number in range(6)]
    index.apply(
        documents(
            {"text": "智谱", "published_at": day, "first_stored_at": hours[1]},
            {"text": "智谱", "first_stored_at": hours[2]},
            {"text": "智谱", "published_at": day + timedelta(days=1), "first_stored_at": hours[3]},
            {"text": "智谱", "published_at": day, "first_stored_at": hours[4]},
            {"text": "智谱", "first_stored_at": hours[5]},
        )
    )

    assert found(index, "智谱", sort="newest") == ["d3", "d4", "d1", "d5", "d2"]
    assert found(index, "", sort="relevance") == ["d3", "d4", "d1", "d5", "d2"]


def test_relevance_prefers_titles_and_boosts(index: SearchIndex, documents: Maker) -> None:
    filler = "其他内容" * 5
    index.apply(
        documents(
            {"title": "行业观察", "text": f"智谱 {filler}"},
            {"title": "智谱上市", "text": f"行业 {filler}"},
            {"title": "行业观察", "text": f"商汤 {filler}"},
            *({"title": "无关", "text": filler} for _ in range(5)),
        )
    )

    assert found(index, "智谱") == ["d2", "d1"]
    assert found(index, "text:智谱 OR text:商汤^9")[0] == "d3"
    assert found(index, "text:智谱^9 OR text:商汤")[0] == "d1"


def test_pages_cover_all_without_gaps_or_doubles(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents(*({"text": "智谱 " * (number % 4 + 1)} for number in range(23))))
    for sort in ("relevance", "newest"):
        pages = [
            index.search(SearchRequest(query="智谱", limit=5, offset=offset, sort=sort)) for offset in range(0, 30, 5)
        ]

        assert {page.total for page in pages} == {23}
        assert sorted(hit.id for page in pages for hit in page.hits) == sorted(f"d{number}" for number in range(1, 24))


def test_no_hits_wanted_still_counts(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱"}))

    assert index.search(SearchRequest(query="智谱", limit=0)) == SearchResult(total=1, hits=())
    assert index.search(SearchRequest(query="智谱", offset=10**9)) == SearchResult(total=1, hits=())


def test_highlights_can_be_left_out(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱"}))

    assert index.search(SearchRequest(query="智谱", highlight=False)).hits[0].highlights == ()


def test_any_characters_come_back_as_they_went_in(index: SearchIndex, documents: Maker) -> None:
    odd = "智谱\ud800 \0 😀 \u202e <b>"
    index.apply(documents({"title": odd, "text": odd, "companies": (odd,), "author": odd}))

    (hit,) = index.search(SearchRequest(query="智谱")).hits

    assert (hit.title, hit.companies) == (odd, (odd,))
    assert found(index, "", companies=(odd,)) == ["d1"]


def test_a_batch_over_a_gap_is_not_taken(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"seq": 3}))

    assert not index.apply(documents({"id": "x", "seq": 9}), after=8)
    assert index.position() == 3
    assert index.apply(documents({"id": "x", "seq": 9}), after=3)
    assert index.apply(documents({"id": "y", "seq": 5}), after=4)
    assert index.position() == 9


def test_clear_forgets_everything(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "智谱", "seq": 9}))
    index.clear()

    assert (index.position(), index.search(SearchRequest(query="")).total) == (0, 0)
    index.apply(documents({"text": "智谱", "seq": 3}))
    assert found(index, "智谱") == ["d1"]


def test_a_replacement_takes_over_only_when_it_is_complete(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "旧的"}))
    with index.replacement() as fresh:
        fresh.apply(documents({"text": "新的", "seq": 5}))

        assert found(index, "旧的") == ["d1"]
        assert (fresh.position(), fresh.status().documents) == (5, 1)
    assert (found(index, "新的"), found(index, "旧的")) == (["d1"], [])


def test_a_replacement_that_fails_changes_nothing(index: SearchIndex, documents: Maker) -> None:
    index.apply(documents({"text": "旧的"}))

    def fail_halfway() -> None:
        with index.replacement() as fresh:
            fresh.apply(documents({"text": "新的", "seq": 5}))
            raise RuntimeError("store went away")

    with pytest.raises(RuntimeError, match="store went away"):
        fail_halfway()
    assert found(index, "旧的") == ["d1"]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (SearchRequest(query="x", sort="age"), "cannot sort by 'age'"),
        (SearchRequest(query="x", limit=-1), "cannot be negative"),
        (SearchRequest(query="", since=date.min, until=date.max), "beyond the calendar"),
    ],
)
def test_impossible_requests_are_refused_in_words(index: SearchIndex, request_: SearchRequest, message: str) -> None:
    with pytest.raises(InputError, match=message):
        index.search(request_)


def test_a_query_that_does_not_parse_is_refused_even_by_an_empty_index(index: SearchIndex) -> None:
    with pytest.raises(QueryError, match="column 4"):
        index.search(SearchRequest(query="智谱 (上市"))
