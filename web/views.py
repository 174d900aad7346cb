"""What the templates print, made from records: every decision of the pages is here, none in a template."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.records import Highlight, Hit, SearchRequest, SearchResult
from nlp.records import KEPT_LABELS, Article, Entity, Event, Figure, Line, Repair
from store.records import StoredArticle
from web import labels
from web.changes import Changes, changes
from web.chinese import Words, words
from web.marking import (
    Mark,
    Paragraph,
    Piece,
    entity_mark,
    figure_anchor,
    figure_mark,
    find_mark,
    paragraphs,
    pieces,
    sentence_around,
)
from web.narrowing import SourceNames, search_address
from web.ports import AlertRow, Services, SourceHealth
from web.searching import MAX_OFFSET, at_offset
from zhiwen.errors import IndexError_, InputError, QueryError

log = logging.getLogger("zhiwen.web")

# Rows of evidence on one page; the API gives all of them.
_MOST_EVIDENCE = 500
_ALIKE = 5  # articles like the one that is read


@dataclass(frozen=True, slots=True, kw_only=True)
class HitView:
    hit: Hit
    title: tuple[Piece, ...]
    passages: tuple[tuple[Piece, ...], ...]
    origin: str  # who published it, or the source it came from
    published: str
    mirror: bool
    gone: bool
    events: tuple[str, ...]  # names, each once


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsView:
    """`first` and `last` count from 1; an address is None where there is no such page."""

    total: int
    first: int
    last: int
    hits: tuple[HitView, ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    anchor: str
    figure: Figure
    metric: str
    value: str
    unit: str
    sentence: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    event: Event
    name: str
    modality: str
    sentence: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    stored: StoredArticle
    changes: Changes | None  # None for the first


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """A name of the article with how often it stands there. `company`: the lexicon knows it as one, so a filter finds it."""

    name: str
    kind: str
    count: int
    company: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeRow:
    hit: Hit
    origin: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    stored: StoredArticle
    article: Article
    published: str
    link: str | None
    origin: str
    paragraphs: tuple[Paragraph, ...]
    names: tuple[NameRow, ...]
    figures: tuple[FigureRow, ...]
    events: tuple[EventRow, ...]
    versions: tuple[VersionRow, ...]
    repairs: tuple[Repair, ...]
    repairs_left_out: int
    dropped: tuple[Line, ...]
    dropped_left_out: int
    alike: tuple[AlikeRow, ...] | None  # None: the index cannot say now


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    row: AlertRow
    events: tuple[str, ...]
    evidence: tuple[tuple[str, tuple[Piece, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesView:
    on: tuple[SourceHealth, ...]
    off: tuple[SourceHealth, ...]
    troubled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    query: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong with a request. `column` counts from 1; None where it is not the query's fault."""

    column: int | None
    before: str
    there: str
    behind: str
    words: Words


def source_names(services: Services) -> SourceNames:
    """What the sources are called, by id; "ingest" is what a person gave by hand (crawler.records)."""
    return {**{source.id: source.name for source in services.sources()}, "ingest": "手工添加"}


def results(services: Services, request: SearchRequest, found: SearchResult, *, names: SourceNames) -> ResultsView:
    hits = tuple(_hit(hit, services.article(hit.id), names) for hit in found.hits)
    last = request.offset + len(hits)
    return ResultsView(
        total=found.total,
        first=request.offset + 1 if hits else 0,
        last=last,
        hits=hits,
        previous=_previous(request),
        # The offset is ignored beside a cursor; it says what number the page begins with.
        next=search_address(replace(request, cursor=found.cursor, offset=last)) if found.cursor else None,
    )


def _previous(request: SearchRequest) -> str | None:
    """By offset, for cursors lead on only; None on the first page, and deeper than offsets go."""
    offset = max(0, request.offset - request.limit)
    return search_address(at_offset(request, offset)) if request.offset and offset <= MAX_OFFSET else None


def _hit(hit: Hit, stored: StoredArticle | None, names: SourceNames) -> HitView:
    """`stored` is None where the store no longer has what the index still finds: the hit is shown all the same."""
    in_title = next((highlight for highlight in hit.highlights if highlight.field == "title"), None)
    return HitView(
        hit=hit,
        title=_highlighted(in_title) if in_title else pieces(hit.title, ()),
        passages=tuple(_highlighted(highlight) for highlight in hit.highlights if highlight.field != "title"),
        origin=_origin(hit, stored, names),
        published=published_of(hit, stored),
        mirror=bool(stored and stored.article.mirror),
        gone=bool(stored and stored.gone_at),
        events=event_names(hit.events),
    )


def event_names(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels.EVENTS.get(code, code) for code in codes))


def published_of(hit: Hit, stored: StoredArticle | None) -> str:
    return labels.published(stored.article) if stored else labels.china_time(hit.published_at)


def _highlighted(highlight: Highlight) -> tuple[Piece, ...]:
    return pieces(highlight.passage, [Mark(start=start, end=end, style="hit") for start, end in highlight.spans])


def article_view(services: Services, stored: StoredArticle) -> ArticleView:
    article, names = stored.article, source_names(services)
    dropped = [line for line in article.lines if line.label not in KEPT_LABELS]
    return ArticleView(
        stored=stored,
        article=article,
        published=labels.published(article),
        link=labels.web_link(article.url),
        origin=article.publisher or names.get(article.source, article.source),
        paragraphs=tuple(paragraphs(article, _marks(article))),
        names=_names(article.entities),
        figures=tuple(_figure(article, figure, number) for number, figure in enumerate(article.figures, 1)),
        events=tuple(_event(article, event) for event in article.events),
        versions=_versions(services.versions(stored.id)),
        repairs=article.repairs[:_MOST_EVIDENCE],
        repairs_left_out=max(0, len(article.repairs) - _MOST_EVIDENCE),
        dropped=tuple(dropped[:_MOST_EVIDENCE]),
        dropped_left_out=max(0, len(dropped) - _MOST_EVIDENCE),
        alike=_alike(services, stored.id, names),
    )


