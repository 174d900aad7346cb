"""One question to one snapshot: which rows in which order, counts, and what is like a document.

Rows are (key, address) in the order asked for; only those on the page are unpacked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice, pairwise
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import tantivy
from tantivy import FieldType, Occur, Query

from index.common_phrases import CommonPhrases
from index.counting import bucket_starts, most_frequent, zone
from index.figures import figure_token
from index.matching import Nearness, figure_meets
from index.paging import Cursor, by_marks, given_cursor, keyed_cursor
from index.query.ast import FigureOf, Near, Value
from index.query.times import midnight, moment, seconds
from index.records import Count, Document, Hit, SearchRequest
from index.similar import enough, telling_terms
from index.tantivy_documents import (
    facet_column,
    figures_in,
    metric_column,
    parser,
    schema,
    texts_in,
    unpack,
    unpack_figures,
    unpack_hit,
    unpack_id,
)
from index.tantivy_query import ANYWHERE, any_of, valued
from zhiwen.errors import InputError
from zhiwen.times import now

Row: TypeAlias = tuple[float, tantivy.DocAddress]
Meets: TypeAlias = Callable[[tantivy.Document], bool]

_ALL_OF_A_SEGMENT = 10_000_000  # counts are exact only where no segment leaves any out


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The first rows of an order, and how many there are in all."""

    total: int
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    total: int
    rows: Sequence[Row] = ()
    cursor: str | None = None


class Ranking(Protocol):
    """An order of the documents that meet a query."""

    def first(self, count: int) -> Counted:
        """The first `count`, at least one; in one pass where the order allows it."""

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        """The first `count` behind the key and id of the cursor."""


class Snapshot:
    """What can be asked of one commit."""

    def __init__(self, searcher: tantivy.Searcher, *, phrases: CommonPhrases) -> None:
        self.searcher = searcher
        self.phrases = phrases

    def position(self) -> int:
        """The highest ingest sequence; 0 where there is no document."""
        return self._highest_seq(Query.all_query(), otherwise=0)

    def seq_of(self, id: str) -> int:
        """-1 where there is no such document."""
        return self._highest_seq(Query.term_query(schema(), "id", id), otherwise=-1)

    def _highest_seq(self, query: Query, *, otherwise: int) -> int:
        rows = self.top(query, 1, order_by_field="seq")
        return int(rows[0][0]) if rows else otherwise

    def document(self, address: tantivy.DocAddress) -> Document:
        """The document without its figures."""
        held = self.searcher.doc(address)
        return _unpacked(held)

    def told(self, address: tantivy.DocAddress) -> Document:
        """The document with its figures."""
        held = self.searcher.doc(address)
        return replace(_unpacked(held), figures=unpack_figures(held["figures"][0]))

    def hit(self, address: tantivy.DocAddress, *, score: float) -> Hit:
        """The hit without highlights."""
        return unpack_hit(self.searcher.doc(address)["shown"][0], score=score)

    def id(self, address: tantivy.DocAddress) -> str:
        return unpack_id(self.searcher.doc(address)["shown"][0])

    def total(self, query: Query) -> int:
        return self.counted(query, 1, order_by_field="seq").total  # sorting by a column spares the scores

    def top(self, query: Query, count: int, **options: Any) -> list[Row]:
        """The first rows; by score, or as `options` of tantivy's search say."""
        return list(self._search(query, count, count=False, **options).hits) if count else []

    def counted(self, query: Query, count: int, **options: Any) -> Counted:
        found = self._search(query, count, **options)
        return Counted(total=int(found.count), rows=list(found.hits))

    def _search(self, query: Query, limit: int, **options: Any) -> Any:
        # tantivy refuses a limit of 0, and makes room for the limit: no more than there are documents.
        limit = min(limit, max(self.searcher.num_docs, 1))
        return _asked(lambda: self.searcher.search(query, limit, **options))

    def verified(self, candidates: Query, leaf: Near | FigureOf) -> Query:
        """Those of the candidates that the matcher says meet `leaf`. Exact, and costs as much as there are candidates."""
        addresses = [address for _, address in self.top(candidates, self.searcher.num_docs, order_by_field="mark")]
        marks = self.searcher.fast_field_values("mark", addresses)
        meets = self._figure_of(leaf) if isinstance(leaf, FigureOf) else self._nearness_of(leaf)
        met: list[int] = []
        others: list[int] = []
        for mark, address in zip(marks, addresses, strict=True):
            (met if meets(self.searcher.doc(address)) else others).append(int(mark or 0))
        if len(others) < len(met):
            return _without(candidates, others)
        # Figures add nothing to a score, so the candidates need not be asked again for it.
        return _marked(met) if isinstance(leaf, FigureOf) else _both(candidates, _marked(met))

    @staticmethod
    def _figure_of(leaf: FigureOf) -> Meets:
        def told(held: tantivy.Document) -> bool:
            figures = figures_in(held["figures"][0])
            return any(figure_meets(leaf.condition, value, names) for value, names in figures)

        return told

    @staticmethod
    def _nearness_of(leaf: Near) -> Meets:
        near = Nearness.of(leaf)
        return lambda held: near(texts_in(held["shown"][0], held["body"][0], fields=leaf.fields))

    def high_values(self, metrics: Collection[str]) -> tuple[float, ...]:
        """The values above which one in a thousand, a hundred and ten of the documents stand that tell such a figure, falling."""
        fields = {metric: f"figure_highest.{metric_column(metric)}" for metric in metrics}
        asked = {
            metric: {"percentiles": {"field": field, "percents": [90.0, 99.0, 99.9]}}
            for metric, field in fields.items()
        }
        found = _asked(lambda: self.searcher.aggregate(Query.all_query(), asked))
        values = {value for one in found.values() for value in one["values"].values() if value is not None}
        return tuple(sorted(values, reverse=True))

    def by_id(self, id: str) -> Document | None:
        found = self.top(Query.term_query(schema(), "id", id), 1)
        return self.document(found[0][1]) if found else None


