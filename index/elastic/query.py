"""The syntax tree as Elasticsearch's query objects (JSON). Every node becomes exactly what the matcher means by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, assert_never

from index.memory import TITLE_WEIGHT
from index.query.ast import (
    And,
    Boost,
    Everything,
    FigureOf,
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Phrase,
    Published,
    TextLeaf,
    Value,
)
from index.query.plan import keyword_of
from index.query.times import seconds
from index.tokens import Slot

Json: TypeAlias = dict[str, Any]

_ALL_EXPANSIONS = 1_000_000  # words a prefix stands for: left out words would be left out documents


def translate(node: Node) -> Json:
    """What `_search` is given as `query` for a tree that plan() gave."""
    match node:
        case Everything():
            return {"match_all": {}}
        case Phrase() | Near() | Fuzzy():
            return _weighed([_in_field(node, field) for field in node.fields], keyword=keyword_of(node))
        case OneOf() | Published() | FigureOf():
            # They decide whether, never how well: they add nothing to the score.
            return {"constant_score": {"filter": _condition(node), "boost": 0.0}}
        case And(children=children):
            return _all_of([translate(child) for child in children])
        case Or(children=children):
            return _any_of([translate(child) for child in children])
        case Not(child=child):
            return {"bool": {"must_not": [translate(child)]}}
        case Boost(child=child, factor=factor):
            return {"bool": {"must": [translate(child)], "boost": factor}}
        case Named() | Value():
            raise TypeError(f"{node} cannot stand here: translate what plan() gives")
        case _:
            assert_never(node)


def _all_of(queries: list[Json]) -> Json:
    return {"bool": {"must": queries}}


def _any_of(queries: list[Json]) -> Json:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _weighed(in_fields: list[Json], *, keyword: str | None) -> Json:
    query = _any_of(in_fields)
    if keyword is None:
        return query
    return {"bool": {"must": [query], "should": [{"term": {"keys.keyword": {"value": keyword}}}]}}


def _condition(node: OneOf | Published | FigureOf) -> Json:
    match node:
        case OneOf(field=field, names=names):
            return {"terms": {f"keys.{field}": list(names)}}
        case Published():
            return _published(node)
        case FigureOf(condition=condition):
            return {"nested": {"path": "figures", "query": _of_one_figure(condition), "score_mode": "none"}}


def _of_one_figure(node: Node) -> Json:
    match node:
        case And(children=children):
            return _all_of([_of_one_figure(child) for child in children])
        case Or(children=children):
            return _any_of([_of_one_figure(child) for child in children])
        case Not(child=child):
            return {"bool": {"must_not": [_of_one_figure(child)]}}
        case OneOf(field=field, names=names):
            return {"terms": {f"figures.{field}": list(names)}}
        case Value():
            return {"range": {"figures.value": _bounds(node)}}
        case _:
            raise TypeError(f"{node} cannot stand inside figure:(…)")


def _bounds(value: Value) -> Json:
    low, high = "gt" if value.low_open else "gte", "lt" if value.high_open else "lte"
    return {name: bound for name, bound in ((low, value.low), (high, value.high)) if bound is not None}


def _published(node: Published) -> Json:
    bounds = {"gte": seconds(node.start)} if isinstance(node.start, datetime) else {}
    if node.end is not None:
        bounds["lt"] = seconds(node.end)
    return {"range": {"published": bounds}}


def _in_field(leaf: TextLeaf, field: str) -> Json:
    boost = TITLE_WEIGHT if field == "title" else 1.0
    field = f"{field}_tokens"
    match leaf:
        case Phrase(slots=slots):
            return _phrase(slots, field, boost=boost)
        case Near(parts=parts, distance=distance):
            rule = {"intervals": [_interval(part) for part in parts], "ordered": False, "max_gaps": distance}
            return {"intervals": {field: {"all_of": rule, "boost": boost}}}
        case Fuzzy(word=word, distance=distance):
            # A constant score lifts the limit on the number of words that are near.
            how = {"value": word, "fuzziness": distance, "rewrite": "constant_score", "boost": boost}
            return {"fuzzy": {field: how}}


def _phrase(slots: tuple[Slot, ...], field: str, *, boost: float) -> Json:
    words = " ".join(slot.text for slot in slots)
    if not any(slot.prefix for slot in slots):
        return {"match_phrase": {field: {"query": words, "boost": boost}}}
    if len(slots) == 1:
        return {"prefix": {field: {"value": words, "boost": boost}}}
    # Only the last slot of a phrase is ever a prefix.
    return {"match_phrase_prefix": {field: {"query": words, "max_expansions": _ALL_EXPANSIONS, "boost": boost}}}


def _interval(slots: tuple[Slot, ...]) -> Json:
    """The slots at successive positions, as a rule of an intervals query."""
    rules = [
        {"prefix": {"prefix": slot.text}} if slot.prefix else {"match": {"query": slot.text, "max_gaps": 0}}
        for slot in slots
    ]
    return rules[0] if len(rules) == 1 else {"all_of": {"intervals": rules, "ordered": True, "max_gaps": 0}}