def _alike(services: Services, id: str, names: SourceNames) -> tuple[AlikeRow, ...] | None:
    """An index that is down costs the reader these, not the article, which is the store's."""
    try:
        found = services.like(id, limit=_ALIKE)
    except IndexError_ as error:
        log.warning("nothing like article %s can be told: %s", id, error)
        return None
    return tuple(_alike_row(hit, services.article(hit.id), names) for hit in found.hits)


def _alike_row(hit: Hit, stored: StoredArticle | None, names: SourceNames) -> AlikeRow:
    return AlikeRow(hit=hit, origin=_origin(hit, stored, names), published=published_of(hit, stored))


def _origin(hit: Hit, stored: StoredArticle | None, names: SourceNames) -> str:
    return (stored and stored.article.publisher) or names.get(hit.source, hit.source)


def _marks(article: Article) -> list[Mark]:
    # Dates are many and say little: they are in the table of figures where they matter.
    named = [entity_mark(entity, labels.ENTITIES.get(entity.type, entity.type))
             for entity in article.entities if entity.type != "DATE"]  # fmt: skip
    return named + [
        figure_mark(figure, number, _figure_title(figure)) for number, figure in enumerate(article.figures, 1)
    ]


def _figure_title(figure: Figure) -> str:
    parts = (_metric(figure), f"{labels.figure_value(figure)} {_unit(figure)}".strip(), figure.period, figure.subject)
    return "，".join(part for part in parts if part)


def _metric(figure: Figure) -> str:
    return labels.metric(figure.metric) if figure.metric else ""


def _unit(figure: Figure) -> str:
    return labels.UNITS.get(figure.unit, figure.unit)


def _figure(article: Article, figure: Figure, number: int) -> FigureRow:
    return FigureRow(
        anchor=figure_anchor(number),
        figure=figure,
        metric=_metric(figure) or labels.KINDS.get(figure.kind, figure.kind),
        value=labels.figure_value(figure),
        unit=_unit(figure),
        sentence=sentence_around(article.text, figure.start, figure.end),
    )


def _event(article: Article, event: Event) -> EventRow:
    return EventRow(
        event=event,
        name=labels.EVENTS.get(event.type, event.type),
        modality=labels.MODALITIES.get(event.modality, event.modality),
        sentence=sentence_around(article.text, event.start, event.end),
    )


def _names(entities: Iterable[Entity]) -> tuple[NameRow, ...]:
    """Names by how often they stand in the text; dates are no names."""
    counted = Counter((entity.canonical, entity.canonical or entity.text, entity.type) for entity in entities)
    return tuple(
        NameRow(
            name=name,
            kind=labels.ENTITIES.get(type_, type_),
            count=count,
            company=bool(canonical) and type_ == "COMPANY",
        )
        for (canonical, name, type_), count in counted.most_common()
        if type_ != "DATE"
    )


def _versions(versions: Sequence[StoredArticle]) -> tuple[VersionRow, ...]:
    """Newest first, each with what it changed."""
    if not versions:
        return ()
    rows = [VersionRow(stored=versions[0], changes=None)]
    rows += [
        VersionRow(stored=after, changes=changes(before.article, after.article)) for before, after in pairwise(versions)
    ]
    return tuple(reversed(rows))


def alert_view(row: AlertRow) -> AlertView:
    return AlertView(
        row=row,
        events=event_names(row.alert.events),
        evidence=tuple(
            (labels.EVIDENCE.get(evidence.kind, evidence.kind), find_mark(evidence.sentence, evidence.text))
            for evidence in row.alert.evidence
        ),
    )


def sources_view(sources: Iterable[SourceHealth]) -> SourcesView:
    """Those that run first, the troubled ones on top."""
    rows = list(sources)
    on = sorted((row for row in rows if row.enabled), key=lambda row: (row.outcome in (None, "ok"), row.id))
    return SourcesView(
        on=tuple(on),
        off=tuple(row for row in rows if not row.enabled),
        troubled=sum(row.outcome not in (None, "ok") for row in on),
    )


def event_choices(request: SearchRequest) -> tuple[tuple[str, str], ...]:
    """Codes with their names for the filter; one that was asked for by code is among them even if it has no name."""
    asked = {code: labels.EVENTS.get(code, code) for code in request.events}
    return tuple({**labels.EVENTS, **asked}.items())


def source_choices(names: SourceNames, request: SearchRequest) -> tuple[tuple[str, str], ...]:
    return tuple({**{id_: id_ for id_ in request.sources}, **names}.items())


def suggested(request: SearchRequest, found: SearchResult) -> Suggestion | None:
    """The query put right, with the same filters; None where the index has none."""
    if found.suggestion is None:
        return None
    asked = replace(at_offset(request, 0), query=found.suggestion)
    return Suggestion(query=found.suggestion, address=search_address(asked))


def complaint(error: InputError, query: str) -> Complaint:
    """`column` and the query in three parts where the query does not parse: before, the place, behind."""
    column = error.column if isinstance(error, QueryError) else None
    at = min(column - 1, len(query)) if column else 0
    return Complaint(
        column=column,
        before=query[:at],
        there=query[at : at + 1] or "␣",  # the open box stands for the end
        behind=query[at + 1 :],
        words=words(error),
    )
