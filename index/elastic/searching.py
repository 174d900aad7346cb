"""One question to Elasticsearch: the body that is sent, pages of it, counts, and what is like a document.

Rows come in the order asked for, equal ones by id; a page is read with `search_after`, so its depth costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from index.counting import bucket_starts
from index.elastic.documents import document_of
from index.elastic.query import Json, translate
from index.memory import TITLE_WEIGHT
from index.paging import MAX_GIVEN, Cursor, given_cursor, keyed_cursor, mark_of
from index.query.ast import Node
from index.query.plan import asks_figures
from index.query.times import moment
from index.records import Count, Document, SearchRequest
from index.similar import enough
from zhiwen.errors import InputError

WINDOW = 10_000  # rows of one answer (index.max_result_window), from the first that is counted
_CHUNK = 1_000  # rows of one answer that carry documents
_MANY_VALUES = 60_000  # values of a facet that a shard of several sends; counts are exact as long as it has no more

Send = Callable[[Json], Mapping[str, Any]]  # a search body to its answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    document: Document
    score: float
    sort: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request as Elasticsearch is asked it. `metrics`: sort by their highest figure (folded names)."""

    request: SearchRequest
    node: Node
    relevance: bool
    metrics: tuple[str, ...] = ()
    shards: int = 1

    def body(self) -> Json:
        """What does not depend on the page."""
        query = translate(self.node)
        if self.relevance:
            query = {
                "function_score": {
                    "query": query,
                    "field_value_factor": {"field": "freshness", "missing": 1.0},
                    "boost_mode": "multiply",
                }
            }
        body: Json = {"query": query, "sort": [self._order(), {"id": "asc"}], "track_total_hits": True}
        if self.relevance:
            body["track_scores"] = True
        if counted := self._counted():
            body["aggs"] = counted
        if unread := self._unread():
            body["_source"] = {"excludes": unread}
        return body

    def _unread(self) -> list[str]:
        """Fields of a document that no hit of this question needs."""
        if not self.request.highlight:
            return ["text", "figures"]
        return [] if asks_figures(self.node) else ["figures"]

    def _order(self) -> Json:
        if self.metrics:
            of_metric = {"terms": {"figures.metric": list(self.metrics)}}
            nested = {"path": "figures", "filter": of_metric}
            return {"figures.value": {"order": "desc", "mode": "max", "nested": nested}}
        return {"_score": "desc"} if self.relevance else {"newest": "desc"}

    def _counted(self) -> Json:
        size = self.request.facet_size
        enough_values = {"shard_size": max(size, _MANY_VALUES)} if self.shards > 1 else {}
        order = [{"_count": "desc"}, {"_key": "asc"}]
        aggregations: Json = {
            facet: {"terms": {"field": facet, "size": size, "order": order, **enough_values}}
            for facet in self.request.facets
        }
        if self.request.histogram:
            days = {
                "field": "published_at",
                "calendar_interval": self.request.histogram,
                "time_zone": self.request.timezone,
                "format": "yyyy-MM-dd",
                "min_doc_count": 1,
            }
            aggregations["days"] = {"date_histogram": days}
            aggregations |= ends()
        return aggregations


def ends() -> Json:
    """The first and the last publication, in seconds."""
    return {"first": {"min": {"field": "published"}}, "last": {"max": {"field": "published"}}}


@dataclass(slots=True)
class Answer:
    total: int = 0
    rows: list[Row] = field(default_factory=list)
    cursor: str | None = None
    aggregations: Mapping[str, Any] = field(default_factory=dict)


def page(question: Question, send: Send, *, cursor: Cursor | None, by_marks: bool) -> Answer:
    request = question.request
    if request.limit == 0:
        return _first(send({**question.body(), "size": 0}))
    if by_marks:
        return _page_by_marks(question, send, cursor=cursor)
    wanted = request.limit + 1
    if cursor is None:
        answer = _read(question.body(), send, start=request.offset, wanted=wanted)
    else:
        answer = _read({**question.body(), "search_after": [cursor.key, cursor.id]}, send, start=0, wanted=wanted)
    if len(answer.rows) == wanted:
        answer.rows.pop()
        last = answer.rows[-1]
        answer.cursor = keyed_cursor(request, key=last.sort[0], id=last.document.id)
    return answer


def _read(body: Json, send: Send, *, start: int, wanted: int) -> Answer:
    """`wanted` rows from the `start`-th on; in one answer where the server gives that many."""
    at_most = WINDOW if "collapse" in body else _CHUNK  # `search_after` does not go with stories
    size = min(wanted, at_most)
    if start + size <= WINDOW:
        found = send({**body, "from": start, "size": size} if start else {**body, "size": size})
        answer = _first(found)
    else:
        answer = _first(send({**body, "size": 0}))
        after = _skipped(body, send, start) if start < answer.total else None
        if after is None:
            return answer
        answer.rows = _rows(send(_following(body, after, size)))
    while answer.rows and "collapse" not in body and len(answer.rows) < wanted and len(answer.rows) % size == 0:
        more = _rows(send(_following(body, answer.rows[-1].sort, min(wanted - len(answer.rows), size))))
        if not more:
            break
        answer.rows += more
    return answer


def _following(body: Json, after: list[Any], size: int) -> Json:
    return {**body, "aggs": {}, "track_total_hits": False, "search_after": after, "size": size}


