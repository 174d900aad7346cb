"""What the index takes and gives: documents in, hits out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFigure:
    """A figure of the article as it can be asked for: `figure:(metric:revenue AND value:>3亿 AND period:2024)`."""

    metric: str | None
    value: float
    unit: str
    period: str | None
    subject: str | None


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
    figures: tuple[DocumentFigure, ...] = ()
    grade: str = "media"  # of its source: filing, first-hand, media, aggregator, other
    story: str = ""  # documents of one story share it: reposts with the same body, in either script; "" is none
    first_stored_at: datetime | None = None  # of the article's first version; stored_at is this version's


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """`query` in the query language; filters are ANDed with it. Dates are whole days in `timezone`, both ends included.

    sort       "relevance", "newest", or "figure:METRIC": articles that tell a figure of that metric, its highest value first.
               A request without words to weigh is answered newest first instead of by relevance
    cursor     `SearchResult.cursor` of the page before: goes on behind its last hit, without gaps or doubles under
               writes; `offset` is then ignored
    facets     fields to count: "company", "about", "person", "source", "event", "publisher", "lang", "keyword"
    facet_size the most frequent values of each facet that are given
    histogram  "day", "week" (from Monday) or "month" of publication in `timezone`, or None
    collapse   one hit a story (documents of the same `story`), the best in the order that was asked for
    only       "FACET:VALUE" conditions, e.g. "grade:filing", all of which must hold (names in one of the filters are
               ORed); the value is a name, not query language. What a click on a facet asks for
    """

    query: str
    companies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    limit: int = 20
    offset: int = 0
    sort: str = "relevance"
    highlight: bool = True
    cursor: str | None = None
    facets: tuple[str, ...] = ()
    facet_size: int = 10
    histogram: str | None = None
    timezone: str = "Asia/Shanghai"
    collapse: bool = False
    only: tuple[str, ...] = ()


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
class Count:
    """How many matching documents have `value`; for a histogram, `value` is the first day of the bucket (ISO)."""

    value: str
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """`total` counts all documents that match, exactly; `hits` are the asked-for page of them.

    facets     for each field asked for, the most frequent values first, equal ones by value
    histogram  buckets in order of time, those without documents between the first and the last included;
               documents without a date are in none
    cursor     for the next page; None where nothing follows
    suggestion a query with a company's name put right ("智普" -> "智谱"), where nothing was found and one is near
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[Count, ...]] = field(default_factory=dict)
    histogram: tuple[Count, ...] = ()
    cursor: str | None = None
    suggestion: str | None = None


def answer(result: SearchResult) -> dict[str, Any]:
    """What `zhiwen search --json` and the API say: total and hits always, the rest only where there is something."""
    optional = {
        "facets": result.facets,
        "histogram": result.histogram,
        "cursor": result.cursor,
        "suggestion": result.suggestion,
    }
    return {"total": result.total, "hits": result.hits, **{name: value for name, value in optional.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRequest:
    """Which articles (`search`: its query, filters, dates, time zone), and what is counted of them.

    by        the field whose values are counted, one that can be a facet
    compare   values of that field, in any spelling; () takes the `top` most frequent ones
    interval  "day", "week" or "month"; None: the one that gives a readable number of buckets
    """

    search: SearchRequest
    by: str = "company"
    compare: tuple[str, ...] = ()
    interval: str | None = None
    top: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Articles by bucket; `documents` is their sum (an article without a date is in no bucket)."""

    name: str
    documents: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """`buckets` are first days, without gaps; every series has a count for each of them. `all` is of the whole query."""

    by: str
    interval: str
    timezone: str
    buckets: tuple[date, ...]
    all: Series
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseRequest:
    """Which articles (`search`: query and filters; its dates are ignored), and what of them rises.

    The window is the `days` days that end with `until`; the history are the `windows` windows of that length before it.
    """

    search: SearchRequest
    until: date
    by: str = "company"
    days: int = 7
    windows: int = 8
    top: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A term of the window: `documents` now, `expected` by its own earlier share, `earlier` in all of the history.

    ratio  its share now to its share earlier; None for a new term
    """

    name: str
    documents: int
    expected: float
    earlier: int
    ratio: float | None
    score: float
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Whole days, both ends included, and the articles published on them."""

    since: date
    until: date
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rises:
    """The highest score first. Without articles in the history nothing can be said, and `terms` is empty."""

    by: str
    window: Span
    history: Span
    terms: tuple[Rise, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPlan:
    """`tree` is the query as it was understood, indented text; `sent` is what the engine gets, in its own words."""

    engine: str
    tree: str
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    engine: str
    documents: int
    position: int  # the highest ingest sequence it holds
    size_bytes: int
    detail: str
    health: str = ""  # of a server: Elasticsearch's colour and the number of its nodes
    rejected: int = 0  # documents that the engine will not take, kept with their reasons


Sample: TypeAlias = Callable[[], Iterable[Document]]  # called by engines that want one


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

    def like(self, id: str, *, limit: int = 10) -> SearchResult:
        """Documents most like the one of that id, by its rarest words; never itself. Empty for an unknown id."""

    def explain(self, request: SearchRequest) -> QueryPlan:
        """What becomes of a request: the parsed query, and what this engine is sent. Raises QueryError."""

    def clear(self) -> None:
        """Forget everything; the store fills it again."""

    def replacement(self, *, sample: Sample = tuple) -> AbstractContextManager[SearchIndex]:
        """An empty index beside this one, to fill while this one answers; it takes over when the block ends well.

        `sample`: documents from all over what it is going to hold, in whatever part of them is read, for an engine that
        prepares for them. It decides how fast an answer comes, never which.
        """

    def status(self) -> IndexStatus: ...

    def close(self) -> None: ...


@runtime_checkable
class Reversible(Protocol):
    """An engine that keeps the index before the last rebuild."""

    def rollback(self) -> str:
        """Make the one before live again, and say its name; called again, it goes forth. Raises IndexError_ without one."""


@runtime_checkable
class Refusing(Protocol):
    """An engine that refuses some documents for good, and keeps why."""

    def rejected(self) -> Sequence[tuple[str, str]]:
        """URL and reason of each, newest first."""
