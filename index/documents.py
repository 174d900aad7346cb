"""StoredArticle in, Document out: what of an article is searched, and what a hit shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from index.records import Document
from index.tokens import name_key
from nlp.records import Article
from store.records import StoredArticle

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


def document(stored: StoredArticle) -> Document:
    """The document of one stored version. Its text is what the reader of the page saw: its own script, repaired."""
    article = stored.article
    return replace(
        unstored(article),
        id=stored.id,
        seq=stored.seq,
        version=stored.version,
        stored_at=stored.stored_at,
        text=article.text if article.original_text is None else article.original_text,
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
    )


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
    }
    return {field: frozenset(name_key(name) for name in names if name) for field, names in held.items()}


def newest_key(published_at: datetime | None, seq: int) -> int:
    """A number that sorts by publication, then by ingest: 34 bits of seconds (to the year 2514), 30 of sequence.

    Undated documents, and those from before 1970, come last.
    """
    seconds = 0 if published_at is None else min(max(int(published_at.timestamp()), 0), (1 << 34) - 1)
    return seconds << 30 | min(seq, (1 << 30) - 1)
