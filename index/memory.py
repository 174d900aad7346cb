"""The index that lives in memory: every query looks at every document with the matcher. For tests, demos, small homes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from index.aliases import AliasResolver, as_written
from index.documents import newest_key
from index.highlight import highlights
from index.matching import Found, Subject, evaluate
from index.query.ast import Boost, Node, TextLeaf
from index.query.plan import by_relevance, plan, wanted_leaves
from index.records import Document, Hit, IndexStatus, SearchRequest, SearchResult
from zhiwen.times import now

# The usual constant of BM25: how soon a word said often says no more.
SATURATION = 1.2
TITLE_WEIGHT = 3.0  # a word in the title says as much as three in the text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    document: Document
    places: list[Found]
    score: float = 0.0


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
        with self._lock:
            met = list(self._matching(node))
            held = len(self._documents)
        ordered = self._ordered(met, request=request, node=node, held=held)
        page = ordered[request.offset : request.offset + request.limit]
        return SearchResult(
            total=len(met), hits=tuple(hit(found.document, found.score, node=node, request=request) for found in page)
        )

    def _matching(self, node: Node) -> Iterator[_Met]:
        for document in self._documents.values():
            places = evaluate(node, self._subjects[document.id])
            if places is not None:
                yield _Met(document=document, places=places)

    def _ordered(self, met: list[_Met], *, request: SearchRequest, node: Node, held: int) -> list[_Met]:
        def newest(found: _Met) -> int:
            return newest_key(found.document.published_at, found.document.seq)

        if not by_relevance(request, node):
            return sorted(met, key=newest, reverse=True)
        scored = _scored(met, weights=_weights(node), held=held)
        return sorted(scored, key=lambda found: (found.score, newest(found)), reverse=True)

    def clear(self) -> None:
        with self._lock:
            self._documents, self._subjects = {}, {}

    @contextmanager
    def replacement(self) -> Iterator[MemoryIndex]:
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
    counts = [_frequencies(found.places) for found in met]
    documents = Counter(leaf for frequencies in counts for leaf in frequencies)
    rarity = {leaf: math.log(1 + (held - count + 0.5) / (count + 0.5)) for leaf, count in documents.items()}
    return [
        _Met(
            document=found.document,
            places=found.places,
            score=sum(
                weights.get(leaf, 1.0) * rarity[leaf] * often * (SATURATION + 1) / (often + SATURATION)
                for leaf, often in frequencies.items()
            ),
        )
        for found, frequencies in zip(met, counts, strict=True)
    ]


def _frequencies(places: list[Found]) -> dict[TextLeaf, float]:
    often: dict[TextLeaf, float] = defaultdict(float)
    for place in places:
        often[place.leaf] += TITLE_WEIGHT if place.field == "title" else 1.0
    return often
