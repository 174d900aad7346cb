"""A Document as Elasticsearch keeps it for searching: the mapping, and the fields that go with it.

Built-in analyzers and types only, so it needs no plugin; `strict`, so a field nobody declared is an error, not a guess.
"""

from __future__ import annotations

from typing import Any

from index.documents import figure_names, freshness, names_by_field, newest_key
from index.query.ast import FIGURE_NAMES
from index.query.fields import NAME_FIELDS
from index.records import Document
from index.tantivy_query import seconds
from index.tokens import searchable

_TOKENS = {"type": "text", "analyzer": "whitespace"}
_READABLE = {"type": "text", "analyzer": "standard"}


def mapping() -> dict[str, Any]:
    """What an index is created with as `mappings`."""
    figure = {**{name: {"type": "keyword"} for name in FIGURE_NAMES}, "value": {"type": "double"}}
    return {
        "dynamic": "strict",
        "properties": {
            "title": _TOKENS,
            "text": _TOKENS,
            "plain_title": _READABLE,
            "plain_text": _READABLE,
            "url": {"type": "keyword", "index": False, "doc_values": False},
            **{field: {"type": "keyword"} for field in NAME_FIELDS},
            "figures": {"type": "nested", "dynamic": "strict", "properties": figure},
            "published": {"type": "long"},
            "seq": {"type": "long"},
            "newest": {"type": "long"},
            "freshness": {"type": "double"},
        },
    }


def indexed(document: Document) -> dict[str, Any]:
    """The fields of `document`; half a surrogate pair, which JSON cannot carry as UTF-8, is replaced in the readable ones."""
    names = {field: sorted(held) for field, held in names_by_field(document).items() if held}
    return {
        "title": _sendable(searchable(document.title)),
        "text": _sendable(searchable(document.text)),
        "plain_title": _sendable(document.title),
        "plain_text": _sendable(document.text),
        "url": _sendable(document.url),
        **names,
        "figures": [{**figure_names(figure), "value": figure.value} for figure in document.figures],
        **({} if document.published_at is None else {"published": seconds(document.published_at)}),
        "seq": document.seq,
        "newest": newest_key(document),
        "freshness": freshness(document),
    }


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
