"""Writing to a tantivy folder: documents in, visible with the commit after them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import tantivy

from index.common_phrases import CommonPhrases
from index.generations import REBUILD
from index.records import Document
from index.tantivy_documents import indexed
from zhiwen.errors import IndexError_

_BYTES = 64_000_000  # tantivy flushes a segment when it is full


class Writer:
    """The only one of `folder`, until `end`. Merges that its commits cause go on beside the batches that follow.

    What tantivy cannot write is an IndexError_, raised here or by the next call.
    """

    def __init__(self, index: tantivy.Index, *, folder: Path, phrases: CommonPhrases) -> None:
        _share_arenas()
        self._index = index
        self._folder = folder
        self._phrases = phrases
        self._behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self._committing: Future[None] | None = None
        self.pending = 0  # characters of text that no commit holds yet; of any document at least one
        with self._told():
            self._writer = index.writer(_BYTES, 1)
            # A writer that was killed inside its commit leaves files that no commit names. The next one would give its own
            # list of deletions the same name, and fail on it for ever ("FileAlreadyExists").
            self._writer.garbage_collect_files()

    def add(self, documents: Iterable[Document]) -> None:
        """Each replaces the one of its id. tantivy works on them beside us, as they come."""
        self._settle()
        for document in documents:
            made = indexed(document, phrases=self._phrases)
            with self._told():
                self._writer.delete_documents_by_term("id", document.id)
                self._writer.add_document(made)
            self.pending += max(len(document.text), 1)

    def commit(self) -> None:
        """What was added is visible on return."""
        self._settle()
        if self.pending:
            self._commit()

    def commit_behind(self) -> None:
        """As `commit`, while the caller reads on: the next call here waits for it."""
        self._settle()
        self._committing = self._behind.submit(self._commit)

    def _commit(self) -> None:
        self.pending = 0
        with self._told():
            self._writer.commit()
            self._index.reload()

    def _settle(self) -> None:
        committing, self._committing = self._committing, None
        if committing:
            committing.result()

    def end(self) -> None:
        """Wait for the merges, and let go of the folder."""
        self._behind.shutdown()
        self._writer.wait_merging_threads()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (ValueError, OSError) as error:  # tantivy's errors
            raise IndexError_(f"the index in {self._folder} cannot be written: {error}", hint=_NEXT) from error


_NEXT = f"see that its disk has room and can be written; if that is not it, {REBUILD}"


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
