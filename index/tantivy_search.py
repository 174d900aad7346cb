"""One question to one snapshot: which rows in which order, counts, and what is like a document.

Rows are (key, address) in the order asked for; only those on the page are unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import tantivy
from tantivy import FieldType, Occur, Query

from index.counting import bucket_starts, most_frequent, zone
from index.figures import figure_token
from index.matching import Subject, evaluate
from index.memory import TITLE_WEIGHT
from index.paging import Cursor, by_marks, given_cursor, keyed_cursor
from index.query.ast import Node
from index.query.times import midnight
from index.records import Count, Document, SearchRequest
from index.similar import enough, telling_terms
from index.tantivy_documents import facet_column, metric_column, schema, unpack
from index.tantivy_query import seconds
from zhiwen.errors import InputError

Row: TypeAlias = tuple[float, tantivy.DocAddress]

_ALL_OF_A_SEGMENT = 10_000_000  # counts are exact only where no segment leaves any out


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: Sequence[Row]
    cursor: str | None = None


class Ranking(Protocol):
    """An order of the documents that meet a query."""

    def rows(self, count: int) -> list[Row]:
        """The first `count`, or all there are."""

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        """The first `count` behind the key and id of the cursor."""


class Snapshot:
    """What can be asked of one commit."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher = searcher

    def document(self, address: tantivy.DocAddress) -> Document:
        return unpack(self.searcher.doc(address)["payload"][0])

    def total(self, query: Query) -> int:
        return int(_asked(lambda: self.searcher.search(query, 1)).count)

    def top(self, query: Query, count: int, **options: Any) -> list[Row]:
        # tantivy refuses a limit of 0, and makes room for the limit: no more than there are documents.
        count = min(count, max(self.searcher.num_docs, 1))
        return list(_asked(lambda: self.searcher.search(query, count, count=False, **options)).hits) if count else []

    def verified(self, candidates: Query, leaf: Node) -> Query:
        """Those of the candidates that the matcher says meet `leaf`. Exact, and costs as much as there are candidates."""
        found = (self.document(address) for _, address in self.top(candidates, self.searcher.num_docs))
        met = [document.id for document in found if evaluate(leaf, Subject(document)) is not None]
        exact = Query.const_score_query(Query.term_set_query(schema(), "id", met), 0.0)
        return Query.boolean_query([(Occur.Must, candidates), (Occur.Must, exact)])

    def by_id(self, id: str) -> Document | None:
        found = self.top(Query.term_query(schema(), "id", id), 1)
        return self.document(found[0][1]) if found else None


