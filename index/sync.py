"""Bringing an index up to the store: position ─ newest_since ─▶ StoredArticle ─ document ─▶ apply, batch by batch.

The only way documents get into an index. The store is the truth and the index lags behind it by its own position, so a
crash, a locked index or a dead server costs time and loses nothing: the next catch_up goes on where the last commit was.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from index.documents import document
from index.records import Document, SearchIndex
from store.records import StoredArticle

BATCH = 500  # a commit costs about as much as tokenising a hundred articles
_READ = 250  # articles read at once: with its names and figures each is some ten times its text
_SAMPLED_PARTS = 20  # of the store, as much of each
_MOST_CHARACTERS = 2_000_000  # of text in a batch: articles may be long, and a batch stays in memory


class VersionSource(Protocol):
    """What the index needs from the store."""

    def latest_seq(self) -> int:
        """The last sequence there is; 0 for an empty store."""

    def newest_since(self, seq: int, limit: int) -> Sequence[StoredArticle]:
        """Versions with a sequence above `seq` that are still the newest of their article, by sequence, at most `limit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    applied: int  # documents handed to the index
    position: int  # of the index, afterwards


def _silent(applied: int) -> None:
    """Nobody listens."""


_NO_GRADES: Mapping[str, str] = MappingProxyType({})


def catch_up(
    index: SearchIndex,
    source: VersionSource,
    *,
    grades: Mapping[str, str] = _NO_GRADES,
    batch: int = BATCH,
    on_progress: Callable[[int], None] = _silent,
) -> SyncReport:
    """Apply what the store has above the index's position. `on_progress` hears the number of documents so far.

    `grades` of sources by id; a source that is not there counts as "media".
    """
    position, applied = index.position(), 0
    while documents := _next(source, position, grades=grades, at_most=batch):
        if not index.apply(documents, after=position):
            position = index.position()  # cleared or replaced by somebody: go by what it holds now
            continue
        applied += len(documents)
        position = documents[-1].seq
        on_progress(applied)
    return SyncReport(applied=applied, position=position)


def _next(source: VersionSource, position: int, *, grades: Mapping[str, str], at_most: int) -> list[Document]:
    """What comes after `position`, by sequence: as many as there are, unless they are too many or too long."""
    newest: dict[str, Document] = {}
    characters = 0
    while len(newest) < at_most and characters < _MOST_CHARACTERS:
        wanted = min(_READ, at_most - len(newest))
        versions = source.newest_since(position, wanted)
        for stored in versions:
            newest.pop(stored.id, None)  # replaced between two reads: the later version stands in its own place
            newest[stored.id] = read = document(stored, grade=grades.get(stored.article.source, "media"))
            characters += len(read.text)
        if len(versions) < wanted:
            break
        position = versions[-1].seq
    return list(newest.values())


def rebuild(
    index: SearchIndex,
    source: VersionSource,
    *,
    grades: Mapping[str, str] = _NO_GRADES,
    batch: int = 5 * BATCH,
    on_progress: Callable[[int], None] = _silent,
) -> SyncReport:
    """Fill a replacement from the store while `index` answers, let it take over, and bring in what came meanwhile."""
    with _garbage_of_its_own(), index.replacement(sample=lambda: _sample(source)) as fresh:
        filled = catch_up(fresh, source, grades=grades, batch=batch, on_progress=on_progress)
    rest = catch_up(index, source, grades=grades, batch=batch, on_progress=on_progress)
    return SyncReport(applied=filled.applied + rest.applied, position=rest.position)


def _sample(source: VersionSource) -> Iterator[Document]:
    """All articles, first a few of each part of the store, then more of each, and so on."""
    last = source.latest_seq()
    ends = [last * part // _SAMPLED_PARTS for part in range(1, _SAMPLED_PARTS + 1)]
    read = [0, *ends[:-1]]
    wanted = 3
    while any(reached < end for reached, end in zip(read, ends, strict=True)):
        for part, end in enumerate(ends):
            if read[part] == end:
                continue
            found = [stored for stored in source.newest_since(read[part], wanted) if stored.seq <= end]
            yield from (document(stored, grade="media") for stored in found)
            read[part] = found[-1].seq if len(found) == wanted else end
        wanted *= 2


@contextmanager
def _garbage_of_its_own() -> Iterator[None]:
    """Collect what comes and goes meanwhile, without looking through all that was there before: a tenth of the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
