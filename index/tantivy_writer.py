"""Writing to a tantivy folder: documents in, visible with the commit after them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from functools import cache

import tantivy

from index.common_phrases import CommonPhrases
from index.records import Document
from index.tantivy_documents import indexed

_BYTES = 64_000_000  # tantivy flushes a segment when it is full


class Writer:
    """The only one of its folder, until `end`. Merges that its commits cause go on beside the batches that follow."""

    def __init__(self, index: tantivy.Index, *, phrases: CommonPhrases) -> None:
        _share_arenas()
        self._index = index
        self._phrases = phrases
        self._writer = index.writer(_BYTES, 1)
        # A writer that was killed inside its commit leaves files that no commit names. The next one would give its own list
        # of deletions the same name, and fail on it for ever ("FileAlreadyExists").
        self._writer.garbage_collect_files()

    def add(self, documents: Iterable[Document]) -> None:
        """Each replaces the one of its id. tantivy works on them beside us, as they come."""
        for document in documents:
            self._writer.delete_documents_by_term("id", document.id)
            self._writer.add_document(indexed(document, phrases=self._phrases))

    def commit(self) -> None:
        """What was added is visible on return."""
        self._writer.commit()
        self._index.reload()

    def end(self) -> None:
        """Wait for the merges, and let go of the folder."""
        self._writer.wait_merging_threads()


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