def _skipped(body: Json, send: Send, count: int) -> list[Any] | None:
    """The sort values of the `count`-th row; None where there are fewer."""
    bare = {**body, "aggs": {}, "track_total_hits": False, "_source": False}
    after: list[Any] | None = None
    while count:
        size = min(count, WINDOW)
        hits = send({**bare, "size": size, **({"search_after": after} if after else {})})["hits"]["hits"]
        if len(hits) < size:
            return None
        after, count = hits[-1]["sort"], count - size
    return after


def _page_by_marks(question: Question, send: Send, *, cursor: Cursor | None) -> Answer:
    request = question.request
    given = list(cursor.given) if cursor else []
    skipped = 0 if cursor else request.offset
    body = question.body()
    if given:
        # Behind the counts, which are of all that match.
        field = "story_mark" if request.collapse else "mark"
        body["post_filter"] = {"bool": {"must_not": [{"terms": {field: given}}]}}
        body["aggs"] = {**body.get("aggs", {}), "all": {"filter": {"match_all": {}}}}
    if request.collapse:
        body["collapse"] = {"field": "story_mark"}
    # The cursor says what was given, so the skipped rows are read too; where it could not hold them, they are not.
    read = skipped if skipped <= MAX_GIVEN else 0
    if request.collapse and skipped + request.limit >= WINDOW:
        return _beyond(body, send, skipped)
    answer = _read(body, send, start=skipped - read, wanted=read + request.limit + 1)
    more = len(answer.rows) > read + request.limit
    passed = answer.rows[: read + request.limit]
    answer.rows = passed[read:]
    if more and answer.rows:
        marks = [mark_of(row.document, collapse=request.collapse) for row in passed]
        deeper = [0] * (skipped - read)
        answer.cursor = given_cursor(request, [*given, *deeper, *marks])
    return answer


def _beyond(body: Json, send: Send, start: int) -> Answer:
    answer = _first(send({**body, "size": 0}))
    if start < answer.total:
        raise InputError(
            f"stories are shown {WINDOW:,} deep on Elasticsearch",
            hint="sort by newest, uncollapsed, and follow the cursor",
        )
    return answer


def _first(found: Mapping[str, Any]) -> Answer:
    aggregations = found.get("aggregations", {})
    total = aggregations["all"]["doc_count"] if "all" in aggregations else found["hits"]["total"]["value"]
    return Answer(total=int(total), rows=_rows(found), aggregations=aggregations)


def _rows(found: Mapping[str, Any]) -> list[Row]:
    return [
        Row(document=document_of(hit["_source"]), score=float(hit["_score"] or 0.0), sort=hit.get("sort", []))
        for hit in found["hits"]["hits"]
    ]


def facets(request: SearchRequest, aggregations: Mapping[str, Any]) -> dict[str, tuple[Count, ...]]:
    return {
        facet: tuple(
            Count(value=bucket["key"], documents=int(bucket["doc_count"])) for bucket in aggregations[facet]["buckets"]
        )
        for facet in request.facets
    }


def histogram(request: SearchRequest, aggregations: Mapping[str, Any]) -> tuple[Count, ...]:
    if not request.histogram or aggregations["first"]["value"] is None:
        return ()
    starts = _starts(request, aggregations)
    counted = {bucket["key_as_string"]: int(bucket["doc_count"]) for bucket in aggregations["days"]["buckets"]}
    return tuple(Count(value=start.isoformat(), documents=counted.get(start.isoformat(), 0)) for start in starts)


def _starts(request: SearchRequest, aggregations: Mapping[str, Any]) -> list[date]:
    first, last = (moment(aggregations[end]["value"]) for end in ("first", "last"))
    return bucket_starts(first, last, request=request)


def check_buckets(request: SearchRequest, aggregations: Mapping[str, Any]) -> None:
    """Raises InputError where the histogram would have more buckets than anybody reads."""
    if request.histogram and aggregations["first"]["value"] is not None:
        _starts(request, aggregations)


def frequencies(terms: Sequence[str], send: Send) -> Counter[str]:
    """In how many documents' text, or title where those are more, each term stands."""
    counted: Counter[str] = Counter()
    if not terms:
        return counted
    for fields in ("text_tokens", "title_tokens"):
        filters = {str(number): {"term": {fields: term}} for number, term in enumerate(terms)}
        found = send({"size": 0, "aggs": {"terms": {"filters": {"filters": filters}}}})
        for number, bucket in found["aggregations"]["terms"]["buckets"].items():
            term = terms[int(number)]
            counted[term] = max(counted[term], int(bucket["doc_count"]))
    return counted


def alike(terms: list[str], id: str) -> Json:
    """What shares enough of the terms, without the document of that id."""
    shares = {"should": [_anywhere(term) for term in terms], "minimum_should_match": enough(terms)}
    return {"bool": {**shares, "must_not": [{"term": {"id": id}}]}}


def _anywhere(term: str) -> Json:
    title = {"term": {"title_tokens": {"value": term, "boost": TITLE_WEIGHT}}}
    return {"dis_max": {"queries": [title, {"term": {"text_tokens": {"value": term}}}]}}


def samples(found: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Ids and sequences of what was read back."""
    return ((hit["_id"], int(hit["_source"]["seq"])) for hit in found["hits"]["hits"])
