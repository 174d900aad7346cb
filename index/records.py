"""What the index takes and gives: documents in, hits out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A stored article as the index keeps it. `seq` orders versions: a lower one never replaces a higher one.

    text is what a reader sees (the page's own script, after repair): highlights are cut from it.
    """

    id: str
    seq: int
    version: int
    url: str
    title: str
    text: str
    source: str
    author: str | None
    publisher: str | None
    published_at: datetime | None
    stored_at: datetime
    language: str
    mirror: bool
    companies: tuple[str, ...]  # canonical names mentioned
    about: tuple[str, ...]
    people: tuple[str, ...]
    events: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """`query` in the query language; filters are ANDed with it. Dates are whole days in China, both ends included."""

    query: str
    companies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int = 20
    offset: int = 0
    sort: str = "relevance"  # or "newest"; a request without words to weigh is answered newest first either way
    highlight: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A passage of the title or the text, with the matched spans as (start, end) in `passage`."""

    field: str  # "title" or "text"
    passage: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    id: str
    url: str
    title: str
    source: str
    published_at: datetime | None
    score: float
    companies: tuple[str, ...]
    events: tuple[str, ...]
    highlights: tuple[Highlight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """`total` counts all documents that match, exactly; `hits` are the asked-for page of them."""

    total: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    engine: str
    documents: int
    position: int  # the highest ingest sequence it holds
    size_bytes: int
    detail: str


class SearchIndex(Protocol):
    """What every engine does. One contract suite (tests/index/test_contract.py) runs over all of them."""

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        """Make `documents` searchable before returning. A document not newer (by seq) than the one held is ignored.

        `after` is the position the caller went by: if the index does not reach it any more (it was cleared or replaced
        meanwhile), nothing is written and the answer is False. Without that, `position` would hide the gap.
        Only index.sync calls this. Raises LockedError where another process goes on writing.
        """

    def position(self) -> int:
        """The highest ingest sequence applied; 0 for an empty index. After a crash it is that of the last commit."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Raises QueryError for a query that does not parse."""

    def clear(self) -> None:
        """Forget everything; the store fills it again."""

    def replacement(self) -> AbstractContextManager[SearchIndex]:
        """An empty index beside this one, to fill while this one answers; it takes over when the block ends well."""

    def status(self) -> IndexStatus: ...

    def close(self) -> None: ...
