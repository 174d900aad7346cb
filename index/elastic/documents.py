"""A Document as Elasticsearch keeps it: the mapping, the fields that go with it, and the way back.

Built-in analyzers and types only, so it needs no plugin; `strict`, so a field nobody declared is an error, not a guess.
What people read in Kibana has the plain names (`title`, `text`, `company`, …) and is the stored source; what queries
look up (`title_tokens`, `keys.company`, …) is our analysis and our fold, is indexed only, and takes no room in the source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from index.documents import figure_names, freshness, names_by_field, newest_key
from index.paging import mark_of
from index.query.ast import FIGURE_NAMES
from index.query.fields import NAME_FIELDS
from index.query.times import seconds
from index.records import Document, DocumentFigure
from index.searchable import searchable
from index.tokens import ANALYSIS_VERSION

SCHEMA_VERSION = 1
_LONGEST_NAME = 8_191  # characters; Lucene takes terms of 32,766 bytes. A longer name is shown, not found

_TOKENS = {"type": "text", "analyzer": "whitespace"}
_READABLE = {"type": "text"}
_NAME = {"type": "keyword", "ignore_above": _LONGEST_NAME}
_STORED_ONLY = {"type": "keyword", "index": False, "doc_values": False}
_DATE = {"type": "date", "format": "strict_date_optional_time"}

# What a facet counts has the facet's name.
_SHOWN = {
    "company": "companies",
    "about": "about",
    "person": "people",
    "event": "events",
    "keyword": "keywords",
    "source": "source",
    "publisher": "publisher",
    "author": "author",
    "lang": "language",
    "grade": "grade",
    "story": "story",
}
_EMPTY = {"source": "", "lang": "", "grade": "", "story": ""}  # of what is never None
_LISTS = ("company", "about", "person", "event", "keyword")
_DATES = ("published_at", "stored_at", "first_stored_at")


def mapping() -> dict[str, Any]:
    """What an index is created with as `mappings`."""
    figure = {**dict.fromkeys(FIGURE_NAMES, _NAME), "value": {"type": "double"}}
    return {
        "dynamic": "strict",
        "_meta": stamp(),
        "_source": {"excludes": ["title_tokens", "text_tokens", "keys.*"]},
        "properties": {
            "id": {"type": "keyword"},
            "title": _READABLE,
            "text": _READABLE,
            "url": _STORED_ONLY,
            **dict.fromkeys(_SHOWN, _NAME),
            "mirror": {"type": "boolean"},
            **dict.fromkeys(_DATES, _DATE),
            "version": {"type": "integer"},
            "payload": _STORED_ONLY,
            "title_tokens": _TOKENS,
            "text_tokens": _TOKENS,
            "keys": {"dynamic": "strict", "properties": dict.fromkeys(NAME_FIELDS, _NAME)},
            "figures": {"type": "nested", "dynamic": "strict", "properties": figure},
            "published": {"type": "long"},
            "seq": {"type": "long"},
            "newest": {"type": "long"},
            "mark": {"type": "long"},
            "story_mark": {"type": "long"},
            "freshness": {"type": "double"},
        },
    }


def stamp() -> dict[str, int]:
    """What an index must say to be readable by this code."""
    return {"schema": SCHEMA_VERSION, "analysis": ANALYSIS_VERSION}


def indexed(document: Document) -> dict[str, Any]:
    """All fields of `document`. JSON carries no half of a surrogate pair: it is replaced, and kept in `payload` as it was."""
    readable = _readable(document)
    sendable = {field: _sendable(value) for field, value in readable.items()}
    names = {field: sorted(held) for field, held in names_by_field(document).items() if held}
    return {
        **sendable,
        **({} if sendable == readable else {"payload": json.dumps(readable)}),
        "title_tokens": _sendable(searchable(document.title)),
        "text_tokens": _sendable(searchable(document.text)),
        "keys": names,
        "figures": [{**figure_names(figure), "value": figure.value} for figure in document.figures],
        **({} if document.published_at is None else {"published": seconds(document.published_at)}),
        "seq": document.seq,
        "newest": newest_key(document),
        "mark": mark_of(document, collapse=False),
        "story_mark": mark_of(document, collapse=True),
        "freshness": freshness(document),
    }


def _readable(document: Document) -> dict[str, Any]:
    """What the document is made from again; what it does not have is left out."""
    dates = {date: getattr(document, date) for date in _DATES}
    names = {shown: getattr(document, name) for shown, name in _SHOWN.items()}
    fields = {
        "id": document.id,
        "title": document.title,
        "text": document.text,
        "url": document.url,
        "mirror": document.mirror,
        "version": document.version,
        **{date: moment.isoformat() for date, moment in dates.items() if moment is not None},
        **{shown: [*filter(None, held)] if shown in _LISTS else held for shown, held in names.items() if held},
    }
    return {field: value for field, value in fields.items() if value != []}


def _sendable(value: Any) -> Any:
    if isinstance(value, list):
        return [_sendable(one) for one in value]
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def document_of(source: Mapping[str, Any]) -> Document:
    """The document that an index holds as `source`; without text and figures where those were not asked for."""
    held: Mapping[str, Any] = json.loads(source["payload"]) if "payload" in source else source
    names: dict[str, Any] = {
        name: tuple(held.get(shown, ())) if shown in _LISTS else held.get(shown, _EMPTY.get(shown))
        for shown, name in _SHOWN.items()
    }
    dates: dict[str, Any] = {date: datetime.fromisoformat(held[date]) if date in held else None for date in _DATES}
    return Document(
        id=held["id"],
        seq=source["seq"],
        version=held["version"],
        url=held["url"],
        title=held["title"],
        text=held.get("text", ""),
        mirror=held["mirror"],
        figures=tuple(_figure(figure) for figure in source.get("figures", ())),
        **dates,
        **names,
    )


def _figure(held: Mapping[str, Any]) -> DocumentFigure:
    """With its names folded, which asks for the same."""
    names = {name: held.get(name) for name in FIGURE_NAMES if name != "unit"}
    return DocumentFigure(value=float(held["value"]), unit=held.get("unit", ""), **names)
