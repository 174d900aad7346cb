"""What the templates print, made from records: every decision of the pages is here, none in a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.records import Highlight, Hit, SearchRequest, SearchResult
from nlp.records import KEPT_LABELS, Article, Entity, Event, Figure, Line, Repair
from store.records import StoredArticle
from web import labels
from web.changes import Changes, changes
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
from web.ports import AlertRow, Services, SourceHealth
from web.searching import at_offset, to_query_string

# Rows of evidence on one page; the API gives all of them.
_MOST_EVIDENCE = 500


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


SourceNames = Mapping[str, str]


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
        previous=_address(request, request.offset - request.limit) if request.offset else None,
        next=_address(request, last) if hits and last < found.total else None,
    )


def _address(request: SearchRequest, offset: int) -> str:
    return "/?" + to_query_string(at_offset(request, offset))


def _hit(hit: Hit, stored: StoredArticle | None, names: SourceNames) -> HitView:
    """`stored` is None where the store no longer has what the index still finds: the hit is shown all the same."""
    in_title = next((highlight for highlight in hit.highlights if highlight.field == "title"), None)
    return HitView(
        hit=hit,
        title=_highlighted(in_title) if in_title else pieces(hit.title, ()),
        passages=tuple(_highlighted(highlight) for highlight in hit.highlights if highlight.field != "title"),
        origin=(stored and stored.article.publisher) or names.get(hit.source, hit.source),
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
    article = stored.article
    dropped = [line for line in article.lines if line.label not in KEPT_LABELS]
    return ArticleView(
        stored=stored,
        article=article,
        published=labels.published(article),
        link=labels.web_link(article.url),
        origin=article.publisher or source_names(services).get(article.source, article.source),
        paragraphs=tuple(paragraphs(article, _marks(article))),
        names=_names(article.entities),
        figures=tuple(_figure(article, figure, number) for number, figure in enumerate(article.figures, 1)),
        events=tuple(_event(article, event) for event in article.events),
        versions=_versions(services.versions(stored.id)),
        repairs=article.repairs[:_MOST_EVIDENCE],
        repairs_left_out=max(0, len(article.repairs) - _MOST_EVIDENCE),
        dropped=tuple(dropped[:_MOST_EVIDENCE]),
        dropped_left_out=max(0, len(dropped) - _MOST_EVIDENCE),
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChip:
    """A filter in force, and the address of the same search without it."""

    label: str
    address: str


def filter_chips(names: SourceNames, request: SearchRequest) -> tuple[FilterChip, ...]:
    start = at_offset(request, 0)
    without = [
        (f"公司：{name}", replace(start, companies=_others(request.companies, name))) for name in request.companies
    ]
    without += [
        (f"来源：{names.get(id_, id_)}", replace(start, sources=_others(request.sources, id_)))
        for id_ in request.sources
    ]
    without += [
        (f"事件：{labels.EVENTS.get(code, code)}", replace(start, events=_others(request.events, code)))
        for code in request.events
    ]
    if request.since:
        without.append((f"从 {request.since} 起", replace(start, since=None)))
    if request.until:
        without.append((f"到 {request.until} 止", replace(start, until=None)))
    return tuple(FilterChip(label=label, address="/?" + to_query_string(rest)) for label, rest in without)


def _others(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(other for other in values if other != value)
