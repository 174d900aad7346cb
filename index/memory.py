"""The index that lives in memory: every query looks at every document with the matcher. For tests, demos, small homes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from index.aliases import AliasResolver, as_written
from index.counting import facet_values, histogram, most_frequent
from index.documents import freshness, highest_figure, newest_key
from index.highlight import highlights
from index.matching import Found, Subject, evaluate
from index.paging import Cursor, by_marks, given_cursor, keyed_cursor, mark_of, read_cursor
from index.query.ast import Boost, Everything, Node, TextLeaf
from index.query.plan import by_relevance, keyword_of, plan, sorted_metrics, wanted_leaves
from index.query.tree import tree
from index.records import Count, Document, Hit, IndexStatus, QueryPlan, Sample, SearchRequest, SearchResult
from index.similar import enough, rarity, telling_terms
from index.suggest import suggestion
from index.tokens import name_key
from zhiwen.times import now

# The usual constant of BM25: how soon a word said often says no more.
SATURATION = 1.2
TITLE_WEIGHT = 3.0  # a word in the title says as much as three in the text
_KEYWORD_PLACES = 2.0  # a word that is a keyword of the article says as much as two more


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    document: Document
    places: list[Found]
    score: float = 0.0
    key: float = 0.0  # what the order goes by


class MemoryIndex:
    """A SearchIndex that forgets when the process ends; catch_up fills it from the store at the start."""

    def __init__(self, *, aliases: AliasResolver = as_written, clock: Callable[[], datetime] = now) -> None:
        self._aliases = aliases
        self._clock = clock
        self._documents: dict[str, Document] = {}
        self._subjects: dict[str, Subject] = {}
        self._lock = Lock()

    def apply(self, documents: Sequence[Document], *, after: int = 0) -> bool:
        with self._lock:
            if self._position() < after:
                return False
            for document in documents:
                held = self._documents.get(document.id)
                if held is None or held.seq < document.seq:
                    self._documents[document.id] = document
                    self._subjects[document.id] = Subject(document)
        return True

    def position(self) -> int:
        with self._lock:
            return self._position()

    def _position(self) -> int:
        return max((document.seq for document in self._documents.values()), default=0)

    def search(self, request: SearchRequest) -> SearchResult:
        node = plan(request, aliases=self._aliases, now=self._clock())
        cursor = read_cursor(request)
        with self._lock:
            met = list(self._matching(node))
            held = len(self._documents)
        ordered = self._ordered(met, request=request, node=node, held=held)
        page = _page(ordered, request=request, cursor=cursor, relevance=by_relevance(request, node))
        return SearchResult(
            total=len(met),
            hits=tuple(hit(found.document, found.score, node=node, request=request) for found in page.found),
            facets=_facets(met, request),
            histogram=_histogram(met, request),
            cursor=page.cursor,
            suggestion=None if met else suggestion(request, aliases=self._aliases, found=self._total),
        )

    def _total(self, request: SearchRequest) -> int:
        node = plan(request, aliases=self._aliases, now=self._clock())
        with self._lock:
            return sum(1 for _ in self._matching(node))

    def _matching(self, node: Node) -> Iterator[_Met]:
        for document in self._documents.values():
            places = evaluate(node, self._subjects[document.id])
            if places is not None:
                yield _Met(document=document, places=places)

    def _ordered(self, met: list[_Met], *, request: SearchRequest, node: Node, held: int) -> list[_Met]:
        """Best first, equal ones by id."""
        metrics = sorted_metrics(request, aliases=self._aliases)
        if by_relevance(request, node):
            keyed = _scored(met, weights=_weights(node), held=held)
        elif metrics:
            keyed = [replace(found, key=highest_figure(found.document, metrics) or 0.0) for found in met]
        else:
            keyed = [replace(found, key=newest_key(found.document)) for found in met]
        return sorted(keyed, key=lambda found: (-found.key, found.document.id))

    def like(self, id: str, *, limit: int = 10) -> SearchResult:
        with self._lock:
            document, held = self._documents.get(id), len(self._documents)
            terms = [] if document is None else telling_terms(document, frequency=self._frequency, held=held)
            subjects = {other: self._subjects[other] for other in self._documents if other != id}
            found = _alike(terms, subjects, {other: self._documents[other] for other in subjects})
        request = SearchRequest(query="", highlight=False)
        hits = (hit(met.document, met.score, node=Everything(), request=request) for met in found[:limit])
        return SearchResult(total=len(found), hits=tuple(hits))

    def _frequency(self, term: str) -> int:
        return sum(1 for subject in self._subjects.values() if subject.holds(term))

    def explain(self, request: SearchRequest) -> QueryPlan:
        node = plan(request, aliases=self._aliases, now=self._clock())
        return QueryPlan(engine="memory", tree=tree(node), sent="the tree itself: every document is looked at")

    def clear(self) -> None:
        with self._lock:
            self._documents, self._subjects = {}, {}

    @contextmanager
    def replacement(self, *, sample: Sample = tuple) -> Iterator[MemoryIndex]:
        fresh = MemoryIndex(aliases=self._aliases, clock=self._clock)
        yield fresh
        with self._lock:
            self._documents, self._subjects = fresh._documents, fresh._subjects

    def status(self) -> IndexStatus:
        return IndexStatus(
            engine="memory",
            documents=len(self._documents),
            position=self.position(),
            size_bytes=0,
            detail="forgotten on exit",
        )

    def close(self) -> None:
        self.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    found: list[_Met]
    cursor: str | None


def _page(ordered: list[_Met], *, request: SearchRequest, cursor: Cursor | None, relevance: bool) -> _Page:
    if not by_marks(request, relevance=relevance):
        rest = [found for found in ordered if cursor is None or _behind(found, cursor)]
        rest = rest if cursor else rest[request.offset :]
        page = rest[: request.limit]
        more = page and len(rest) > len(page)
        return _Page(
            found=page, cursor=keyed_cursor(request, key=page[-1].key, id=page[-1].document.id) if more else None
        )
    given = dict.fromkeys(cursor.given if cursor else ())
    marked = _first_of_each([(mark_of(found.document, collapse=request.collapse), found) for found in ordered], given)
    skipped = 0 if cursor else request.offset
    page = [found for _, found in marked[skipped : skipped + request.limit]]
    end = skipped + len(page)
    marks = [*given, *(one for one, _ in marked[:end])]
    return _Page(found=page, cursor=given_cursor(request, marks) if page and len(marked) > end else None)


def _behind(found: _Met, cursor: Cursor) -> bool:
    return cursor.key is None or (-found.key, found.document.id) > (-cursor.key, cursor.id)


def _first_of_each(marked: list[tuple[int, _Met]], given: Collection[int]) -> list[tuple[int, _Met]]:
    firsts: dict[int, _Met] = {}
    for one, found in marked:
        if one not in given:
            firsts.setdefault(one, found)
    return list(firsts.items())


def _facets(met: list[_Met], request: SearchRequest) -> dict[str, tuple[Count, ...]]:
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in request.facets}
    for found in met if counts else ():
        values = facet_values(found.document)
        for facet, counter in counts.items():
            counter.update(values[facet])
    return {facet: most_frequent(counter, request.facet_size) for facet, counter in counts.items()}


def _histogram(met: list[_Met], request: SearchRequest) -> tuple[Count, ...]:
    moments = [found.document.published_at for found in met]
    return histogram([moment for moment in moments if moment], request=request) if request.histogram else ()


def _alike(terms: list[str], subjects: dict[str, Subject], documents: dict[str, Document]) -> list[_Met]:
    """Those that share enough of the terms, by how rare the shared ones are."""
    shared = {id: [term for term in terms if subject.holds(term)] for id, subject in subjects.items()}
    frequency = Counter(term for held in shared.values() for term in held)
    met = [
        _Met(document=documents[id], places=[], score=sum(rarity(frequency[term], len(documents)) for term in held))
        for id, held in shared.items()
        if terms and len(held) >= enough(terms)
    ]
    return sorted(met, key=lambda found: (-found.score, found.document.id))


def hit(document: Document, score: float, *, node: Node, request: SearchRequest) -> Hit:
    """A document as the answer shows it."""
    return Hit(
        id=document.id,
        url=document.url,
        title=document.title,
        source=document.source,
        published_at=document.published_at,
        score=score,
        companies=document.companies,
        events=document.events,
        highlights=highlights(document, node) if request.highlight else (),
    )


def _weights(node: Node, factor: float = 1.0) -> dict[TextLeaf, float]:
    """Each word or phrase with the boost it stands under."""
    if isinstance(node, Boost):
        return _weights(node.child, factor * node.factor)
    children = getattr(node, "children", None)
    if children is None:
        return dict.fromkeys(wanted_leaves(node), factor)
    weights: dict[TextLeaf, float] = {}
    for child in children:
        for leaf, weight in _weights(child, factor).items():
            weights[leaf] = weights.get(leaf, 0.0) + weight
    return weights


def _scored(met: list[_Met], *, weights: dict[TextLeaf, float], held: int) -> list[_Met]:
    """BM25 without length: how rare a word is, times how often it stands here, levelling off."""
    keywords = {leaf: keyword for leaf in weights if (keyword := keyword_of(leaf))}
    counts = [_frequencies(found, keywords) for found in met]
    documents = Counter(leaf for frequencies in counts for leaf in frequencies)
    rare = {leaf: rarity(count, held) for leaf, count in documents.items()}
    scored = []
    for found, frequencies in zip(met, counts, strict=True):
        bm25 = sum(
            weights.get(leaf, 1.0) * rare[leaf] * often * (SATURATION + 1) / (often + SATURATION)
            for leaf, often in frequencies.items()
        )
        score = bm25 * freshness(found.document)
        scored.append(replace(found, score=score, key=score))
    return scored


def _frequencies(found: _Met, keywords: Mapping[TextLeaf, str]) -> dict[TextLeaf, float]:
    often: dict[TextLeaf, float] = defaultdict(float)
    for place in found.places:
        often[place.leaf] += TITLE_WEIGHT if place.field == "title" else 1.0
    held = {name_key(keyword) for keyword in found.document.keywords}
    for leaf in often.keys() & keywords.keys():
        often[leaf] += _KEYWORD_PLACES if keywords[leaf] in held else 0.0
    return often
