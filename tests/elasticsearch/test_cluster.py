"""Three nodes, one dies: searching and indexing go on with the replicas, and nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from elasticsearch_prefix import delete_indexes, new_prefix
from elasticsearch_server import Server as Running
from elasticsearch_server import three_nodes
from list_store import ListStore, read_directly

from index.elastic.engine import ElasticIndex
from index.records import SearchRequest
from index.sync import catch_up, rebuild
from zhiwen.errors import IndexError_

IndexMaker = Callable[..., ElasticIndex]
pytestmark = pytest.mark.elasticsearch


@pytest.fixture(scope="module")
def _nodes(own_elasticsearch: Callable[..., AbstractContextManager[Any]]) -> Iterator[list[Running]]:
    with own_elasticsearch(three_nodes) as nodes:
        yield nodes


@pytest.fixture
def nodes(_nodes: list[Running]) -> list[Running]:
    """All three of them, whatever the test before did."""
    for node in _nodes:
        if not node.alive():
            node.launch()
    for node in _nodes:
        node.wait(nodes=3)
    return _nodes


@pytest.fixture
def prefix(nodes: list[Running]) -> Iterator[str]:
    made = new_prefix()
    yield made
    delete_indexes(next(node.url for node in nodes if node.alive()), made)


@dataclass(slots=True)
class Beside:
    """Searches again and again, on a client of its own, while the block runs."""

    index: ElasticIndex
    totals: list[int] = field(default_factory=list)
    troubles: list[IndexError_] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Beside:
        self._thread = threading.Thread(target=self._search)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join(60)

    def _search(self) -> None:
        while not self._ended.is_set():
            try:
                self.totals.append(self.index.search(SearchRequest(query="聆讯", limit=1)).total)
            except IndexError_ as error:
                self.troubles.append(error)
            self._ended.wait(0.05)


def elected(nodes: list[Running], _: str) -> Running:
    (master,) = nodes[0].ask("GET", "/_cat/master?format=json")
    return by_name(nodes, master["node"])


def with_the_primary(nodes: list[Running], prefix: str) -> Running:
    shards = nodes[0].ask("GET", f"/_cat/shards/{prefix}-articles?format=json")
    (primary,) = [shard["node"] for shard in shards if shard["prirep"] == "p"]
    return by_name(nodes, primary)


def by_name(nodes: list[Running], name: str) -> Running:
    return next(node for node in nodes if node.name == name)


def health(node: Running) -> Any:
    return node.ask("GET", "/_cluster/health?wait_for_status=green&timeout=30s")


@pytest.mark.parametrize("choose", [elected, with_the_primary])
def test_a_node_that_dies_is_missed_by_nobody(
    choose: Callable[[list[Running], str], Running], nodes: list[Running], prefix: str, open_index: IndexMaker
) -> None:
    urls = [node.url for node in nodes]
    store = ListStore(600)
    index = open_index(*urls, prefix=prefix)
    catch_up(index, store)
    assert health(nodes[0])["status"] == "green"
    shards = nodes[0].ask("GET", f"/_cat/shards/{prefix}-articles?format=json")
    assert sorted(shard["prirep"] for shard in shards) == ["p", "r"]
    victim = choose(nodes, prefix)
    urls.sort(key=lambda url: url != victim.url)  # the client's first choice is the one that dies

    with Beside(open_index(*urls, prefix=prefix)) as searches:
        for number in range(0, 600, 2):
            store.add(f"a{number}", "更正后，智谱今日通过聆讯。")
        threading.Timer(0.05, victim.kill).start()
        catch_up(index, store, batch=20)
        assert not victim.alive()
        for number in range(40):
            store.add(f"new{number}", "智谱今日通过聆讯。")
        catch_up(open_index(*urls, prefix=prefix), store, batch=10)  # a process that starts now
        time.sleep(0.5)

    assert searches.troubles == []
    assert searches.totals == sorted(searches.totals)
    assert (searches.totals[0], searches.totals[-1]) == (600, 640)
    living = next(node for node in nodes if node is not victim)
    assert read_directly(living.url, prefix) == store.expected()
    rebuild(index, store)
    assert read_directly(living.url, prefix) == store.expected()