def _asked(search: Callable[[], Any]) -> Any:
    try:
        return search()
    except ValueError as error:
        raise InputError(
            f"the query is too general: {error}", hint="put a longer word before *, or more words"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRelevance:
    snapshot: Snapshot
    query: Query

    def rows(self, count: int) -> list[Row]:
        return self.snapshot.top(self.query, count, weight_by_field="freshness")

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        raise TypeError("relevance moves: its pages go by what was given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNewest:
    snapshot: Snapshot
    query: Query

    def rows(self, count: int) -> list[Row]:
        return self._settled(self.query, count)

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        key = int(cursor.key or 0)
        equal = [(row, id) for row, id in self._group(key) if id > cursor.id]
        rows = [row for row, _ in equal][:count]
        if key == 0 or len(rows) == count:
            return rows
        before = _range("newest", FieldType.Unsigned, upper_bound=key - 1)
        return rows + self._settled(_both(self.query, before), count - len(rows))

    def _settled(self, query: Query, count: int) -> list[Row]:
        """The first rows with equal keys by id, which tantivy leaves to chance: so the last key's rows are all looked at."""
        rows = self.snapshot.top(query, count + 1, order_by_field="newest")
        if not any(one[0] == other[0] for one, other in pairwise(rows)):
            return rows[:count]
        settled: list[Row] = []
        for key in dict.fromkeys(key for key, _ in rows):
            same = [row for row in rows if row[0] == key]
            alone = len(same) == 1 and key != rows[-1][0]
            settled += same if alone else [row for row, _ in self._group(int(key))]
        return settled[:count]

    def _group(self, key: int) -> list[tuple[Row, str]]:
        """All rows of one key, by id."""
        query = _both(self.query, _range("newest", FieldType.Unsigned, lower_bound=key, upper_bound=key))
        rows = self.snapshot.top(query, self.snapshot.searcher.num_docs, order_by_field="newest")
        with_id = [(row, self.snapshot.document(row[1]).id) for row in rows]
        return sorted(with_id, key=lambda found: found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ByFigure:
    """The highest value of a metric first. tantivy sorts by no multi-valued column, so it is an aggregation over ids."""

    snapshot: Snapshot
    query: Query
    metrics: Collection[str]

    def rows(self, count: int) -> list[Row]:
        return self._addressed(self._ranked(count))

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        wanted = count
        while True:
            ranked = self._ranked(wanted)
            rest = [found for found in ranked if (-found[0], found[1]) > (-(cursor.key or 0.0), cursor.id)]
            if len(rest) >= count or len(ranked) < wanted:
                return self._addressed(rest[:count])
            wanted *= 4

    def _ranked(self, count: int) -> list[tuple[float, str]]:
        """(value, id) of the first `count`, equal values by id."""
        highest: dict[str, float] = {}
        for metric in self.metrics:
            for id, value in self._highest(metric, count):
                highest[id] = max(highest.get(id, value), value)
        ranked = sorted(((value, id) for id, value in highest.items()), key=lambda found: (-found[0], found[1]))
        return ranked[:count]

    def _highest(self, metric: str, count: int) -> list[tuple[str, float]]:
        size = count
        while True:
            values = self._most(metric, size)
            # Which of equal values are cut off is chance: go on until the last value is another one.
            if len(values) < size or values[-1][1] != values[count - 1][1]:
                return values
            size *= 4

    def _most(self, metric: str, size: int) -> list[tuple[str, float]]:
        """Ids with their highest value of the metric, highest first; equal ones, and which of them are cut off, by chance."""
        query = _both(self.query, Query.term_query(schema(), "figure", figure_token({"metric": metric})))
        terms = {"field": "id", "size": size, "segment_size": _ALL_OF_A_SEGMENT, "order": {"highest": "desc"}}
        highest = {"max": {"field": f"figure_highest.{metric_column(metric)}"}}
        asked = {"ids": {"terms": terms, "aggs": {"highest": highest}}}
        found = _asked(lambda: self.snapshot.searcher.aggregate(query, asked))
        return [(bucket["key"], bucket["highest"]["value"]) for bucket in found["ids"]["buckets"]]

    def _addressed(self, ranked: list[tuple[float, str]]) -> list[Row]:
        if not ranked:
            return []
        query = Query.term_set_query(schema(), "id", [id for _, id in ranked])
        addresses: dict[Any, tantivy.DocAddress] = dict(self.snapshot.top(query, len(ranked), order_by_field="id"))
        return [(value, addresses[id]) for value, id in ranked]


def page(
    snapshot: Snapshot, ranking: Ranking, request: SearchRequest, *, cursor: Cursor | None, relevance: bool, total: int
) -> Page:
    if request.limit == 0 or total == 0:
        return Page(rows=())
    if by_marks(request, relevance=relevance):
        return _page_by_marks(snapshot, ranking, request, cursor=cursor)
    if cursor is None:
        start = min(request.offset, total)
        rows = ranking.rows(start + request.limit + 1)[start:] if start < total else []
    else:
        rows = ranking.behind(cursor, request.limit + 1)
    shown = rows[: request.limit]
    if len(rows) <= len(shown):
        return Page(rows=shown)
    key, address = shown[-1]
    return Page(rows=shown, cursor=keyed_cursor(request, key=key, id=snapshot.document(address).id))


def _page_by_marks(snapshot: Snapshot, ranking: Ranking, request: SearchRequest, *, cursor: Cursor | None) -> Page:
    given = dict.fromkeys(cursor.given if cursor else ())
    skipped = 0 if cursor else min(request.offset, snapshot.searcher.num_docs)
    firsts = _first_of_each(snapshot, ranking, given, count=skipped + request.limit + 1, collapse=request.collapse)
    marks, rows = list(firsts), list(firsts.values())
    end = skipped + request.limit
    shown = rows[skipped:end]
    more = shown and len(rows) > end
    return Page(rows=shown, cursor=given_cursor(request, [*given, *marks[:end]]) if more else None)


def _first_of_each(
    snapshot: Snapshot, ranking: Ranking, given: Collection[int], *, count: int, collapse: bool
) -> dict[int, Row]:
    """The first `count` rows whose mark was not given yet, one a mark."""
    column = "story_mark" if collapse else "mark"
    wanted = len(given) + count
    while True:
        rows = ranking.rows(wanted)
        marks = snapshot.searcher.fast_field_values(column, [address for _, address in rows])
        firsts: dict[int, Row] = {}
        for one, row in zip(marks, rows, strict=True):
            if one not in given:
                firsts.setdefault(int(one or 0), row)
        if len(firsts) >= count or len(rows) < wanted:
            return dict(list(firsts.items())[:count])
        wanted *= 4


def facets(snapshot: Snapshot, query: Query, request: SearchRequest) -> dict[str, tuple[Count, ...]]:
    return _facets(snapshot, query, request.facets, size=request.facet_size, asked=request.facet_size + 16)


def _facets(
    snapshot: Snapshot, query: Query, wanted: Sequence[str], *, size: int, asked: int
) -> dict[str, tuple[Count, ...]]:
    if not wanted:
        return {}
    terms = {"size": asked, "segment_size": _ALL_OF_A_SEGMENT}
    aggregation = {facet: {"terms": {"field": facet_column(facet), **terms}} for facet in wanted}
    found = _asked(lambda: snapshot.searcher.aggregate(query, aggregation))
    counts: dict[str, tuple[Count, ...]] = {}
    again: list[str] = []
    for facet in wanted:
        values = {bucket["key"]: int(bucket["doc_count"]) for bucket in found[facet]["buckets"]}
        counts[facet] = most_frequent(values, size)
        # Which of equally frequent values are cut off is chance: then more are asked for.
        if len(values) == asked and min(values.values()) == counts[facet][-1].documents:
            again.append(facet)
    return counts | _facets(snapshot, query, again, size=size, asked=8 * asked)


def date_histogram(snapshot: Snapshot, query: Query, request: SearchRequest) -> tuple[Count, ...]:
    """tantivy knows intervals of fixed length only; days, weeks and months of a time zone are ranges."""
    if request.histogram is None:
        return ()
    ends = {"first": {"min": {"field": "published"}}, "last": {"max": {"field": "published"}}}
    found = _asked(lambda: snapshot.searcher.aggregate(query, ends))
    if found["first"]["value"] is None:
        return ()
    first, last = (_moment(found[end]["value"]) for end in ("first", "last"))
    starts = bucket_starts(first, last, request=request)
    bounds = [seconds(midnight(start, zone(request.timezone))) for start in starts]
    counted = _ranges(snapshot, query, [*bounds, seconds(last) + 1])
    return tuple(Count(value=start.isoformat(), documents=count) for start, count in zip(starts, counted, strict=True))


def _ranges(snapshot: Snapshot, query: Query, bounds: list[int]) -> list[int]:
    ranges = [{"from": float(low), "to": float(high)} for low, high in pairwise(bounds)]
    asked = {"buckets": {"range": {"field": "published", "ranges": ranges}}}
    found = _asked(lambda: snapshot.searcher.aggregate(query, asked))["buckets"]["buckets"]
    counts = {bucket.get("from"): int(bucket["doc_count"]) for bucket in found}
    return [counts[float(low)] for low in bounds[:-1]]


def _moment(value: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(value))


def alike(snapshot: Snapshot, document: Document) -> Query:
    """What shares enough of the document's rarest terms, without itself."""
    searcher = snapshot.searcher

    def frequency(term: str) -> int:
        return max(searcher.doc_freq("text", term), searcher.doc_freq("title", term))

    terms = telling_terms(document, frequency=frequency, held=searcher.num_docs)
    if not terms:
        return Query.empty_query()
    shares = Query.boolean_query([(Occur.Should, _anywhere(term)) for term in terms], enough(terms))
    itself = Query.term_query(schema(), "id", document.id)
    return Query.boolean_query([(Occur.Must, shares), (Occur.MustNot, itself)])


def _anywhere(term: str) -> Query:
    title = Query.boost_query(Query.term_query(schema(), "title", term), TITLE_WEIGHT)
    return Query.disjunction_max_query([title, Query.term_query(schema(), "text", term)])


def _both(query: Query, condition: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(condition, 0.0))])


def _range(field: str, kind: FieldType, **bounds: Any) -> Query:
    return Query.range_query(schema(), field, kind, **bounds)
