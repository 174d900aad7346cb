"""The embedded index: tantivy, in a folder, for any number of reader processes beside one writer at a time.

Documents are given to tantivy as tokens (index/tokens.py) joined by spaces, with the document itself as a stored
payload, so highlights are cut by our own matcher. A batch is one commit; kill -9 leaves the last commit. The position
is the highest `seq` in the index itself, so index and bookkeeping cannot disagree.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import RLock

import tantivy
from tantivy import Query

from index.aliases import AliasResolver, as_written
from index.common_phrases import CommonPhrases, learn
from index.generations import REBUILD, Generations
from index.memory import hit
from index.paging import read_cursor
from index.query.ast import Node
from index.query.plan import asks_figures, by_relevance, plan, sorted_metrics
from index.query.tree import tree
from index.records import Document, Hit, IndexStatus, QueryPlan, Sample, SearchRequest, SearchResult
from index.suggest import suggestion
from index.tantivy_documents import SCHEMA_VERSION, parser, schema, tokens_of, with_tokens
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
from index.tantivy_writer import Writer
from index.tokens import ANALYSIS_VERSION
from zhiwen.errors import IndexError_
from zhiwen.times import now

_METRICS_KEPT = 100  # whose high values are known
_PENDING_CHARACTERS = 1_500_000  # that wait for tantivy at most, each with some thirty bytes
_PHRASES = "phrases.json"  # in the folder of a generation


def _stamp() -> dict[str, str | int]:
    return {"schema": SCHEMA_VERSION, "analysis": ANALYSIS_VERSION, "tantivy": version("tantivy")}


@dataclass(slots=True)
class _Open:
    """A generation as it is open in this process, and what it looked like when it was last reloaded."""

    folder: Path
    index: tantivy.Index
    phrases: CommonPhrases
    pointer: tuple[int, int] | None
    meta: tuple[int, int]

    def snapshot(self) -> Snapshot:
        return Snapshot(self.index.searcher(), phrases=self.phrases)

    def learn(self, sample: Iterable[Document]) -> None:
        """The phrases that are common among these documents, for an index that holds none yet."""
        if not self.phrases:
            self.phrases = learn(map(tokens_of, sample))
            if self.phrases:
                self.phrases.write(self.folder / _PHRASES)

    def reload(self) -> None:
        """Phrases are learned before the first commit, and then stay as they are."""
        self.index.reload()
        self.phrases = self.phrases or CommonPhrases.read(self.folder / _PHRASES)


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

    def _snapshot(self) -> Snapshot | None:
        """That of the newest commit, whoever made it; None where nothing was ever indexed."""
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

    def _newest(self) -> Snapshot | None:
        pointer = self._generations.signature()
        if self._open is None or self._open.pointer != pointer:
            live = self._generations.live()
            self._open = None if live is None else self._checked(live, pointer)
        if self._open is None:
            return None
        meta = _meta(self._open.folder)
        if meta != self._open.meta:  # two stat calls a query are cheaper than a watcher thread, and never late
            self._open.reload()
            self._open.meta = meta
        return self._open.snapshot()

    def _checked(self, folder: Path, pointer: tuple[int, int] | None) -> _Open:
        self._generations.check(folder)
        meta = _meta(folder)
        return _opened(folder, pointer=pointer, meta=meta)

    def position(self) -> int:
        snapshot = self._snapshot()
        return 0 if snapshot is None else snapshot.position()

    def search(self, request: SearchRequest) -> SearchResult:
        node = plan(request, aliases=self._aliases, now=self._clock())
        cursor = read_cursor(request)
        snapshot = self._snapshot()
        if snapshot is None:
            return SearchResult(total=0, hits=(), facets=dict.fromkeys(request.facets, ()))
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
        snapshot = self._snapshot()
        node = plan(request, aliases=self._aliases, now=self._clock())
        return snapshot.total(_translated(snapshot, node)) if snapshot else 0

    def like(self, id: str, *, limit: int = 10) -> SearchResult:
        snapshot = self._snapshot()
        document = snapshot.by_id(id) if snapshot else None
        if snapshot is None or document is None:
            return SearchResult(total=0, hits=())
        query = alike(snapshot, document)
        hits = (snapshot.hit(address, score=score) for score, address in snapshot.top(query, limit))
        return SearchResult(total=snapshot.total(query), hits=tuple(hits))

    def explain(self, request: SearchRequest) -> QueryPlan:
        node = plan(request, aliases=self._aliases, now=self._clock())
        snapshot = self._snapshot()
        sent = "nothing: nothing is indexed yet"
        if snapshot:
            sent = snapshot.phrases.spelled(readable(_translated(snapshot, node)))
        return QueryPlan(engine="embedded", tree=tree(node), sent=sent)

    def status(self) -> IndexStatus:
        snapshot = self._snapshot()
        live = self._generations.live()
        if live is None or snapshot is None:
            return IndexStatus(engine="embedded", documents=0, position=0, size_bytes=0, detail="nothing indexed yet")
        return IndexStatus(
            engine="embedded",
            documents=snapshot.searcher.num_docs,
            position=snapshot.position(),
            size_bytes=_size(live),
            detail=f"{live}, {len(snapshot.phrases)} phrases by themselves, {snapshot.searcher.num_segments} segments",
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
            position, opened = self.position(), self._open
        assert opened is not None  # there is a live generation: the caller saw to it
        if position < after:
            return False
        if newer := _newer(documents, position=position, seq_of=self._seq_of):
            if position == 0:
                opened.learn(_spread(newer))
            self._write(opened, newer)
        return True

    def _seq_of(self, id: str) -> int:
        snapshot = self._snapshot()
        return -1 if snapshot is None else snapshot.seq_of(id)

    def _write(self, opened: _Open, documents: Sequence[Document]) -> None:
        writer = Writer(opened.index, folder=opened.folder, phrases=opened.phrases)
        writer.add(documents)
        writer.commit()
        writer.end()

    def _switch(self, generation: Path) -> None:
        _tantivy(generation)  # readers must find an index there, if an empty one
        self._generations.switch(generation)

    def clear(self) -> None:
        with self.replacement():
            pass

    @contextmanager
    def replacement(self, *, sample: Sample = tuple) -> Iterator[TantivyIndex]:
        """A generation to fill; when the block ends well, the pointer moves to it. Raises LockedError beside another rebuild."""
        with self._generations.lock("rebuild", timeout=0):
            generation = self._generations.create()
            fresh = _Building(generation, sample=sample(), aliases=self._aliases, clock=self._clock)
            try:
                yield fresh
                fresh.finish()
            except BaseException:
                fresh.close()
                shutil.rmtree(generation, ignore_errors=True)  # what is left is swept later
                raise
            with self._generations.lock("write"):
                self._switch(generation)

    def close(self) -> None:
        with self._guard:
            self._open = None


class _Building(TantivyIndex):
    """A generation before anybody reads it: one folder without a pointer, and one writer until it is closed.

    Nobody waits for a batch to be visible, so many are one commit: tantivy goes on with one while the next is made ready.
    """

    def __init__(
        self, folder: Path, *, sample: Iterable[Document], aliases: AliasResolver, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(folder, aliases=aliases, clock=clock)
        self._open = self._only = _opened(folder, pointer=None, meta=(0, 0))
        self._only.learn(sample)
        self._position = 0
        self._writer: Writer | None = None

    def _newest(self) -> Snapshot:
        self._flush()
        return self._only.snapshot()

    def finish(self) -> None:
        """All that was given is in the folder, for whoever opens it next."""
        self._flush()
        self.close()

    def _flush(self) -> None:
        if self._writer:
            self._writer.commit()

    def position(self) -> int:
        return self._position

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        return self._commit(documents, after=after)

    def _write(self, opened: _Open, documents: Sequence[Document]) -> None:
        self._writer = self._writer or Writer(opened.index, folder=opened.folder, phrases=opened.phrases)
        self._writer.add(documents)
        self._position = max(self._position, *(document.seq for document in documents))
        if self._writer.pending > _PENDING_CHARACTERS:
            self._writer.commit_behind()

    def status(self) -> IndexStatus:
        documents = self._newest().searcher.num_docs
        return IndexStatus(
            engine="embedded", documents=documents, position=self._position, size_bytes=0, detail="being filled"
        )

    def close(self) -> None:
        """What was not committed is lost; nothing writes to the folder any more."""
        writer, self._writer = self._writer, None
        if writer:
            writer.end()
        super().close()


def _translated(snapshot: Snapshot, node: Node) -> Query:
    translator = Translator(schema(), phrases=snapshot.phrases, parse=parser().parse_query, verify=snapshot.verified)
    return translator.translate(node)


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


def _opened(folder: Path, *, pointer: tuple[int, int] | None, meta: tuple[int, int]) -> _Open:
    phrases = CommonPhrases.read(folder / _PHRASES)
    return _Open(folder=folder, index=_tantivy(folder), phrases=phrases, pointer=pointer, meta=meta)


def _tantivy(folder: Path) -> tantivy.Index:
    index = with_tokens(tantivy.Index(schema(), path=str(folder), reuse=True))
    index.config_reader("manual")
    return index


def _spread(documents: Sequence[Document]) -> Iterator[Document]:
    """All of them, from all over in whatever part of them is read."""
    step = round(len(documents) ** 0.5) or 1
    return (document for start in range(step) for document in documents[start::step])


def _newer(documents: Sequence[Document], *, position: int, seq_of: Callable[[str], int]) -> list[Document]:
    """Of each document the newest version given, where it is newer than what the index holds."""
    # A version above the position is new, whatever it is a version of.
    newest = {document.id: document for document in sorted(documents, key=lambda document: document.seq)}
    return [found for found in newest.values() if found.seq > position or found.seq > seq_of(found.id)]
