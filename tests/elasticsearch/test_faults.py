"""Faults of a real server and of the way to it. Whatever happens, each document ends in the index once, at its newest version.

The store is a list, the way in is index.sync.catch_up, and what the index holds is read from the server directly.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch_server import Server as Running
from faulty_proxy import Answer, Fault, FaultyProxy, Forward, HangUp, Request
from list_store import MOMENT, ListStore, read_directly, some_figures, until_caught_up

from index.elastic.documents import mapping
from index.elastic.engine import ElasticIndex
from index.records import SearchRequest
from index.sync import catch_up, rebuild
from zhiwen.errors import IndexError_

IndexMaker = Callable[..., ElasticIndex]
pytestmark = pytest.mark.elasticsearch


# ── a server that freezes, dies, or takes no writing ─────────────────────────────────────────────────────────────────


def during_bulk(number: int, hurt: Callable[[], None]) -> Fault:
    """Hurt the server a moment after it was sent the bulk of that number."""
    bulks = iter(range(1, 10**6))

    def fault(request: Request, forward: Forward) -> Answer:
        if request.is_bulk and next(bulks) == number:
            threading.Timer(0.015, hurt).start()
        return forward(request)

    return fault


@pytest.mark.parametrize(
    ("hurt", "heal"),
    [(Running.pause, Running.resume), (Running.kill, Running.start_again)],
    ids=["frozen", "killed"],
)
def test_a_server_that_goes_in_the_middle_of_a_bulk(
    hurt: Callable[[Running], None],
    heal: Callable[[Running], None],
    fragile_elasticsearch: Running,
    fragile_prefix: str,
    open_index: IndexMaker,
) -> None:
    store = ListStore(1500)
    with FaultyProxy(fragile_elasticsearch.url) as proxy:
        index, hasty = (open_index(proxy.url, prefix=fragile_prefix, timeout=timeout) for timeout in (10.0, 0.4))
        catch_up(index, store_of_first(store, 500))
        until_caught_up(hasty, store_of_first(store, 500))  # its first request of the process takes its time
        with (
            proxy.doing(during_bulk(2, lambda: hurt(fragile_elasticsearch))),
            pytest.raises(IndexError_, match=r"does not answer.*nothing is lost"),
        ):
            catch_up(hasty, store)
        with pytest.raises(IndexError_, match="does not answer"):
            hasty.search(SearchRequest(query="智谱"))
        store.add("a700", "更正")  # while the old version may still be on its way
        store.add("a3", "更正")
        heal(fragile_elasticsearch)
        until_caught_up(index, store)
        assert index.position() == store.seq

    assert read_directly(fragile_elasticsearch.url, fragile_prefix) == store.expected()


def store_of_first(store: ListStore, number: int) -> Any:
    class First:
        def newest_since(self, seq: int, limit: int) -> Any:
            return [kept for kept in store.newest_since(seq, limit) if kept.seq <= number]

    return First()


@pytest.mark.usefixtures("quick_backoff")
@pytest.mark.parametrize(
    "block",
    ["index.blocks.write", "index.blocks.read_only_allow_delete", "index.blocks.read_only"],
)
def test_a_block_stops_writing_until_it_is_lifted(
    block: str, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(20), open_index(elasticsearch_9)
    catch_up(index, store)
    store.add("a3", "更正")
    store.add("new", "新的")
    with Elasticsearch(elasticsearch_9) as client:
        client.indices.put_settings(index=f"{elasticsearch_prefix}-articles", settings={block: True})
        try:
            with pytest.raises(IndexError_, match=r"takes no writing.*lift the block"):
                catch_up(index, store)
            assert (index.position(), index.search(SearchRequest(query="聆讯")).total) == (20, 20)
        finally:
            client.indices.put_settings(index=f"{elasticsearch_prefix}-articles", settings={block: None})

    catch_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    assert index.rejected() == []


@pytest.mark.usefixtures("quick_backoff")
def test_a_full_disk_of_the_whole_cluster(
    fragile_elasticsearch: Running, fragile_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(5), open_index(fragile_elasticsearch.url, prefix=fragile_prefix)

    def block(value: bool | None) -> None:
        settings = {"persistent": {"cluster.blocks.read_only_allow_delete": value}}
        fragile_elasticsearch.ask("PUT", "/_cluster/settings", settings)

    block(True)
    try:
        with pytest.raises(IndexError_, match="takes no writing"):
            catch_up(index, store)
    finally:
        block(None)
    catch_up(index, store)

    assert read_directly(fragile_elasticsearch.url, fragile_prefix) == store.expected()


# ── a busy server ────────────────────────────────────────────────────────────────────────────────────────────────────


def first(times: int, fault: Fault) -> Fault:
    """Do it to the first bulks only."""
    left = iter(range(times))

    def some(request: Request, forward: Forward) -> Answer:
        if request.is_bulk and next(left, None) is not None:
            return fault(request, forward)
        return forward(request)

    return some


def bulks(fault: Fault) -> Fault:
    return first(10**6, fault)


def refuse(status: int) -> Fault:
    def fault(request: Request, forward: Forward) -> Answer:
        error = {"type": "es_rejected_execution_exception", "reason": "queue is full"}
        return Answer(status=status, body=json.dumps({"error": error, "status": status}).encode())

    return fault


def a_balancers_page(request: Request, forward: Forward) -> Answer:
    return Answer(status=502, body=b"<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")


def some_items(request: Request, forward: Forward) -> Answer:
    """Every fourth document is always too much; the others are written."""
    lines = request.body.splitlines()
    sent = [(json.loads(lines[at])["index"], lines[at : at + 2]) for at in range(0, len(lines), 2)]
    busy = [int(action["_id"][1:]) % 4 == 0 for action, _ in sent]
    taken = [line for refused, (_, pair) in zip(busy, sent, strict=True) if not refused for line in pair]
    said = json.loads(forward(replace(request, body=b"\n".join([*taken, b""]))).body) if taken else {}
    written = iter(said.get("items", ()))
    error = {"type": "es_rejected_execution_exception", "reason": "queue is full"}
    items = [
        {"index": {**action, "status": 429, "error": error}} if refused else next(written)
        for refused, (action, _) in zip(busy, sent, strict=True)
    ]
    return Answer(status=200, body=json.dumps({"took": 1, "errors": True, "items": items}).encode())


BUSY = {"429": refuse(429), "502": a_balancers_page, "503": refuse(503), "504": refuse(504), "429 items": some_items}


@pytest.mark.usefixtures("quick_backoff")
@pytest.mark.parametrize("fault", BUSY.values(), ids=BUSY)
def test_a_server_that_is_busy_for_a_while_is_asked_again(
    fault: Fault, proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(60), open_index(proxy.url)

    with proxy.doing(first(4, fault)):
        assert catch_up(index, store, batch=25).applied == 60

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    assert index.rejected() == []


@pytest.mark.usefixtures("quick_backoff")
@pytest.mark.parametrize("fault", BUSY.values(), ids=BUSY)
def test_a_server_that_stays_busy_is_left_alone_and_caught_up_later(
    fault: Fault, proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(60), open_index(proxy.url)
    catch_up(index, store)
    for number in range(0, 60, 2):
        store.add(f"a{number}", "更正")

    with proxy.doing(bulks(fault)), pytest.raises(IndexError_, match=r"too busy|not ready") as raised:
        catch_up(index, store)

    assert index.position() == 60
    assert raised.value.hint
    assert "nothing is lost" in raised.value.hint
    catch_up(index, store)
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    assert index.rejected() == []


def test_waiting_between_tries_grows(
    proxy: FaultyProxy, open_index: IndexMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("elasticsearch.helpers.actions.time.sleep", pauses.append)
    with proxy.doing(bulks(refuse(429))), pytest.raises(IndexError_, match="too busy"):
        catch_up(open_index(proxy.url), ListStore(3))

    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[-1]
    assert 10 < sum(pauses) < 60


# ── the way to it ────────────────────────────────────────────────────────────────────────────────────────────────────


def slow(seconds: float) -> Fault:
    def fault(request: Request, forward: Forward) -> Answer:
        time.sleep(seconds)
        return forward(request)

    return fault


def answer_lost(request: Request, forward: Forward) -> Answer:
    forward(request)
    raise HangUp


def hang_up(request: Request, forward: Forward) -> Answer:
    raise HangUp


def half_an_answer(request: Request, forward: Forward) -> Answer:
    answer = forward(request)
    return replace(answer, body=answer.body[: len(answer.body) // 2])


@pytest.mark.usefixtures("quick_backoff")
@pytest.mark.parametrize("fault", [answer_lost, hang_up, half_an_answer])
def test_answers_that_do_not_arrive(
    fault: Fault, proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(60), open_index(proxy.url)
    catch_up(index, store, batch=30)
    store.add("a1", "更正")
    store.add("a2", "只更正一次")

    with proxy.doing(bulks(fault)), pytest.raises(IndexError_, match=r"127\.0\.0\.1:\d+"):
        catch_up(index, store)
    store.add("a1", "再次更正")
    until_caught_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


def test_what_a_slow_network_delivers_late_overwrites_nothing_newer(
    proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    """The client gave up on the old version and wrote the new one; then the old one arrives."""
    store, index = ListStore(20), open_index(proxy.url, timeout=0.25)  # 1.5 s for a bulk
    until_caught_up(index, store)
    store.add("a1", "更正")
    store.add("a2", "只更正一次")
    arrived: list[Answer] = []

    def late(request: Request, forward: Forward) -> Answer:
        time.sleep(4)
        arrived.append(forward(request))
        return arrived[-1]

    with proxy.doing(bulks(late)), pytest.raises(IndexError_, match="does not answer"):
        catch_up(index, store)
    store.add("a1", "再次更正")
    until_caught_up(index, store)
    assert arrived == [], "the old version came before the new one: nothing was tested"
    deadline = time.monotonic() + 20
    while len(arrived) < 2 and time.monotonic() < deadline:  # it was sent twice
        time.sleep(0.1)

    assert b"version_conflict_engine_exception" in arrived[-1].body
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


def test_a_network_that_gets_slow_and_recovers(
    proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(60), open_index(proxy.url, timeout=0.25)
    catch_up(open_index(elasticsearch_9), store_of_first(store, 20))
    with proxy.doing(slow(0.6)):
        with pytest.raises(IndexError_, match="does not answer"):
            index.position()
        with pytest.raises(IndexError_, match="does not answer"):
            index.search(SearchRequest(query="智谱"))

    until_caught_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


# ── documents that are refused ───────────────────────────────────────────────────────────────────────────────────────


def test_a_refused_document_is_kept_with_its_reason_and_holds_up_no_other(
    elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(20), open_index(elasticsearch_9)
    catch_up(index, store)
    with Elasticsearch(elasticsearch_9) as client:
        limit = {"index.mapping.nested_objects.limit": 3}
        client.indices.put_settings(index=f"{elasticsearch_prefix}-articles", settings=limit)
    store.add("many", "四个数", figures=some_figures(4))
    store.add("few", "两个数", figures=some_figures(2))
    store.add("a3", "更正", figures=some_figures(5))

    assert catch_up(index, store).position == store.seq == index.position()

    newest = store.expected(without=("many",))
    newest["a3"] = ListStore(20).expected()["a3"]  # the version before is still found
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == newest
    refused = dict(index.rejected())
    assert sorted(refused) == ["https://news.example/a3", "https://news.example/many"]
    assert all("nested" in reason and "limit" in reason for reason in refused.values())
    assert index.status().rejected == 2

    store.add("many", "改为一个数", figures=some_figures(1))
    store.add("a3", "再次更正")
    catch_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    assert index.rejected() == []


def test_only_the_document_that_is_too_large_for_a_request_is_refused(
    proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(20), open_index(proxy.url)
    store.add("large", "长" * 20_000)

    def at_most(request: Request, forward: Forward) -> Answer:
        return refuse(413)(request, forward) if len(request.body) > 50_000 else forward(request)

    with proxy.doing(at_most):
        catch_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected(without=("large",))
    assert [url for url, _ in index.rejected()] == ["https://news.example/large"]


# ── indexes and aliases that somebody else changed ───────────────────────────────────────────────────────────────────


def made_by_hand(client: Elasticsearch, prefix: str) -> None:
    aliases = {f"{prefix}-articles": {}, f"{prefix}-articles-write": {"is_write_index": True}}
    client.indices.create(index=f"{prefix}-articles-000001", aliases=aliases)


def made_dynamic(client: Elasticsearch, prefix: str) -> None:
    client.indices.put_mapping(index=f"{prefix}-articles-000001", dynamic=True)


def with_a_field_more(client: Elasticsearch, prefix: str) -> None:
    client.indices.put_mapping(index=f"{prefix}-articles-000001", properties={"mood": {"type": "keyword"}})


def written_without_an_alias(client: Elasticsearch, prefix: str) -> None:
    client.index(index=f"{prefix}-articles", document={"title": "by hand"})


def read_from_two(client: Elasticsearch, prefix: str) -> None:
    client.indices.create(index=f"{prefix}-articles-000002", mappings=mapping(), aliases={f"{prefix}-articles": {}})


def written_to_two(client: Elasticsearch, prefix: str) -> None:
    client.indices.create(
        index=f"{prefix}-articles-000002", mappings=mapping(), aliases={f"{prefix}-articles-write": {}}
    )


def read_and_written_apart(client: Elasticsearch, prefix: str) -> None:
    client.indices.create(index=f"{prefix}-articles-000002", mappings=mapping())
    move = [
        {"remove": {"index": f"{prefix}-articles-000001", "alias": f"{prefix}-articles-write"}},
        {"add": {"index": f"{prefix}-articles-000002", "alias": f"{prefix}-articles-write"}},
    ]
    client.indices.update_aliases(actions=move)


def without_a_write_alias(client: Elasticsearch, prefix: str) -> None:
    client.indices.delete_alias(index=f"{prefix}-articles-000001", name=f"{prefix}-articles-write")


@pytest.mark.parametrize(
    ("change", "filled", "message"),
    [
        (made_by_hand, False, "was made otherwise"),
        (made_dynamic, True, r"was made otherwise: dynamic is 'true' instead of 'strict'"),
        (with_a_field_more, True, r"was made otherwise: properties\.mood"),
        (written_without_an_alias, False, "is an index, and should be an alias"),
        (read_from_two, True, r"articles' points at 2 indexes: .*000001.*000002"),
        (written_to_two, True, r"articles-write' points at 2 indexes"),
        (read_and_written_apart, True, "what is read .*000001.* is not what is written .*000002"),
        (without_a_write_alias, True, r"is not what is written \(nothing\)"),
    ],
)
def test_a_cluster_that_somebody_changed_is_said_and_a_rebuild_repairs_it(
    change: Callable[[Elasticsearch, str], None],
    filled: bool,
    message: str,
    elasticsearch_9: str,
    elasticsearch_prefix: str,
    open_index: IndexMaker,
) -> None:
    store, index = ListStore(20), open_index(elasticsearch_9)
    with Elasticsearch(elasticsearch_9) as client:
        if filled:
            catch_up(index, store)
            store.add("a3", "更正")
        change(client, elasticsearch_prefix)
        before = documents_by_index(client, elasticsearch_prefix)
        with pytest.raises(IndexError_, match=f"{message}.*zhiwen index rebuild"):
            catch_up(index, store)
        assert documents_by_index(client, elasticsearch_prefix) == before  # nothing was written to the wrong place

    rebuild(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    store.add("new", "新的")
    catch_up(index, store)
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


def documents_by_index(client: Elasticsearch, prefix: str) -> dict[str, int]:
    client.indices.refresh(index=f"{prefix}-articles*")
    found = client.search(index=f"{prefix}-articles*", size=0, aggs={"all": {"terms": {"field": "_index"}}})
    return {bucket["key"]: bucket["doc_count"] for bucket in found["aggregations"]["all"]["buckets"]}


def test_an_index_that_is_deleted_under_us_is_filled_from_the_start(
    elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, index = ListStore(20), open_index(elasticsearch_9)
    catch_up(index, store)
    with Elasticsearch(elasticsearch_9) as client:
        client.indices.delete(index=f"{elasticsearch_prefix}-articles-000001")
    store.add("new", "新的")

    catch_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_that_goes_back_changes_nothing(
    elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    """Order is by the store's sequence: neither our clock nor that of the versions has a say."""
    hours = iter([*range(1000, 0, -1)])
    store, index = ListStore(20), open_index(elasticsearch_9, clock=lambda: MOMENT + timedelta(hours=next(hours)))
    catch_up(index, store)
    for number in range(10):
        store.add(f"a{number}", "更正", stored_at=MOMENT - timedelta(days=number + 1))
    catch_up(index, store, batch=3)
    store.add("a1", "再次更正", stored_at=MOMENT - timedelta(days=900))
    catch_up(index, store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
    assert index.position() == store.seq
    store.add("a1", "三次更正", stored_at=MOMENT - timedelta(days=9000))
    rebuild(index, store)
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_writers_and_a_rebuild_at_once(
    elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    store, ended, troubles = ListStore(100), threading.Event(), []

    def follow(batch: int) -> None:
        index = open_index(elasticsearch_9)
        while not ended.is_set():
            try:
                catch_up(index, store, batch=batch)
            except IndexError_ as error:
                troubles.append(error)
                return

    writers = [threading.Thread(target=follow, args=(batch,)) for batch in (7, 11)]
    for writer in writers:
        writer.start()
    own = open_index(elasticsearch_9)
    try:
        for turn in range(3):
            for number in range(turn, 100, 3):
                store.add(f"a{number}", f"第{turn}次更正")
            store.add(f"new{turn}", "新的")
            rebuild(own, store, batch=20)
    finally:
        ended.set()
        for writer in writers:
            writer.join(60)
    catch_up(own, store)

    assert troubles == []
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


def test_a_rebuild_of_nothing_beside_the_first_writer(
    proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker
) -> None:
    """Both want to make the index with the first number; the writer is faster by a moment."""
    store, writer = ListStore(20), open_index(elasticsearch_9)

    def writer_first(request: Request, forward: Forward) -> Answer:
        if request.method == "PUT" and request.path.endswith("-articles-000001"):
            catch_up(writer, store)
        return forward(request)

    with proxy.doing(writer_first):
        rebuild(open_index(proxy.url), store)

    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()


def test_a_rebuild_that_breaks_off_leaves_the_old_index_and_nothing_else(
    proxy: FaultyProxy, elasticsearch_9: str, elasticsearch_prefix: str, open_index: IndexMaker, quick_backoff: None
) -> None:
    store, index = ListStore(60), open_index(proxy.url)
    catch_up(index, store)
    store.add("a3", "更正")
    seen = iter(range(100))

    def from_the_second(request: Request, forward: Forward) -> Answer:
        return refuse(503)(request, forward) if request.is_bulk and next(seen) >= 1 else forward(request)

    with proxy.doing(from_the_second), pytest.raises(IndexError_, match="not ready"):
        rebuild(index, store, batch=20)

    with Elasticsearch(elasticsearch_9) as client:
        assert list(client.indices.get(index=f"{elasticsearch_prefix}-articles*")) == [
            f"{elasticsearch_prefix}-articles-000001"
        ]
    rebuild(index, store)
    assert read_directly(elasticsearch_9, elasticsearch_prefix) == store.expected()