def _unpacked(held: tantivy.Document) -> Document:
    return unpack(held["shown"][0], held["payload"][0], held["body"][0])


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

    def first(self, count: int) -> Counted:
        return self.snapshot.counted(self.query, count, weight_by_field="freshness")

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        raise TypeError("relevance moves: its pages go by what was given")


@dataclass(frozen=True, slots=True, kw_only=True)
class ByNewest:
    """Equal keys stand by id. tantivy leaves them to chance, so they are put in order here."""

    snapshot: Snapshot
    query: Query

    def first(self, count: int) -> Counted:
        found = self.snapshot.counted(self.query, count + 1, order_by_field="newest")
        return Counted(total=found.total, rows=self._in_order(found.rows, count))

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        key = int(cursor.key or 0)
        equal = [(row, id) for row, id in self._group(key) if id > cursor.id]
        rows = [row for row, _ in equal][:count]
        if key == 0 or len(rows) == count:
            return rows
        query = _both(self.query, _range("newest", FieldType.Unsigned, upper_bound=key - 1))
        missing = count - len(rows)
        return rows + self._in_order(self.snapshot.top(query, missing + 1, order_by_field="newest"), missing)

    def _in_order(self, rows: Sequence[Row], count: int) -> list[Row]:
        """The first `count` of rows that are one more than that, unless they are all there are."""
        ordered: list[Row] = []
        for key, same in groupby(rows, key=lambda row: row[0]):
            run = list(same)
            if key == rows[-1][0] and len(rows) > count:  # some of this key may be cut off
                run = [row for row, _ in self._group(int(key))] if len(ordered) < count else []
            elif len(run) > 1:
                run = [row for row, _ in self._by_id(run)]
            ordered += run
        return ordered[:count]

    def _group(self, key: int) -> list[tuple[Row, str]]:
        """All rows of one key, by id."""
        query = _both(self.query, _range("newest", FieldType.Unsigned, lower_bound=key, upper_bound=key))
        return self._by_id(self.snapshot.top(query, self.snapshot.searcher.num_docs, order_by_field="newest"))

    def _by_id(self, rows: Sequence[Row]) -> list[tuple[Row, str]]:
        return sorted(((row, self.snapshot.id(row[1])) for row in rows), key=lambda found: found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ByFigure:
    """The highest value of a metric first, equal values by id.

    tantivy sorts by no column of a JSON field but aggregates over them: buckets of one document each, in the order of
    their maximum. A document lies in one segment, so what a segment cuts off is below what it keeps. (Its top_hits is
    faster, and panics at a segment in which nobody tells the metric.) The pass costs what it looks at: so only high values
    first, above `thresholds`, falling; where enough documents have one, the highest of all are among them.
    """

    snapshot: Snapshot
    query: Query
    metrics: Collection[str]
    thresholds: Sequence[float] = ()

    def first(self, count: int) -> Counted:
        ranked = self._ranked(count)
        return Counted(total=self.snapshot.total(self.query), rows=[row for row, _ in ranked])

    def behind(self, cursor: Cursor, count: int) -> list[Row]:
        wanted = count
        while True:
            ranked = self._ranked(wanted)
            rest = [row for row, id in ranked if (-row[0], id) > (-(cursor.key or 0.0), cursor.id)]
            if len(rest) >= count or len(ranked) < wanted:
                return rest[:count]
            wanted *= 4

    def _ranked(self, count: int) -> list[tuple[Row, str]]:
        """The first `count` rows with their ids."""
        query = self._high(count)
        highest: dict[int, float] = {}
        for metric in self.metrics:
            for mark, value in self._highest(query, metric, count):
                highest[mark] = max(highest.get(mark, value), value)
        if not highest:
            return []
        found = self.snapshot.top(_marked(highest), len(highest), order_by_field="mark")
        rows = [(highest[int(mark)], address) for mark, address in found]
        with_id = ((row, self.snapshot.id(row[1])) for row in rows)
        return sorted(with_id, key=lambda found: (-found[0][0], found[1]))[:count]

    def _high(self, count: int) -> Query:
        """The query, with the highest threshold that leaves enough."""
        for threshold in self.thresholds:
            tokens = [figure_token({"metric": metric}) for metric in self.metrics]
            high = any_of([valued(token, Value(low=threshold), parse=parser().parse_query) for token in tokens])
            narrowed = _both(self.query, high)
            if self.snapshot.total(narrowed) >= count:
                return narrowed
        return self.query

    def _highest(self, query: Query, metric: str, count: int) -> list[tuple[int, float]]:
        size = 4 * count  # the pass costs what matches, and hardly more for more buckets
        while True:
            values = self._most(query, metric, size)
            # Which of equal values are cut off is chance: go on until the last value is another one.
            if len(values) < size or values[-1][1] != values[count - 1][1]:
                return values
            size *= 4

    def _most(self, query: Query, metric: str, size: int) -> list[tuple[int, float]]:
        """Marks with their highest value of the metric, highest first; equal ones by chance."""
        query = _both(query, Query.term_query(schema(), "figure", figure_token({"metric": metric})))
        terms = {"field": "mark", "size": size, "segment_size": size, "order": {"highest": "desc"}}
        highest = {"max": {"field": f"figure_highest.{metric_column(metric)}"}}
        asked = {"marks": {"terms": terms, "aggs": {"highest": highest}}}
        found = _asked(lambda: self.snapshot.searcher.aggregate(query, asked))
        return [(int(bucket["key"]), bucket["highest"]["value"]) for bucket in found["marks"]["buckets"]]


def page(
    snapshot: Snapshot,
    ranking: Ranking,
    query: Query,
    request: SearchRequest,
    *,
    cursor: Cursor | None,
    relevance: bool,
) -> Page:
    if request.limit == 0:
        return Page(total=snapshot.total(query))
    if by_marks(request, relevance=relevance):
        return _page_by_marks(snapshot, ranking, request, cursor=cursor)
    if cursor is None:
        start = min(request.offset, snapshot.searcher.num_docs)
        found = ranking.first(start + request.limit + 1)
        total, rows = found.total, found.rows[start:]
    else:
        total, rows = snapshot.total(query), ranking.behind(cursor, request.limit + 1)
    shown = rows[: request.limit]
    if len(rows) <= len(shown):
        return Page(total=total, rows=shown)
    key, address = shown[-1]
    following = keyed_cursor(request, key=key, id=snapshot.id(address))
    return Page(total=total, rows=shown, cursor=following)


def _page_by_marks(snapshot: Snapshot, ranking: Ranking, request: SearchRequest, *, cursor: Cursor | None) -> Page:
    given = dict.fromkeys(cursor.given if cursor else ())
    skipped = 0 if cursor else min(request.offset, snapshot.searcher.num_docs)
    end = skipped + request.limit
    wanted = len(given) + end + 1
    while True:
        found = ranking.first(wanted)
        firsts = _first_of_each(snapshot, found.rows, given, collapse=request.collapse)
        if len(firsts) > end or len(found.rows) < wanted:
            break
        wanted *= 4
    shown = list(firsts.values())[skipped:end]
    following = given_cursor(request, [*given, *islice(firsts, end)]) if shown and len(firsts) > end else None
    return Page(total=found.total, rows=shown, cursor=following)


def _first_of_each(
    snapshot: Snapshot, rows: Sequence[Row], given: Collection[int], *, collapse: bool
) -> dict[int, Row]:
    """The first row of each mark that was not given yet, in order."""
    column = "story_mark" if collapse else "mark"
    marks = snapshot.searcher.fast_field_values(column, [address for _, address in rows])
    firsts: dict[int, Row] = {}
    for one, row in zip(marks, rows, strict=True):
        if one not in given:
            firsts.setdefault(int(one or 0), row)
    return firsts


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    facets: dict[str, tuple[Count, ...]]
    histogram: tuple[Count, ...] = ()


_SECONDS_A_DAY = 86_400


def count(snapshot: Snapshot, query: Query, request: SearchRequest) -> Counts:
    """Facets and histogram, in one pass over what matches where that can be."""
    asked = request.facet_size + 16
    aggregation = _terms(request.facets, asked)
    if request.histogram:
        offset = _offset_at(now(), zone(request.timezone))  # a guess for all of them, which _histogram checks
        days = {
            "field": "published",
            "interval": _SECONDS_A_DAY,
            "offset": -offset % _SECONDS_A_DAY,
            "min_doc_count": 1,
        }
        ends = {"first": {"min": {"field": "published"}}, "last": {"max": {"field": "published"}}}
        aggregation |= {"days": {"histogram": days}, **ends}
    if not aggregation:
        return Counts(facets={})
    found = _asked(lambda: snapshot.searcher.aggregate(query, aggregation))
    return Counts(
        facets=_facets(snapshot, query, request, found=found, wanted=request.facets, asked=asked),
        histogram=_histogram(snapshot, query, request, found=found) if request.histogram else (),
    )


def _terms(facets: Sequence[str], size: int) -> dict[str, Any]:
    terms = {"size": size, "segment_size": _ALL_OF_A_SEGMENT}
    return {facet: {"terms": {"field": facet_column(facet), **terms}} for facet in facets}


def _facets(
    snapshot: Snapshot, query: Query, request: SearchRequest, *, found: Any, wanted: Sequence[str], asked: int
) -> dict[str, tuple[Count, ...]]:
    counts: dict[str, tuple[Count, ...]] = {}
    again: list[str] = []
    for facet in wanted:
        values = {bucket["key"]: int(bucket["doc_count"]) for bucket in found[facet]["buckets"]}
        counts[facet] = most_frequent(values, request.facet_size)
        # Which of equally frequent values are cut off is chance: then more are asked for.
        if len(values) == asked and min(values.values()) == counts[facet][-1].documents:
            again.append(facet)
    if again:
        more = _asked(lambda: snapshot.searcher.aggregate(query, _terms(again, 8 * asked)))
        counts |= _facets(snapshot, query, request, found=more, wanted=again, asked=8 * asked)
    return counts


def _offset_at(moment: datetime, where: ZoneInfo) -> int:
    return round((moment.astimezone(where).utcoffset() or timedelta()).total_seconds())


def _histogram(snapshot: Snapshot, query: Query, request: SearchRequest, *, found: Any) -> tuple[Count, ...]:
    """tantivy knows days of one length only. Where the zone's clock was changed, the days are ranges, in a second pass."""
    if found["first"]["value"] is None:
        return ()
    first, last = (moment(found[end]["value"]) for end in ("first", "last"))
    starts = bucket_starts(first, last, request=request)
    where = zone(request.timezone)
    bounds = [seconds(midnight(start, where)) for start in starts]
    days = {int(bucket["key"]): int(bucket["doc_count"]) for bucket in found["days"]["buckets"]}
    moments = (*(moment(bound) for bound in bounds), last)
    if len({_offset_at(moment, where) for moment in moments}) == 1 and (bounds[0] - min(days)) % _SECONDS_A_DAY == 0:
        counted = _summed(days, bounds)
    else:
        counted = _ranges(snapshot, query, [*bounds, seconds(last) + 1])
    return tuple(
        Count(value=start.isoformat(), documents=number) for start, number in zip(starts, counted, strict=True)
    )


def _summed(days: dict[int, int], bounds: list[int]) -> list[int]:
    counted = [0] * len(bounds)
    for day, number in days.items():
        counted[bisect_right(bounds, day) - 1] += number
    return counted


def _ranges(snapshot: Snapshot, query: Query, bounds: list[int]) -> list[int]:
    ranges = [{"from": float(low), "to": float(high)} for low, high in pairwise(bounds)]
    asked = {"buckets": {"range": {"field": "published", "ranges": ranges}}}
    found = _asked(lambda: snapshot.searcher.aggregate(query, asked))["buckets"]["buckets"]
    counts = {bucket.get("from"): int(bucket["doc_count"]) for bucket in found}
    return [counts[float(low)] for low in bounds[:-1]]


def alike(snapshot: Snapshot, document: Document) -> Query:
    """What shares enough of the document's rarest terms, without itself."""
    searcher = snapshot.searcher
    terms = telling_terms(document, frequency=lambda term: searcher.doc_freq(ANYWHERE, term), held=searcher.num_docs)
    if not terms:
        return Query.empty_query()
    anywhere = [(Occur.Should, Query.term_query(schema(), ANYWHERE, term)) for term in terms]
    itself = Query.term_query(schema(), "id", document.id)
    return Query.boolean_query([(Occur.Must, Query.boolean_query(anywhere, enough(terms))), (Occur.MustNot, itself)])


_MANY = 4_096


def _marked(marks: Collection[int]) -> Query:
    """The documents of these marks. A set of terms walks the dictionary, so it is for very many only."""
    if len(marks) > _MANY:
        return Query.term_set_query(schema(), "mark", list(marks))
    return Query.boolean_query([(Occur.Should, Query.term_query(schema(), "mark", one)) for one in marks])


def _without(query: Query, marks: Collection[int]) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, _marked(marks))]) if marks else query


def _both(query: Query, condition: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(condition, 0.0))])


def _range(field: str, kind: FieldType, **bounds: Any) -> Query:
    return Query.range_query(schema(), field, kind, **bounds)
