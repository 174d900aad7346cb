"""The embedded index: tantivy, in a folder, for any number of reader processes beside one writer at a time.

Documents are given to tantivy as tokens (index/tokens.py) joined by spaces, with the document itself as a stored
payload, so highlights are cut by our own matcher. A batch is one commit; kill -9 leaves the last commit. The position
is the highest `seq` in the index itself, so index and bookkeeping cannot disagree.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import RLock

import tantivy
from tantivy import Query

from index.aliases import AliasResolver, as_written
from index.generations import REBUILD, Generations
from index.memory import hit
from index.paging import read_cursor
from index.query.ast import Node
from index.query.plan import asks_figures, by_relevance, plan, sorted_metrics
from index.query.tree import tree
from index.records import Document, Hit, IndexStatus, QueryPlan, SearchRequest, SearchResult
from index.suggest import suggestion
from index.tantivy_documents import SCHEMA_VERSION, TOKENIZER, indexed, parser, schema
from index.tantivy_query import Translator, readable
from index.tantivy_search import (
    ByFigure,
    ByNewest,
    ByRelevance,
    Ranking,
    Row,
    Snapshot,
    alike,
    count,
    page,
)
from index.tokens import ANALYSIS_VERSION
from zhiwen.errors import IndexError_
from zhiwen.times import now

_METRICS_KEPT = 100  # whose high values are known
_WRITER_BYTES = 64_000_000  # tantivy flushes a segment when it is full


def _stamp() -> dict[str, str | int]:
    return {"schema": SCHEMA_VERSION, "analysis": ANALYSIS_VERSION, "tantivy": version("tantivy")}


@dataclass(slots=True)
class _Open:
    """A generation as it is open in this process, and what it looked like when it was last reloaded."""

    folder: Path
    index: tantivy.Index
    pointer: tuple[int, int] | None
    meta: tuple[int, int]


class TantivyIndex:
    """A SearchIndex in `folder`. Opening costs nothing: what is wrong there is said by the first call that needs it."""

    def __init__(
        self,
        folder: Path,
        *,
        aliases: AliasResolver = as_written,
        clock: Callable[[], datetime] = now,
        lock_timeout: float = 30.0,
    ) -> None:
        self._generations = Generations(folder=folder, stamp=_stamp(), lock_timeout=lock_timeout)
        self._aliases = aliases
        self._clock = clock
        self._open: _Open | None = None
        self._high: dict[tuple[tuple[str, ...], int], tuple[float, ...]] = {}
        self._guard = RLock()  # the handle is shared by threads; searchers are snapshots and need no lock

    # reading

    def _searcher(self) -> tantivy.Searcher | None:
        """A snapshot of the newest commit, whoever made it; None where nothing was ever indexed."""
        with self._guard:
            for attempt in range(3):
                try:
                    return self._newest()
                except (ValueError, OSError) as error:  # tantivy's errors; the folder may have been replaced meanwhile
                    self._open = None
                    if attempt == 2:
                        raise IndexError_(
                            f"the index in {self._generations.folder} cannot be read: {error}", hint=REBUILD
                        ) from error
        raise AssertionError("unreachable")

    def _newest(self) -> tantivy.Searcher | None:
        pointer = self._generations.signature()
        if self._open is None or self._open.pointer != pointer:
            live = self._generations.live()
            self._open = None if live is None else self._opened(live, pointer)
        if self._open is None:
            return None
        meta = _meta(self._open.folder)
        if meta != self._open.meta:  # two stat calls a query are cheaper than a watcher thread, and never late
            self._open.index.reload()
            self._open.meta = meta
        return self._open.index.searcher()

    def _opened(self, folder: Path, pointer: tuple[int, int] | None) -> _Open:
        self._generations.check(folder)
        meta = _meta(folder)
        return _Open(folder=folder, index=_tantivy(folder), pointer=pointer, meta=meta)

    def position(self) -> int:
        searcher = self._searcher()
        return 0 if searcher is None else _position(searcher)

    def search(self, request: SearchRequest) -> SearchResult:
        node = plan(request, aliases=self._aliases, now=self._clock())
        cursor = read_cursor(request)
        searcher = self._searcher()
        if searcher is None:
            return SearchResult(total=0, hits=(), facets=dict.fromkeys(request.facets, ()))
        snapshot = Snapshot(searcher)
        query = _translated(snapshot, node)
        relevance = by_relevance(request, node)
        ranking = self._ranking(snapshot, query, request, node=node)
        found = page(snapshot, ranking, query, request, cursor=cursor, relevance=relevance)
        counts = count(snapshot, query, request)
        scored = [(float(key) if relevance else 0.0, address) for key, address in found.rows]
        return SearchResult(
            total=found.total,
            hits=tuple(_hits(snapshot, scored, node=node, request=request)),
            facets=counts.facets,
            histogram=counts.histogram,
            cursor=found.cursor,
            suggestion=None if found.total else suggestion(request, aliases=self._aliases, found=self._total),
        )

    def _ranking(self, snapshot: Snapshot, query: Query, request: SearchRequest, *, node: Node) -> Ranking:
        if metrics := sorted_metrics(request, aliases=self._aliases):
            high = self._high_values(snapshot, metrics)
            return ByFigure(snapshot=snapshot, query=query, metrics=metrics, thresholds=high)
        if by_relevance(request, node):
            return ByRelevance(snapshot=snapshot, query=query)
        return ByNewest(snapshot=snapshot, query=query)

    def _high_values(self, snapshot: Snapshot, metrics: tuple[str, ...]) -> tuple[float, ...]:
        """Where high values begin. Looked up again when the index has doubled: old ones cost time at worst."""
        key = (metrics, snapshot.searcher.num_docs.bit_length())
        if key not in self._high:
            self._high = {key: snapshot.high_values(metrics), **dict(islice(self._high.items(), _METRICS_KEPT))}
        return self._high[key]

    def _total(self, request: SearchRequest) -> int:
        searcher = self._searcher()
        node = plan(request, aliases=self._aliases, now=self._clock())
        return Snapshot(searcher).total(_translated(Snapshot(searcher), node)) if searcher else 0

    def like(self, id: str, *, limit: int = 10) -> SearchResult:
        searcher = self._searcher()
        snapshot = Snapshot(searcher) if searcher else None
        document = snapshot.by_id(id) if snapshot else None
        if snapshot is None or document is None:
            return SearchResult(total=0, hits=())
        query = alike(snapshot, document)
        hits = (snapshot.hit(address, score=score) for score, address in snapshot.top(query, limit))
        return SearchResult(total=snapshot.total(query), hits=tuple(hits))

    def explain(self, request: SearchRequest) -> QueryPlan:
        node = plan(request, aliases=self._aliases, now=self._clock())
        searcher = self._searcher()
        sent = readable(_translated(Snapshot(searcher), node)) if searcher else "nothing: nothing is indexed yet"
        return QueryPlan(engine="embedded", tree=tree(node), sent=sent)

    def status(self) -> IndexStatus:
        searcher = self._searcher()
        live = self._generations.live()
        return IndexStatus(
            engine="embedded",
            documents=searcher.num_docs if searcher else 0,
            position=_position(searcher) if searcher else 0,
            size_bytes=_size(live) if live else 0,
            detail=f"{live}, {searcher.num_segments} segments" if live and searcher else "nothing indexed yet",
        )

    # writing

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        with self._generations.lock("write"):
            if self._generations.live() is None:
                self._switch(self._generations.create())
            taken = self._commit(documents, after=after)
            self._generations.sweep()
        return taken

    def _commit(self, documents: Sequence[Document], *, after: int) -> bool:
        with self._guard:
            searcher, opened = self._searcher(), self._open
        assert searcher is not None  # there is a live generation: the caller saw to it
        assert opened is not None
        position = _position(searcher)
        if position < after:
            return False
        _write(opened.index, _newer(searcher, documents, position=position))
        return True

    def _switch(self, generation: Path) -> None:
        _tantivy(generation)  # readers must find an index there, if an empty one
        self._generations.switch(generation)

    def clear(self) -> None:
        with self.replacement():
            pass

    @contextmanager
    def replacement(self) -> Iterator[TantivyIndex]:
        """A generation to fill; when the block ends well, the pointer moves to it. Raises LockedError beside another rebuild."""
        with self._generations.lock("rebuild", timeout=0):
            generation = self._generations.create()
            fresh = _Building(generation, aliases=self._aliases, clock=self._clock)
            try:
                yield fresh
            except BaseException:
                shutil.rmtree(generation, ignore_errors=True)  # what is left is swept later
                raise
            finally:
                fresh.close()
            with self._generations.lock("write"):
                self._switch(generation)

    def close(self) -> None:
        with self._guard:
            self._open = None


class _Building(TantivyIndex):
    """A generation before anybody reads it: one folder without a pointer."""

    def __init__(self, folder: Path, *, aliases: AliasResolver, clock: Callable[[], datetime]) -> None:
        super().__init__(folder, aliases=aliases, clock=clock)
        self._only = folder

    def _newest(self) -> tantivy.Searcher | None:
        if self._open is None:
            self._open = _Open(folder=self._only, index=_tantivy(self._only), pointer=None, meta=(0, 0))
        self._open.index.reload()
        return self._open.index.searcher()

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        return self._commit(documents, after=after)

    def status(self) -> IndexStatus:
        searcher = self._searcher()
        assert searcher is not None
        return IndexStatus(
            engine="embedded",
            documents=searcher.num_docs,
            position=_position(searcher),
            size_bytes=0,
            detail="being filled",
        )


def _translated(snapshot: Snapshot, node: Node) -> Query:
    return Translator(schema(), parse=parser().parse_query, verify=snapshot.verified).translate(node)


def _hits(snapshot: Snapshot, rows: Iterable[Row], *, node: Node, request: SearchRequest) -> Iterator[Hit]:
    """Rows as the answer shows them; only highlights need the text."""
    if not request.highlight:
        return (snapshot.hit(address, score=score) for score, address in rows)
    # Whether a figure was asked for decides, in an OR, whether the words beside it are shown.
    read = snapshot.told if asks_figures(node) else snapshot.document
    return (hit(read(address), score, node=node, request=request) for score, address in rows)


def _size(folder: Path) -> int:
    size = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # a merge in another process removes what it merged
            size += path.stat().st_size
    return size


def _meta(folder: Path) -> tuple[int, int]:
    state = os.stat(f"{folder}/meta.json")
    return state.st_ino, state.st_mtime_ns


def _tantivy(folder: Path) -> tantivy.Index:
    index = tantivy.Index(schema(), path=str(folder), reuse=True)
    tokenizer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(TOKENIZER, tokenizer)
    index.config_reader("manual")
    return index


def _position(searcher: tantivy.Searcher) -> int:
    found = searcher.search(Query.all_query(), 1, count=False, order_by_field="seq")
    return int(found.hits[0][0]) if found.hits else 0


def _newer(searcher: tantivy.Searcher, documents: Sequence[Document], *, position: int) -> list[Document]:
    """Of each document the newest version given, where it is newer than what the index holds."""
    # A version above the position is new, whatever it is a version of.
    newest = {document.id: document for document in sorted(documents, key=lambda document: document.seq)}
    return [found for found in newest.values() if found.seq > position or found.seq > _held_seq(searcher, found.id)]


def _held_seq(searcher: tantivy.Searcher, document_id: str) -> int:
    held = Query.term_query(schema(), "id", document_id)
    found = searcher.search(held, 1, count=False, order_by_field="seq")
    return int(found.hits[0][0]) if found.hits else -1


def _write(index: tantivy.Index, documents: Sequence[Document]) -> None:
    """One commit, visible here on return; merges that it caused end before the writer does."""
    if not documents:
        return
    _share_arenas()
    writer = index.writer(_WRITER_BYTES, 1)
    # A writer that was killed inside its commit leaves files that no commit names. The next one would give its own list
    # of deletions the same name, and fail on it for ever ("FileAlreadyExists").
    writer.garbage_collect_files()
    for document in documents:
        writer.delete_documents_by_term("id", document.id)
        writer.add_document(indexed(document))
    writer.commit()
    index.reload()
    writer.wait_merging_threads()


_M_ARENA_MAX = -8  # of glibc's malloc.h


@cache
def _share_arenas() -> None:
    """Keep what ended writers have freed in reach of the next one.

    Each writer starts threads of its own, glibc gives each a heap, and what was freed in one is of no use to another: over
    300,000 documents that came to 130 of 530 MB.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is not None and hasattr(libc, "mallopt"):  # musl has no such heaps
        libc.mallopt(_M_ARENA_MAX, 2)
