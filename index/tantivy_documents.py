"""A Document as tantivy keeps it: what is indexed, what is a column for sorting and counting, and the whole as a payload."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import combinations
from struct import Struct
from typing import Any, NamedTuple

import tantivy

from index.common_phrases import CommonPhrases
from index.counting import FACETS, facet_values
from index.documents import figure_names, freshness, names_by_field, newest_key
from index.figures import VALUED_WITH, figure_token, names_key, value_key
from index.memory import TITLE_WEIGHT
from index.paging import mark_of
from index.query.fields import NAME_FIELDS
from index.query.times import seconds
from index.records import Document, DocumentFigure, Hit
from index.searchable import searchable, searchable_twice
from index.tantivy_query import ANYWHERE, LONGER
from index.tokens import GAP, name_key, slots

SCHEMA_VERSION = 7
TOKENIZER = "zhiwen_tokens"
_KEYWORD_TIMES = 2  # a word that is a keyword of the article says as much as two more of it, as in index.memory


@cache
def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name=TOKENIZER, index_option="position")
    builder.add_text_field("text", tokenizer_name=TOKENIZER, index_option="position")
    builder.add_text_field(ANYWHERE, tokenizer_name=TOKENIZER, index_option="freq")
    builder.add_text_field(LONGER, tokenizer_name=TOKENIZER, index_option="position")
    for field in NAME_FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for facet in FACETS:
        builder.add_text_field(facet_column(facet), tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field("figure", tokenizer_name=TOKENIZER, index_option="basic")
    builder.add_text_field("figure_valued", tokenizer_name=TOKENIZER, index_option="basic")
    builder.add_float_field("figure_value", indexed=True, fast=True)
    builder.add_json_field("figure_highest", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_float_field("freshness", fast=True)
    builder.add_unsigned_field("seq", indexed=True, fast=True)
    builder.add_unsigned_field("newest", indexed=True, fast=True)
    builder.add_unsigned_field("mark", indexed=True, fast=True)
    builder.add_unsigned_field("story_mark", fast=True)
    builder.add_bytes_field("shown", stored=True)
    builder.add_bytes_field("payload", stored=True)
    builder.add_bytes_field("body", stored=True)
    builder.add_bytes_field("figures", stored=True)
    return builder.build()


@cache
def parser() -> tantivy.Index:
    """An empty index of that schema, in memory, which reads queries: it needs no snapshot for that."""
    return with_tokens(tantivy.Index(schema()))


def with_tokens(index: tantivy.Index) -> tantivy.Index:
    """`index`, which takes our tokens as they are from now on."""
    index.register_tokenizer(TOKENIZER, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def facet_column(facet: str) -> str:
    """Facets count names as documents have them; the fields that are searched hold them folded."""
    return f"{facet}_shown"


def indexed(document: Document, *, phrases: CommonPhrases) -> tantivy.Document:
    made = tantivy.Document()
    title, text = searchable_twice(document.title), searchable_twice(document.text)
    made.add_text("id", document.id)
    made.add_text("title", title[0])
    made.add_text("text", text[0])
    anywhere, longer = _anywhere(document, title=title, text=text)
    made.add_text(ANYWHERE, f"{anywhere} {phrases.terms_in(anywhere)}")
    made.add_text(LONGER, longer)
    for field, names in names_by_field(document).items():
        for name in names:
            made.add_text(field, name)
    for facet, values in facet_values(document).items():
        for value in values:
            made.add_text(facet_column(facet), value)
    _add_figures(made, document)
    if document.published_at is not None:
        made.add_integer("published", seconds(document.published_at))
    made.add_float("freshness", _weight(freshness(document)))
    made.add_unsigned("seq", document.seq)
    made.add_unsigned("newest", newest_key(document))
    made.add_unsigned("mark", mark_of(document, collapse=False))
    made.add_unsigned("story_mark", mark_of(document, collapse=True))
    made.add_bytes("shown", pack_shown(document))
    made.add_bytes("payload", pack(document))
    made.add_bytes("body", pack_body(document))
    made.add_bytes("figures", pack_figures(document.figures))
    return made


def _weight(factor: float) -> float:
    """What makes tantivy multiply a score by `factor`: it takes log2(2 + this).

    In 32 bits, as scores are: a column half as wide, and a tenth of the time of a common word.
    """
    weight: float
    (weight,) = _FLOAT32.unpack(_FLOAT32.pack(2**factor - 2))
    return weight


_FLOAT32 = Struct("f")


def tokens_of(document: Document) -> str:
    """What phrases are learned from."""
    return f"{searchable(document.title)} {GAP} {searchable(document.text)}"


# No phrase holds two gaps, so none runs across them.
_BORDER = f" {GAP} {GAP} "


def _anywhere(document: Document, *, title: tuple[str, str], text: tuple[str, str]) -> Iterator[str]:
    """Title and text as one, for questions that are about neither: so each costs one list of documents. In both widths.

    The title stands there as often as a word in it counts, and so do keywords. Only those that the article says: a keyword
    decides the order, never what is found.
    """
    said = f" {title[0]}{_BORDER}{text[0]} "
    known = [_keyword(word) for word in document.keywords]
    keywords = [tokens for phrase, tokens in known if phrase in said]
    for width in (0, 1):
        more = [tokens[width] for tokens in keywords] * _KEYWORD_TIMES
        yield _BORDER.join([*[title[width]] * round(TITLE_WEIGHT), *more, text[width]])


@lru_cache(maxsize=1 << 16)
def _keyword(word: str) -> tuple[str, tuple[str, str]]:
    """What must stand among the tokens where the word does, and its own tokens in both widths."""
    return f" {' '.join(slot.text for slot in slots(word))} ", searchable_twice(word)


def _add_figures(made: tantivy.Document, document: Document) -> None:
    if not document.figures:
        return
    tokens: set[str] = set()
    valued: set[str] = set()
    values: set[float] = set()
    highest: dict[str, float] = {}
    for figure in document.figures:
        named = _named(figure.metric, figure.unit, figure.period, figure.subject)
        tokens |= named.tokens
        if math.isnan(figure.value):
            continue
        values.add(figure.value)
        value = value_key(figure.value)
        valued.update([key + value for key in named.bound])
        if figure.metric:
            column = metric_column(figure.metric)
            highest[column] = max(highest.get(column, figure.value), figure.value)
    made.add_text("figure", " ".join(tokens))
    made.add_text("figure_valued", " ".join(valued))
    for number in values:
        made.add_float("figure_value", number)
    if highest:
        made.add_json("figure_highest", highest)


class _Named(NamedTuple):
    """How figures of some names are looked up.

    `tokens`: one for every set of names, so any of them can be asked for of one and the same figure.
    `bound`: what a value is told with: the metric, and with it period and subject, where a figure has them. Not every set
    of names: nearly every term with a value stands in the dictionary for itself.
    """

    tokens: frozenset[str]
    bound: tuple[str, ...]


@lru_cache(maxsize=1 << 14)  # the same metrics, periods and companies come again and again
def _named(metric: str | None, unit: str, period: str | None, subject: str | None) -> _Named:
    names = _names(metric, unit, period, subject)
    held = {field: name for field, name in names.items() if field in VALUED_WITH}
    return _Named(
        tokens=frozenset(map(figure_token, _chosen(names))),
        bound=tuple(names_key(figure_token(chosen)) for chosen in _chosen(held) if "metric" in chosen),
    )


def _chosen(names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every set of names but the empty one."""
    return (dict(chosen) for size in range(1, len(names) + 1) for chosen in combinations(names.items(), size))


