from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from index.records import SearchRequest
from web.searching import MAX_LIMIT, MAX_OFFSET, narrowed, read_request, to_query_string
from zhiwen.errors import InputError


def test_everything_is_read() -> None:
    params = QueryParams(
        "q=%E6%99%BA%E8%B0%B1&company=A&company=B&source=s&event=listed&since=2025-12-01&until=2025-12-31"
        "&sort=newest&limit=5&offset=10"
    )

    assert read_request(params) == SearchRequest(
        query="智谱", companies=("A", "B"), sources=("s",), events=("listed",), since=date(2025, 12, 1),
        until=date(2025, 12, 31), sort="newest", limit=5, offset=10,
    )  # fmt: skip


def test_fields_left_empty_in_a_form_are_as_if_not_sent() -> None:
    params = QueryParams("q=&company=&source=&event=&since=&until=&sort=&limit=&offset=")

    assert read_request(params) == SearchRequest(query="")


def test_value_sent_twice_counts_once() -> None:
    assert read_request(QueryParams("company=A&company=A")).companies == ("A",)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("since=24.12.2025", "since is '24.12.2025'"),
        ("since=2025-12-02&until=2025-12-01", "after until"),
        ("sort=random", "sort is 'random'"),
        ("limit=0", "limit is '0'"),
        (f"limit={MAX_LIMIT + 1}", "limit is"),
        ("limit=٣", "limit is"),
        ("limit=1e3", "limit is"),
        ("offset=-1", "offset is '-1'"),
        ("offset=" + "9" * 5000, "offset is"),
        ("q=" + "a" * 2001, "2001 characters"),
        ("page=2", "unknown parameter 'page'"),
    ],
)
def test_wrong_parameter_is_refused_by_name(query: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_request(QueryParams(query))


words = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(
    request=st.builds(
        SearchRequest,
        query=words | st.just(""),
        companies=st.lists(words, max_size=3, unique=True).map(tuple),
        sources=st.lists(words, max_size=2, unique=True).map(tuple),
        events=st.lists(words, max_size=2, unique=True).map(tuple),
        since=st.none() | days,
        until=st.none(),
        limit=st.integers(1, MAX_LIMIT),
        offset=st.integers(0, MAX_OFFSET),
        sort=st.sampled_from(["relevance", "newest", "figure:revenue"]),
        only=st.lists(words, max_size=2, unique=True).map(tuple),
        collapse=st.booleans(),
        cursor=st.none() | words,
        timezone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]),
    )
)
@settings(deadline=None, max_examples=80)
def test_address_of_a_search_reads_back_as_the_same_search(request: SearchRequest) -> None:
    assert read_request(QueryParams(to_query_string(request))) == request


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (SearchRequest(query="", sort="newest", offset=20), False),
        (SearchRequest(query="a"), True),
        (SearchRequest(query="", until=date(2025, 1, 1) + timedelta(days=1)), True),
    ],
)
def test_sort_and_paging_do_not_narrow(request_: SearchRequest, expected: bool) -> None:
    assert narrowed(request_) is expected
