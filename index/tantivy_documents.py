"""A Document as tantivy keeps it: what is indexed, what is a column for sorting and counting, and the whole as a payload."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import combinations
from typing import Any

import tantivy

from index.counting import FACETS, facet_values
from index.documents import figure_names, freshness, names_by_field, newest_key
from index.figures import figure_token
from index.paging import mark_of
from index.query.fields import NAME_FIELDS
from index.query.times import seconds
from index.records import Document, DocumentFigure
from index.tokens import name_key, searchable

SCHEMA_VERSION = 3
TOKENIZER = "zhiwen_tokens"


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=TOKENIZER, index_option="position")
    builder.add_text_field("text", tokenizer_name=TOKENIZER, index_option="position")
    for field in NAME_FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for facet in FACETS:
        builder.add_text_field(facet_column(facet), tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("figure", tokenizer_name="raw", index_option="basic")
    builder.add_float_field("figure_value", indexed=True, fast=True)
    builder.add_json_field("figure_highest", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_float_field("freshness", fast=True)
    builder.add_unsigned_field("seq", indexed=True, fast=True)
    builder.add_unsigned_field("newest", indexed=True, fast=True)
    builder.add_unsigned_field("mark", indexed=True, fast=True)
    builder.add_unsigned_field("story_mark", fast=True)
    builder.add_bytes_field("payload", stored=True)
    builder.add_bytes_field("figures", stored=True)
    return builder.build()


def facet_column(facet: str) -> str:
    """Facets count names as documents have them; the fields that are searched hold them folded."""
    return f"{facet}_shown"


def indexed(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("id", document.id)
    made.add_text("title", searchable(document.title))
    made.add_text("text", searchable(document.text))
    for field, names in names_by_field(document).items():
        for name in names:
            made.add_text(field, name)
    for facet, values in facet_values(document).items():
        for value in values:
            made.add_text(facet_column(facet), value)
    _add_figures(made, document)
    if document.published_at is not None:
        made.add_integer("published", seconds(document.published_at))
    # tantivy multiplies the score by log2(2 + this).
    made.add_float("freshness", 2 ** freshness(document) - 2)
    made.add_unsigned("seq", document.seq)
    made.add_unsigned("newest", newest_key(document))
    made.add_unsigned("mark", mark_of(document, collapse=False))
    made.add_unsigned("story_mark", mark_of(document, collapse=True))
    made.add_bytes("payload", pack(document))
    made.add_bytes("figures", pack_figures(document.figures))
    return made


def _add_figures(made: tantivy.Document, document: Document) -> None:
    if not document.figures:
        return
    for token in {token for figure in document.figures for token in _figure_tokens(figure)}:
        made.add_text("figure", token)
    for value in {figure.value for figure in document.figures if not math.isnan(figure.value)}:
        made.add_float("figure_value", value)
    highest: dict[str, float] = {}
    for figure in document.figures:
        if figure.metric:
            column = metric_column(figure.metric)
            highest[column] = max(highest.get(column, figure.value), figure.value)
    if highest:
        made.add_json("figure_highest", highest)


def _figure_tokens(figure: DocumentFigure) -> Iterator[str]:
    """One for every set of names that the figure has: so any of them can be asked for of one and the same figure."""
    names = figure_names(figure)
    for size in range(1, len(names) + 1):
        for fields in combinations(names, size):
            yield figure_token({field: names[field] for field in fields})


def metric_column(metric: str) -> str:
    """A key without signs that a path could stumble over."""
    return "m" + name_key(metric).encode().hex()


def pack(document: Document) -> bytes:
    """All but the figures as bytes, any string in it included: pages may hold half of a surrogate pair."""
    fields = {field.name: getattr(document, field.name) for field in dataclasses.fields(document)}
    del fields["figures"]
    return _written(fields)


def pack_figures(figures: Sequence[DocumentFigure]) -> bytes:
    """The figures by themselves: a condition on one is verified without reading the article."""
    return _written([(one.metric, one.value, one.unit, one.period, one.subject) for one in figures])


def _written(held: object) -> bytes:
    return json.dumps(held, default=datetime.isoformat, ensure_ascii=False).encode("utf-8", "surrogatepass")


_NAMES = ("companies", "about", "people", "events", "keywords")
_MOMENTS = ("published_at", "stored_at", "first_stored_at")


def unpack(payload: bytes) -> Document:
    """What `pack` was given, without its figures: no answer shows them, and every hit is unpacked."""
    fields: dict[str, Any] = json.loads(payload.decode("utf-8", "surrogatepass"))
    for name in _NAMES:
        fields[name] = tuple(fields[name])
    for name in _MOMENTS:
        if fields[name] is not None:
            fields[name] = datetime.fromisoformat(fields[name])
    return Document(**fields)


def unpack_figures(figures: bytes) -> tuple[DocumentFigure, ...]:
    return tuple(
        DocumentFigure(metric=metric, value=value, unit=unit, period=period, subject=subject)
        for metric, value, unit, period, subject in json.loads(figures.decode("utf-8", "surrogatepass"))
    )
