"""`zhiwen search --jsonl`: requests in, answers out, over an index in memory and through the command."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.batch import answer_line, answers, read_request
from cli.output import json_line
from index.memory import MemoryIndex
from index.records import Document, SearchRequest
from zhiwen.errors import InputError

ROOT = Path(__file__).parent.parent.parent
DAY = datetime(2025, 12, 24, 4, tzinfo=UTC)


def one(number: int, **fields: Any) -> Document:
    empty: dict[str, Any] = {
        **dict.fromkeys(("companies", "about", "people", "events", "keywords"), ()),
        **dict.fromkeys(("author", "publisher"), None),
    }
    named = {"id": f"d{number}", "seq": number, "version": 1, "url": f"https://news.example/{number}"}
    kept = {"title": "", "text": "", "source": "hand", "stored_at": DAY, "published_at": DAY, "language": "zh"}
    return Document(**{**empty, **named, **kept, "mirror": False, **fields})


@pytest.fixture(scope="module")
def index() -> MemoryIndex:
    made = MemoryIndex()
    made.apply([one(1, title="智谱", companies=("智谱",)), one(2, text="智谱和MiniMax"), one(3, text="别的")])
    return made


def answered(index: MemoryIndex, *rows: Any) -> list[dict[str, Any]]:
    lines = [(row if isinstance(row, str) else json.dumps(row)).encode() for row in rows]
    return list(answers(lines, search=index.search))


def test_answers_come_in_order_with_what_was_asked_for(index: MemoryIndex) -> None:
    first, second, third = answered(
        index,
        {"id": "a", "query": "智谱"},
        "   ",
        {"id": 2, "query": "智谱", "limit": 1, "sort": "newest", "facets": ["company"], "histogram": "day"},
        {"id": None, "query": ""},
    )

    assert set(first) == {"id", "total", "hits"}
    assert (first["id"], first["total"], len(first["hits"])) == ("a", 2, 2)
    assert set(second) == {"id", "total", "hits", "facets", "histogram", "cursor"}
    assert (second["total"], len(second["hits"])) == (2, 1)
    assert "key 'id' is missing" in third["error"]


def test_the_cursor_of_an_answer_leads_on(index: MemoryIndex) -> None:
    (first,) = answered(index, {"id": 1, "query": "智谱", "limit": 1})
    (second,) = answered(index, {"id": 2, "query": "智谱", "limit": 1, "cursor": first["cursor"]})

    assert {first["hits"][0].id, second["hits"][0].id} == {"d1", "d2"}
    assert "cursor" not in second


def test_every_field_of_a_request_can_be_given() -> None:
    data = {
        "query": "x",
        "companies": ["智谱"],
        "sources": ["a", "b"],
        "events": [],
        "since": "2025-12-01",
        "until": "2025-12-31",
        "limit": 5,
        "offset": 2,
        "sort": "figure:revenue",
        "highlight": False,
        "cursor": "c",
        "facets": ["event"],
        "facet_size": 3,
        "histogram": "week",
        "timezone": "UTC",
        "collapse": True,
        "only": ["grade:filing"],
    }

    assert set(data) == set(SearchRequest.__dataclass_fields__)
    assert read_request(data) == SearchRequest(
        query="x",
        companies=("智谱",),
        sources=("a", "b"),
        since=date(2025, 12, 1),
        until=date(2025, 12, 31),
        limit=5,
        offset=2,
        sort="figure:revenue",
        highlight=False,
        cursor="c",
        facets=("event",),
        facet_size=3,
        histogram="week",
        timezone="UTC",
        collapse=True,
        only=("grade:filing",),
    )


def test_the_names_of_the_options_and_null_do_too() -> None:
    given = read_request({"query": "x", "company": "智谱", "event": ["a"], "limit": None, "since": None})

    assert given == SearchRequest(query="x", companies=("智谱",), events=("a",))


BAD = [
    ("not json", "not a JSON line"),
    ("[1]", "expected a JSON object, found list"),
    ("NaN", "NaN is no JSON"),
    ('{"id": 1, "limit": ' + "9" * 5000 + "}", "not a JSON line"),
    ("[" * 100_000, "not a JSON line"),
    ({"query": "x"}, "key 'id' is missing"),
    ({"id": 1}, "key 'query' is missing"),
    ({"id": 1, "query": 5}, "key 'query' is 5 (it is a string)"),
    ({"id": 1, "query": "x", "limit": True}, "key 'limit' is true (it is a whole number)"),
    ({"id": 1, "query": "x", "limit": 1.5}, "key 'limit' is 1.5"),
    ({"id": 1, "query": "x", "limit": -1}, "cannot be negative"),
    ({"id": 1, "query": "x", "collapse": 1}, "it is true or false"),
    ({"id": 1, "query": "x", "facets": [1]}, "it is a list of strings"),
    ({"id": 1, "query": "x", "facets": ["colour"]}, "cannot count by 'colour'"),
    ({"id": 1, "query": "x", "since": "soon"}, "key 'since' is 'soon'"),
    ({"id": 1, "query": "x", "since": 20251224}, "it is a day"),
    ({"id": 1, "query": "x", "since": "2025-12-31", "until": "2025-12-01"}, "swap them"),
    ({"id": 1, "query": "x", "color": 1}, "unknown key 'color'"),
    ({"id": 1, "query": "x", "company": ["a"], "companies": ["b"]}, "say the same"),
    ({"id": 1, "query": "("}, "column 1"),
    ({"id": 1, "query": "x", "cursor": "nonsense"}, "cursor cannot be read"),
]


@pytest.mark.parametrize(("line", "words"), BAD, ids=[words for _, words in BAD])
def test_a_bad_line_says_what_is_wrong_and_stops_no_other(index: MemoryIndex, line: Any, words: str) -> None:
    bad, good = answered(index, line, {"id": "good", "query": "智谱"})

    assert words in bad["error"]
    assert (bad["total"], bad["hits"]) == (0, [])
    assert bad["id"] == (line.get("id") if isinstance(line, dict) else None)
    assert good["total"] == 2


def test_the_mark_of_windows_before_the_first_line_is_no_part_of_it(index: MemoryIndex) -> None:
    (answer,) = answered(index, '\ufeff{"id": 1, "query": "智谱"}')

    assert answer["total"] == 2


def test_our_own_bugs_are_answers_too() -> None:
    def broken(request: SearchRequest) -> Any:
        raise RuntimeError("disk on fire")

    answer = answer_line('{"id": 1, "query": "x"}', search=broken)

    assert (answer["id"], answer["error"]) == (1, "zhiwen failed on it: RuntimeError: disk on fire")


@settings(max_examples=150, deadline=None)
@given(
    line=st.one_of(
        st.binary(max_size=40),
        st.dictionaries(
            st.sampled_from(["id", "query", "limit", "facets", "since", "company", "sort"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner),
                max_leaves=5,
            ),
        ).map(lambda data: json.dumps(data).encode()),
    )
)
def test_any_line_has_one_answer_that_is_json(line: bytes) -> None:
    found = list(answers([line], search=MemoryIndex().search))

    assert len(found) == bool(line.decode("utf-8", "replace").strip())
    for answer in found:
        assert json.loads(json_line(answer)).keys() >= {"id", "total", "hits"}


def test_half_a_character_comes_back_as_it_came(index: MemoryIndex) -> None:
    (answer,) = answered(index, '{"id": "\\ud800", "query": "\\ud800("}')

    assert json.loads(json_line(answer).decode("utf-8"))["id"] == "\ud800"


def test_a_request_is_a_record_of_its_kind() -> None:
    with pytest.raises(InputError, match="keys are id, query, companies"):
        read_request({"queri": "x"})


# ---- the command ----


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("engine", ["embedded", "memory"])
def test_one_process_answers_as_many_would(zhiwen: Any, engine: str) -> None:
    env = {"ZHIWEN_INDEX": engine}
    queries = ["智谱", "company:MiniMax", "figure:(metric:revenue AND period:2024)", ""]
    given_ = "".join(json.dumps({"id": number, "query": query}) + "\n" for number, query in enumerate(queries))

    done = zhiwen("search", "--jsonl", given=given_, env=env)

    assert done.code == 0, done.err
    for query, answer in zip(queries, done.lines(), strict=True):
        alone = zhiwen("search", query, "--json", env=env).json()
        assert {key: answer[key] for key in alone} == alone
        assert set(answer) - set(alone) == {"id"}


@pytest.mark.usefixtures("filled")
def test_a_bad_line_makes_the_code_1(zhiwen: Any) -> None:
    done = zhiwen("search", "--jsonl", given='{"id": 1, "query": "("}\n{"id": 2, "query": ""}\n')

    assert done.code == 1
    assert [("error" in answer) for answer in done.lines()] == [True, False]
    assert "1 lines were answered with an error" in done.err


@pytest.mark.usefixtures("filled")
def test_answers_stream(environment: dict[str, str]) -> None:
    """An answer comes before the next question is asked."""
    command = [sys.executable, "-m", "cli.main", "search", "--jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "query": "智谱"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()

    assert process.returncode == 0
