"""The index on Elasticsearch, for more than one machine: the same questions and answers as the embedded one.

    apply   layout ─ check ─ position ─▶ bulk (external versions) ─▶ refresh ─▶ rejections ─▶ position
    search  plan ─ translate ─▶ _search on the read alias ─▶ hits, highlighted by our own matcher

The store is the truth. A server that is dead, full or read-only raises IndexError_; the position stays where it was, and
the next catch_up goes on from there. Written twice is written once: versions are the store's sequence, and the server
keeps the highest.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from index.aliases import AliasResolver, as_written
from index.elastic import bulk, searching
from index.elastic.client import Server, asked, check_versions, connect, reason_of
from index.elastic.documents import document_of
from index.elastic.generations import Generation, Generations, Layout
from index.elastic.query import translate
from index.elastic.state import State
from index.memory import hit
from index.paging import by_marks, read_cursor
from index.query.ast import Everything, Node
from index.query.plan import by_relevance, plan, sorted_metrics
from index.query.tree import tree
from index.records import Document, IndexStatus, QueryPlan, Sample, SearchRequest, SearchResult
from index.similar import said_most, telling_terms
from index.suggest import suggestion
from zhiwen.errors import IndexError_
from zhiwen.times import now

_LOOK_AGAIN = 5.0  # seconds for which readers go by what they saw of aliases and mappings; writers look each time
_SAMPLES = 50  # documents of a rebuilt index that are read back before it takes over


class ElasticIndex:
    """A SearchIndex in an Elasticsearch cluster. Opening costs nothing: what is wrong is said by the first call."""

    def __init__(
        self, server: Server, *, aliases: AliasResolver = as_written, clock: Callable[[], datetime] = now
    ) -> None:
        self._server = server
        self._aliases = aliases
        self._clock = clock
        self._seen: tuple[float, Layout] | None = None

    @cached_property
    def _client(self) -> Elasticsearch:
        """Made at the first use, and used only where it fits the server."""
        client = connect(self._server)
        try:
            check_versions(client, self._server)
        except BaseException:
            client.close()
            raise
        return client

    @property
    def _generations(self) -> Generations:
        return Generations(client=self._client, server=self._server)

    @property
    def _state(self) -> State:
        return State(client=self._client, server=self._server, clock=self._clock)

    def _layout(self) -> Layout:
        """As it is now, checked."""
        layout = self._generations.layout()
        if layout.live:
            self._generations.check(layout.live)
        self._seen = (time.monotonic(), layout)
        return layout

    def _live(self) -> Generation | None:
        """What is read, as it was seen lately; None before the first document."""
        seen = self._seen
        if seen and seen[1].live and time.monotonic() - seen[0] < _LOOK_AGAIN:
            return seen[1].live
        return self._layout().live

    # reading

    def position(self) -> int:
        live = self._layout().live
        return self._state.position(live) if live else 0

    def search(self, request: SearchRequest) -> SearchResult:
        node = plan(request, aliases=self._aliases, now=self._clock())
        cursor = read_cursor(request)
        live = self._live()
        if live is None:
            return SearchResult(total=0, hits=(), facets=dict.fromkeys(request.facets, ()))
        question = self._question(request, node, shards=live.shards)
        send = self._sender(request, node)
        found = searching.page(question, send, cursor=cursor, by_marks=by_marks(request, relevance=question.relevance))
        hits = (
            hit(row.document, row.score if question.relevance else 0.0, node=node, request=request)
            for row in found.rows
        )
        return SearchResult(
            total=found.total,
            hits=tuple(hits),
            facets=searching.facets(request, found.aggregations),
            histogram=searching.histogram(request, found.aggregations),
            cursor=found.cursor,
            suggestion=None if found.total else suggestion(request, aliases=self._aliases, found=self._total),
        )

    def _question(self, request: SearchRequest, node: Node, *, shards: int) -> searching.Question:
        return searching.Question(
            request=request,
            node=node,
            relevance=by_relevance(request, node),
            metrics=sorted_metrics(request, aliases=self._aliases),
            shards=shards,
        )

    def _sender(self, request: SearchRequest, node: Node) -> searching.Send:
        def send(body: Mapping[str, Any]) -> Mapping[str, Any]:
            try:
                return self._ask_search(body)
            except ApiError as error:
                if reason_of(error.body)[0] == "too_many_buckets_exception":
                    self._say_too_many_buckets(request, body)
                raise

        return lambda body: asked(lambda: send(body), server=self._server)

    def _ask_search(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._client.search(index=self._generations.read, **_arguments(body)).body
        return answer

    def _say_too_many_buckets(self, request: SearchRequest, body: Mapping[str, Any]) -> None:
        """Why there are too many is in the dates: InputError in the words of the other engines."""
        found = self._ask_search({"query": body["query"], "size": 0, "aggs": searching.ends()})
        searching.check_buckets(request, found["aggregations"])

    def _send(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return asked(lambda: self._ask_search(body), server=self._server)

    def _total(self, request: SearchRequest) -> int:
        node = plan(request, aliases=self._aliases, now=self._clock())
        found = self._send({"query": translate(node), "size": 0, "track_total_hits": True})
        return int(found["hits"]["total"]["value"])

    def like(self, id: str, *, limit: int = 10) -> SearchResult:
        if self._live() is None:
            return SearchResult(total=0, hits=())
        itself = self._send({"query": {"term": {"id": id}}, "size": 1})["hits"]["hits"]
        if not itself:
            return SearchResult(total=0, hits=())
        document = document_of(itself[0]["_source"])
        frequency = searching.frequencies([*said_most(document)], self._send)
        held = int(self._send({"size": 0, "track_total_hits": True})["hits"]["total"]["value"])
        terms = telling_terms(document, frequency=frequency.__getitem__, held=held)
        if not terms:
            return SearchResult(total=0, hits=())
        body = {"query": searching.alike(terms, id), "sort": [{"_score": "desc"}, {"id": "asc"}]}
        found = self._send({**body, "size": limit, "track_total_hits": True, "track_scores": True})
        request = SearchRequest(query="", highlight=False)
        hits = (
            hit(document_of(one["_source"]), float(one["_score"]), node=Everything(), request=request)
            for one in found["hits"]["hits"]
        )
        return SearchResult(total=int(found["hits"]["total"]["value"]), hits=tuple(hits))

    def explain(self, request: SearchRequest) -> QueryPlan:
        """Needs no server: what would be sent is known without it."""
        node = plan(request, aliases=self._aliases, now=self._clock())
        question = self._question(request, node, shards=self._server.shards)
        body = {**question.body(), "size": request.limit}
        sent = f"POST {self._server.prefix}-articles/_search\n{json.dumps(body, ensure_ascii=False, indent=1)}"
        return QueryPlan(engine="elasticsearch", tree=tree(node), sent=sent)

    def status(self) -> IndexStatus:
        layout = self._layout()
        if layout.live is None:
            return IndexStatus(
                engine="elasticsearch",
                documents=0,
                position=0,
                size_bytes=0,
                detail=f"nothing indexed yet at {self._server.name}",
                health=self._health(),
            )
        rejected = self._state.count_rejected(layout.live)
        before = f", {layout.previous.name} to roll back to" if layout.previous else ""
        return IndexStatus(
            engine="elasticsearch",
            documents=self._count(layout.live.name),
            position=self._state.position(layout.live),
            size_bytes=self._size(layout.live.name),
            detail=f"{layout.live.name} at {self._server.name}{before}",
            health=self._health(),
            rejected=rejected,
        )

    def _count(self, name: str) -> int:
        return int(asked(lambda: self._client.count(index=name), server=self._server)["count"])

    def _size(self, name: str) -> int:
        stats = asked(lambda: self._client.indices.stats(index=name, metric="store"), server=self._server)
        return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def _health(self) -> str:
        found = asked(lambda: self._client.cluster.health(), server=self._server)
        return f"{found['status']}, nodes: {found['number_of_nodes']}"

    def rejected(self) -> list[tuple[str, str]]:
        """URL and reason of what the server refused for good, newest first: what `index status` shows."""
        live = self._layout().live
        return [(one.url, one.reason) for one in self._state.rejected(live)] if live else []

    # writing

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        layout = self._layout()
        if layout.live is None:
            self._state.create()
            self._generations.create_first()
            layout = self._layout()
        live = layout.live
        if live is None:
            raise IndexError_(
                f"{self._generations.read} was made and is gone again", hint="is another rebuild running?"
            )
        if self._state.position(live) < after:
            return False
        target = bulk.Target(name=self._generations.write, alias=True)
        return self._write(live, documents, target=target)

    def _write(self, live: Generation, documents: Sequence[Document], *, target: bulk.Target) -> bool:
        if not documents:
            return True
        newest = {document.id: document for document in sorted(documents, key=lambda document: document.seq)}
        written = bulk.write(self._client, self._server, list(newest.values()), target=target)
        if written.indexes - {live.name}:
            return False  # the alias was moved in between: whoever goes by the position of the new index does it again
        if target.alias:
            self._generations.refresh(live.name)
        refused = {one.document for one in written.rejected}
        taken = {document.id: document.seq for document in newest.values() if document.id not in refused}
        self._state.reject(live, written.rejected, indexed=taken)
        self._state.advance(live, max(document.seq for document in documents))
        return True

    def clear(self) -> None:
        with self.replacement():
            pass

    @contextmanager
    def replacement(self, *, sample: Sample = tuple) -> Iterator[ElasticIndex]:
        """The next index, to fill; compared with what went in before all aliases move to it. Raises LockedError, IndexError_."""
        with self._state.rebuild_lock() as alive:
            generation = self._generations.create_next()
            fresh = _Building(self._server, generation, aliases=self._aliases, clock=self._clock, alive=alive)
            try:
                yield fresh
                self._generations.settle(generation.name)
                fresh.compare()
            except BaseException:
                with suppress(IndexError_):  # the server's trouble is on its way already; the next rebuild sweeps
                    self._delete(generation)
                raise
            finally:
                fresh.close()
            self._generations.swap(generation.name)
            for unused in self._generations.unused():
                self._delete(unused)
            self._seen = None

    def rollback(self) -> str:
        """Go back to the index before the last rebuild, and say its name; what came since is caught up from the store."""
        with self._state.rebuild_lock():
            found = [one for one in self._generations.all() if self._generations.previous in one.aliases]
            if not found:
                raise IndexError_(
                    "there is no index to roll back to",
                    hint="one is kept by each `zhiwen index rebuild`, until the next",
                )
            self._generations.check(found[0])
            self._generations.swap(found[0].name)
            self._seen = None
        return found[0].name

    def _delete(self, generation: Generation) -> None:
        self._generations.delete(generation.name)
        self._state.forget(generation)

    def close(self) -> None:
        if "_client" in self.__dict__:
            self.__dict__.pop("_client").close()


class _Building(ElasticIndex):
    """The next index before anybody reads it."""

    def __init__(
        self,
        server: Server,
        generation: Generation,
        *,
        aliases: AliasResolver,
        clock: Callable[[], datetime],
        alive: Callable[[], None],
    ) -> None:
        super().__init__(server, aliases=aliases, clock=clock)
        self._generation = generation
        self._alive = alive
        self._given: dict[str, int] = {}

    def _layout(self) -> Layout:
        return Layout(live=self._generation, previous=None, all=(self._generation,))

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        self._alive()
        for document in documents:
            self._given[document.id] = max(self._given.get(document.id, 0), document.seq)
        return self._write(self._generation, documents, target=bulk.Target(name=self._generation.name, alias=False))

    def status(self) -> IndexStatus:
        self._generations.refresh(self._generation.name)
        return super().status()

    def compare(self) -> None:
        """Raises IndexError_ where the index does not hold what it was given: by count, and by some that are read back."""
        refused = {one.document for one in self._state.rejected(self._generation)}
        expected = {id: seq for id, seq in self._given.items() if id not in refused}
        held = self._count(self._generation.name)
        if held != len(expected):
            raise self._differs(f"it holds {held} documents instead of {len(expected)}")
        chosen = random.sample(sorted(expected), min(_SAMPLES, len(expected)))
        found = asked(
            lambda: self._client.search(
                index=self._generation.name,
                query={"terms": {"id": chosen}},
                size=len(chosen),
                source={"includes": ["seq"]},
            ),
            server=self._server,
        )
        read = dict(searching.samples(found.body))
        wrong = [id for id in chosen if read.get(id) != expected[id]]
        if wrong:
            raise self._differs(f"document {wrong[0]} is {read.get(wrong[0])} instead of {expected[wrong[0]]}")

    def _differs(self, what: str) -> IndexError_:
        return IndexError_(
            f"the rebuilt index {self._generation.name} is not what the store gave: {what}",
            hint="searches go on with the old one; run `zhiwen index rebuild` again",
        )


_RENAMED = {"from": "from_", "_source": "source"}


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as the client's arguments; those it has no name for would be refused by it, not by the server."""
    return {_RENAMED.get(name, name): value for name, value in body.items() if not (name == "aggs" and not value)}
