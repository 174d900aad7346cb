"""What is Elasticsearch's own: answers read in parts, several shards, generations, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.elastic import searching
from index.elastic.client import Server
from index.elastic.engine import ElasticIndex
from index.memory import MemoryIndex
from index.records import Document, DocumentFigure, SearchRequest
from zhiwen.errors import IndexError_, InputError, LockedError, SettingsError

pytestmark = pytest.mark.elasticsearch
NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = Document(
    id="", seq=0, version=1, url="", title="", text="智谱", source="hand", author=None, publisher=None, published_at=None,
    stored_at=NOW, language="zh", mirror=False, companies=(), about=(), people=(), events=(), keywords=(),
)  # fmt: skip


def documents(count: int, **fields: Any) -> list[Document]:
    return [
        replace(
            BASE,
            id=f"d{seq:03}",
            seq=seq,
            url=f"https://news.example/{seq}",
            published_at=NOW + timedelta(hours=seq % 17),
            story=f"s{seq % 9}",
            figures=(DocumentFigure(metric="revenue", value=float(seq % 13), unit="CNY", period=None, subject=None),),
            **fields,
        )
        for seq in range(1, count + 1)
    ]


@pytest.fixture
def server(elasticsearch_9: str, elasticsearch_prefix: str) -> Server:
    return Server(urls=(elasticsearch_9,), prefix=elasticsearch_prefix)


@pytest.fixture
def index(server: Server) -> Iterator[ElasticIndex]:
    made = ElasticIndex(server, clock=lambda: NOW)
    yield made
    made.close()


Reader = Callable[[SearchRequest], list[str]]


@pytest.fixture
def same(index: ElasticIndex) -> Callable[[SearchRequest], None]:
    """Holds an answer to that of the index in memory."""
    memory = MemoryIndex(clock=lambda: NOW)
    for each in (memory, index):
        each.apply(documents(60))

    def compare(request: SearchRequest) -> None:
        expected, actual = memory.search(request), index.search(request)
        assert [hit.id for hit in actual.hits] == [hit.id for hit in expected.hits], request
        assert (actual.total, actual.cursor) == (expected.total, expected.cursor), request

    return compare


@pytest.mark.parametrize("sort", ["newest", "figure:revenue"])
def test_pages_larger_and_deeper_than_one_answer(
    monkeypatch: pytest.MonkeyPatch, same: Callable[[SearchRequest], None], sort: str
) -> None:
    monkeypatch.setattr(searching, "WINDOW", 20)
    monkeypatch.setattr(searching, "_CHUNK", 7)
    for offset, limit in [(0, 5), (0, 6), (0, 7), (0, 13), (0, 14), (0, 59), (0, 60), (0, 61), (13, 7), (14, 7), (19, 40), (40, 3), (58, 2), (59, 5), (60, 5), (999, 5)]:  # fmt: skip
        same(SearchRequest(query="智谱", sort=sort, offset=offset, limit=limit))


def test_relevance_is_read_in_parts_too(monkeypatch: pytest.MonkeyPatch, index: ElasticIndex) -> None:
    index.apply(documents(60))
    whole = [hit.id for hit in index.search(SearchRequest(query="智谱", limit=100)).hits]
    monkeypatch.setattr(searching, "WINDOW", 20)
    monkeypatch.setattr(searching, "_CHUNK", 7)

    assert [hit.id for hit in index.search(SearchRequest(query="智谱", limit=100)).hits] == whole
    assert [hit.id for hit in index.search(SearchRequest(query="智谱", offset=33, limit=9)).hits] == whole[33:42]


def test_stories_end_where_an_answer_does_and_say_so(monkeypatch: pytest.MonkeyPatch, index: ElasticIndex) -> None:
    index.apply(documents(60))
    monkeypatch.setattr(searching, "WINDOW", 5)

    assert len(index.search(SearchRequest(query="", collapse=True, limit=4)).hits) == 4
    assert index.search(SearchRequest(query="", collapse=True, offset=100)).hits == ()
    with pytest.raises(InputError, match="stories are shown 5 deep"):
        index.search(SearchRequest(query="", collapse=True, limit=9))


def test_counts_over_several_shards_are_exact(server: Server) -> None:
    index = ElasticIndex(replace(server, shards=3))
    # One document a value, so every shard's own most frequent values are chance.
    index.apply([replace(one, keywords=(f"k{one.seq:03}", f"g{one.seq % 7}")) for one in documents(60)])

    found = index.search(SearchRequest(query="智谱", facets=("keyword",), facet_size=9)).facets["keyword"]

    assert [(count.value, count.documents) for count in found] == [
        ("g1", 9), ("g2", 9), ("g3", 9), ("g4", 9), ("g0", 8), ("g5", 8), ("g6", 8), ("k001", 1), ("k002", 1),
    ]  # fmt: skip
    assert [hit.id for hit in index.search(SearchRequest(query="", limit=3)).hits] == [
        hit.id for hit in index.search(SearchRequest(query="", limit=60)).hits[:3]
    ]
    index.close()


def test_more_values_than_the_server_counts_are_refused_in_words(index: ElasticIndex) -> None:
    index.apply([replace(one, keywords=(one.id,), published_at=NOW + timedelta(days=one.seq)) for one in documents(60)])
    index._client.cluster.put_settings(persistent={"search.max_buckets": 50})
    try:
        for wanted in ({"facets": ("keyword",), "facet_size": 60}, {"histogram": "day"}):
            with pytest.raises(InputError, match="too general"):
                index.search(SearchRequest(query="", **wanted))
    finally:
        index._client.cluster.put_settings(persistent={"search.max_buckets": None})


def test_a_document_that_is_refused_is_kept_with_its_reason_until_a_version_goes_in(index: ElasticIndex) -> None:
    # Nothing of ours makes such a figure (index.documents.figures_of), so it stands for what nobody thought of.
    good, bad = documents(2)
    bad = replace(bad, figures=(replace(bad.figures[0], value=float("inf")),))

    assert index.apply([good, bad])
    assert (index.position(), index.status().documents, index.status().rejected) == (2, 1, 1)
    ((url, reason),) = index.rejected()
    assert url == "https://news.example/2"
    assert "Infinity" in reason

    assert index.apply([replace(bad, seq=3, figures=())])
    assert (index.position(), index.status().documents, index.rejected()) == (3, 2, [])


def test_a_rebuild_keeps_one_index_to_roll_back_to(index: ElasticIndex) -> None:
    index.apply(documents(1))
    with pytest.raises(IndexError_, match="no index to roll back to"):
        index.rollback()
    for generation in (2, 3):
        with index.replacement() as fresh:
            fresh.apply(documents(generation))

    names = [generation.name.rpartition("-")[2] for generation in index._generations.all()]
    assert names == ["000002", "000003"]
    assert (index.status().documents, index.position()) == (3, 3)

    index.rollback()
    assert (index.status().documents, index.position()) == (2, 2)
    assert index.apply([replace(BASE, id="new", seq=9)], after=2)
    index.rollback()
    assert (index.status().documents, index.position()) == (3, 3)


def test_a_rebuilt_index_that_lost_something_does_not_take_over(index: ElasticIndex) -> None:
    index.apply(documents(5))

    def fill_and_lose(change: Callable[[Any, str], Any]) -> None:
        with index.replacement() as fresh:
            fresh.apply(documents(5))
            change(fresh._client, fresh._generation.name)  # type: ignore[attr-defined]

    with pytest.raises(IndexError_, match="4 documents instead of 5"):
        fill_and_lose(lambda client, name: client.delete(index=name, id="d003"))
    with pytest.raises(IndexError_, match="document d003 is 99 instead of 3"):
        fill_and_lose(lambda client, name: client.update(index=name, id="d003", doc={"seq": 99}))
    assert (index.status().documents, index.position(), len(index._generations.all())) == (5, 5, 1)


def test_one_rebuild_at_a_time_and_a_dead_one_is_passed_over(index: ElasticIndex) -> None:
    with index.replacement(), pytest.raises(LockedError, match="is being rebuilt by process"), index.replacement():
        pass
    lock = {"kind": "rebuild", "host": "elsewhere", "pid": 1, "at": (NOW - timedelta(minutes=9)).isoformat()}
    index._client.index(index=index._state.index, id="rebuild", document=lock)
    with pytest.raises(LockedError, match="on elsewhere"):
        index.rollback()

    index._client.index(
        index=index._state.index, id="rebuild", document={**lock, "at": NOW.replace(year=2025).isoformat()}
    )
    with index.replacement() as fresh:
        fresh.apply(documents(2))
    assert index.position() == 2


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (Server(urls=()), "needs the URL of a node"),
        (Server(urls=("127.0.0.1:9200",)), "cannot be asked"),
        (Server(urls=("https://127.0.0.1:9200",), fingerprint="zz"), "no SHA-256"),
    ],
)
def test_a_server_that_cannot_be_one_is_refused(server: Server, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        ElasticIndex(server).position()


def test_secrets_are_not_in_what_is_shown_of_a_server() -> None:
    server = Server(urls=("https://me:secret@es.example:9200",), api_key="secret", password="secret")

    assert "secret" not in server.name
    assert "secret" not in repr(replace(server, urls=()))
