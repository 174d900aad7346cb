"""StoredArticle in, Document out: what of an article is searched, and what a hit shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from math import isfinite

from index.records import Document, DocumentFigure
from index.tokens import name_key
from nlp.records import Article, Figure
from store.records import StoredArticle

_YEAR_2000 = 946_684_800
_YEAR_2020 = 1_577_836_800
_YEAR = 31_556_952.0  # seconds
_COMPANY_TYPES = frozenset({"COMPANY", "INVESTOR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names in an article, each once, in the order of first mention."""

    companies: tuple[str, ...]
    people: tuple[str, ...]
    events: tuple[str, ...]


def names_of(article: Article) -> Names:
    """Canonical names where the lexicon has them, else as written. A denied or rumoured event is none."""
    by_place = sorted(article.entities, key=lambda entity: entity.start)
    return Names(
        companies=_once(entity.canonical or entity.text for entity in by_place if entity.type in _COMPANY_TYPES),
        people=_once(entity.canonical or entity.text for entity in by_place if entity.type == "PERSON"),
        events=_once(event.type for event in article.events if event.modality == "fact"),
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def figures_of(article: Article) -> tuple[DocumentFigure, ...]:
    """The figures as they can be asked for, each once, in the order of the text; of a range its lower end."""
    figures = map(document_figure, sorted(article.figures, key=lambda figure: figure.start))
    # A Decimal may be NaN, or beyond what a float can hold: such a value meets no question.
    return tuple(dict.fromkeys(figure for figure in figures if isfinite(figure.value)))


def document_figure(figure: Figure) -> DocumentFigure:
    return DocumentFigure(
        metric=figure.metric,
        value=float(figure.value),
        unit=figure.unit,
        period=figure.period,
        subject=figure.subject,
    )


def shown_text(article: Article) -> str:
    """What a reader of the page saw: its own script, repaired. A mirror's script is its machine's, not the author's."""
    return article.text if article.mirror or article.original_text is None else article.original_text


def document(stored: StoredArticle, *, grade: str = "media") -> Document:
    """The document of one stored version; `grade` is that of its source."""
    article = stored.article
    return replace(
        unstored(article),
        id=stored.id,
        seq=stored.seq,
        version=stored.version,
        stored_at=stored.stored_at,
        first_stored_at=stored.first_stored_at,
        text=shown_text(article),
        grade=grade,
    )


def unstored(article: Article) -> Document:
    """What a document of `article` would hold, over its simplified text: offsets into it are offsets into the article's."""
    names = names_of(article)
    return Document(
        id="",
        seq=0,
        version=0,
        url=article.url,
        title=article.title,
        text=article.text,
        source=article.source,
        author=article.author,
        publisher=article.publisher,
        published_at=article.published_at,
        stored_at=article.fetched_at,
        language=article.language,
        mirror=article.mirror,
        companies=names.companies,
        about=article.about,
        people=names.people,
        events=names.events,
        keywords=article.keywords,
        figures=figures_of(article),
        story=story_of(article),
    )


def story_of(article: Article) -> str:
    """Sixteen hex digits that reposts share, in either script: the fingerprint is of the folded body."""
    return sha256(article.fingerprint.encode()).hexdigest()[:16]


def names_by_field(found: Document) -> dict[str, frozenset[str]]:
    """What the name fields of the query language (index/query/fields.py) hold for a document, folded."""
    held: dict[str, Iterable[str | None]] = {
        "company": found.companies,
        "about": found.about,
        "person": found.people,
        "source": (found.source,),
        "event": found.events,
        "keyword": found.keywords,
        "author": (found.author,),
        "publisher": (found.publisher,),
        "lang": (found.language,),
        "mirror": ("true" if found.mirror else "false",),
        "grade": (found.grade,),
        "story": (found.story,),
    }
    return {field: frozenset(name_key(name) for name in names if name) for field, names in held.items()}


def figure_names(figure: DocumentFigure) -> dict[str, str]:
    """What a figure says besides its value (FIGURE_NAMES), folded; what it does not say is left out."""
    held = {"metric": figure.metric, "period": figure.period, "unit": figure.unit, "subject": figure.subject}
    return {field: name_key(name) for field, name in held.items() if name}


def newest_key(document: Document) -> int:
    """What "newest first" sorts by, equal keys by id: 32 bits of publication, 23 of first storing, 8 of the id's hash.

    Publication in seconds to the year 2106, 0 for undated documents and those before 1970, which so come last.
    Storing in steps of two minutes from 2020 to 2051. Nothing in it changes with a new version of the same article,
    unless its date was corrected: pages stay without gaps while articles are updated.
    """
    published, stored = document.published_at, document.first_stored_at or document.stored_at
    seconds = 0 if published is None else min(max(int(published.timestamp()), 0), (1 << 32) - 1)
    steps = min(max(int(stored.timestamp() - _YEAR_2020) // 120, 0), (1 << 23) - 1)
    scattered = sha256(document.id.encode("utf-8", "surrogatepass")).digest()[0]
    return seconds << 31 | steps << 8 | scattered


def highest_figure(document: Document, metrics: Collection[str]) -> float | None:
    """The highest value that the document tells of one of the metrics (folded); None where it tells none."""
    values = (figure.value for figure in document.figures if figure.metric and name_key(figure.metric) in metrics)
    return max(values, default=None)


def freshness(document: Document) -> float:
    """What relevance is multiplied by: a tenth more for each year since 2000, so this year's article goes before an equal old one.

    It depends on the document alone, so the order does not shift from day to day. Undated: by when it was stored.
    """
    moment = document.published_at or document.stored_at
    years = (moment.timestamp() - _YEAR_2000) / _YEAR
    return float(1.1 ** min(max(years, 0.0), 50.0))