def metric_column(metric: str) -> str:
    """A key without signs that a path could stumble over."""
    return "m" + name_key(metric).encode().hex()


_SHOWN = ("id", "url", "title", "source", "published_at", "companies", "events")  # in the order of unpack_hit
_NOT_SHOWN = tuple(
    field.name for field in dataclasses.fields(Document) if field.name not in {*_SHOWN, "text", "figures"}
)


def pack_shown(document: Document) -> bytes:
    """What a hit shows: it is read without the text, which may be long."""
    return _written([getattr(document, name) for name in _SHOWN])


def pack(document: Document) -> bytes:
    """All but what is shown, text and figures as bytes, any string in it included: pages may hold half of a surrogate pair."""
    return _written({name: getattr(document, name) for name in _NOT_SHOWN})


def pack_body(document: Document) -> bytes:
    """The text by itself: nearness is verified in it, by the hundred."""
    return document.text.encode("utf-8", "surrogatepass")


def unpack_body(body: bytes) -> str:
    return body.decode("utf-8", "surrogatepass")


def pack_figures(figures: Sequence[DocumentFigure]) -> bytes:
    """The figures by themselves: a condition on one is verified without reading the article."""
    return _written([(one.metric, one.value, one.unit, one.period, one.subject) for one in figures])


_JSON = json.JSONEncoder(default=datetime.isoformat, ensure_ascii=False, separators=(",", ":"))


def _written(held: object) -> bytes:
    return _JSON.encode(held).encode("utf-8", "surrogatepass")


_scan = json.JSONDecoder().raw_decode  # json.loads, without looking for what is never around our own


def _read(packed: bytes) -> Any:
    return _scan(packed.decode("utf-8", "surrogatepass"))[0]


def unpack_id(shown: bytes) -> str:
    return str(_read(shown)[0])


def unpack_hit(shown: bytes, *, score: float) -> Hit:
    """The hit without highlights."""
    id, url, title, source, published_at, companies, events = _read(shown)
    return Hit(
        id=id,
        url=url,
        title=title,
        source=source,
        published_at=None if published_at is None else datetime.fromisoformat(published_at),
        score=score,
        companies=tuple(companies),
        events=tuple(events),
        highlights=(),
    )


_NAMES = ("companies", "about", "people", "events", "keywords")
_MOMENTS = ("published_at", "stored_at", "first_stored_at")


def unpack(shown: bytes, payload: bytes, body: bytes) -> Document:
    """The document without its figures, which few questions are about."""
    fields: dict[str, Any] = dict(zip(_SHOWN, _read(shown), strict=True)) | _read(payload)
    fields["text"] = unpack_body(body)
    for name in _NAMES:
        fields[name] = tuple(fields[name])
    for name in _MOMENTS:
        if fields[name] is not None:
            fields[name] = datetime.fromisoformat(fields[name])
    return Document(**fields)


def texts_in(shown: bytes, body: bytes, *, fields: Collection[str]) -> Iterator[str]:
    """Text and title, of these `fields`; read one after the other."""
    if "text" in fields:
        yield unpack_body(body)
    if "title" in fields:
        yield _read(shown)[_SHOWN.index("title")]


def figures_in(figures: bytes) -> Iterator[tuple[float, Mapping[str, str]]]:
    """Value and names (folded) of each figure, as conditions ask for them."""
    for metric, value, unit, period, subject in _read(figures):
        yield value, _names(metric, unit, period, subject)


@lru_cache(maxsize=1 << 14)
def _names(metric: str | None, unit: str, period: str | None, subject: str | None) -> Mapping[str, str]:
    return figure_names(DocumentFigure(metric=metric, value=0.0, unit=unit, period=period, subject=subject))


def unpack_figures(figures: bytes) -> tuple[DocumentFigure, ...]:
    return tuple(
        DocumentFigure(metric=metric, value=value, unit=unit, period=period, subject=subject)
        for metric, value, unit, period, subject in _read(figures)
    )
