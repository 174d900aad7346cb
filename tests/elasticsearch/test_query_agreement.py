"""What the translator sends finds on a real Elasticsearch the same documents as the index in memory."""

from __future__ import annotations

import importlib.util
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from index.elastic.documents import indexed, mapping
from index.elastic.query import translate
from index.memory import MemoryIndex
from index.query.plan import plan
from index.records import Document, SearchRequest

PAIRS = int(os.environ.get("ZHIWEN_TEST_PAIRS", "480"))
PER_CORPUS = 40
NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = os.environ.get("ZHIWEN_TEST_ELASTICSEARCH_URL", "")
pytestmark = [
    pytest.mark.elasticsearch,
    pytest.mark.skipif(not URL, reason="set ZHIWEN_TEST_ELASTICSEARCH_URL to a running Elasticsearch 9"),
]


def _generators() -> Any:
    """The random corpora and queries of the other engines' agreement test."""
    path = Path(__file__).parents[1] / "index" / "test_agreement.py"
    spec = importlib.util.spec_from_file_location("_agreement", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _aliases(name: str, field: str) -> tuple[str, ...]:
    return ({"智譜AI": "智谱", "阿里": "阿里巴巴"}.get(name, name),)


def _documents(*given: dict[str, Any]) -> list[Document]:
    base = Document(
        id="", seq=0, version=1, url="", title="", text="", source="hand", author=None, publisher=None,
        published_at=None, stored_at=NOW, language="zh", mirror=False, companies=(), about=(), people=(), events=(),
        keywords=(),
    )  # fmt: skip
    return [replace(base, **{"id": f"d{seq}", "seq": seq, **fields}) for seq, fields in enumerate(given, start=1)]


@pytest.fixture
def client() -> Iterator[Elasticsearch]:
    with Elasticsearch(URL) as made:
        yield made


@pytest.mark.parametrize("seed", range(max(1, PAIRS // PER_CORPUS)))
def test_elasticsearch_and_memory_find_the_same_documents(seed: int, client: Elasticsearch) -> None:
    generators, chance = _generators(), random.Random(seed)
    memory = MemoryIndex(aliases=_aliases)
    corpus = generators._corpus(chance, _documents)
    memory.apply(corpus)
    name = f"zhiwen-test-{uuid4().hex}"
    client.indices.create(index=name, mappings=mapping(), settings={"number_of_replicas": 0})
    try:
        lines = [line for one in corpus for line in ({"index": {"_id": one.id}}, indexed(one))]
        answer = client.bulk(index=name, operations=lines, refresh=True)
        assert not answer["errors"], answer
        some = 0
        for _ in range(PER_CORPUS):
            request = SearchRequest(query=generators._query(chance), limit=100, highlight=False)
            query = translate(plan(request, aliases=_aliases, now=NOW))
            actual = client.search(index=name, query=query, size=100, source=False, track_total_hits=True)
            expected = memory.search(request)

            assert {hit["_id"] for hit in actual["hits"]["hits"]} == {hit.id for hit in expected.hits}, request.query
            assert actual["hits"]["total"]["value"] == expected.total
            some += 0 < expected.total < len(corpus)
        assert some > PER_CORPUS // 4  # neither everything nor nothing, often enough to mean something
    finally:
        client.indices.delete(index=name)
