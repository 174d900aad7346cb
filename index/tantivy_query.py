"""The syntax tree as tantivy's query objects. Every node becomes exactly what the matcher means by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Any, assert_never

from tantivy import FieldType, Occur, Query, Schema

from index.figures import figure_token, required_of_figure
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
from index.tokens import Slot, telling

Verify = Callable[[Query, Node], Query]


class Translator:
    """`verify` keeps of what a query finds those that meet a node, for what tantivy cannot say.

    That is nearness of phrases in any order, and conditions bound to one figure beyond its names.
    """

    def __init__(self, schema: Schema, *, verify: Verify) -> None:
        self._schema = schema
        self._verify = verify

    def translate(self, node: Node) -> Query:
        match node:
            case Everything():
                return Query.all_query()
            case Phrase() | Near() | Fuzzy():
                return self._in_fields(node)
            case OneOf() | Published() | FigureOf():
                # They decide whether, never how well: they add nothing to the score.
                return Query.const_score_query(self._condition(node), 0.0)
            case And(children=children):
                return self._all_of(children)
            case Or(children=children):
                return Query.boolean_query([(Occur.Should, self.translate(child)) for child in children])
            case Not():
                return self._all_of((node,))
            case Boost(child=child, factor=factor):
                return Query.boost_query(self.translate(child), factor)
            case Named() | Value():
                raise TypeError(f"{node} cannot stand here: translate what plan() gives")
            case _:
                assert_never(node)

    def _condition(self, node: OneOf | Published | FigureOf) -> Query:
        match node:
            case OneOf(field=field, names=names):
                return Query.term_set_query(self._schema, field, list(names))
            case Published():
                return self._published(node)
            case FigureOf(condition=condition):
                return self._figure(condition)

    def _all_of(self, children: tuple[Node, ...]) -> Query:
        clauses = [
            (Occur.MustNot, self.translate(child.child))
            if isinstance(child, Not)
            else (Occur.Must, self.translate(child))
            for child in children
        ]
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, Query.const_score_query(Query.all_query(), 0.0)))
        return Query.boolean_query(clauses)

    def _in_fields(self, leaf: TextLeaf) -> Query:
        queries = [self._weighted(self._in_field(leaf, field), field) for field in leaf.fields]
        if len(queries) == 1:
            return queries[0]
        found = Query.boolean_query([(Occur.Should, query) for query in queries])
        keyword = keyword_of(leaf)
        if keyword is None:
            return found
        named = Query.term_query(self._schema, "keyword", keyword)
        return Query.boolean_query([(Occur.Must, found), (Occur.Should, named)])

    def _weighted(self, query: Query, field: str) -> Query:
        return Query.boost_query(query, TITLE_WEIGHT) if field == "title" else query

    def _in_field(self, leaf: TextLeaf, field: str) -> Query:
        match leaf:
            case Phrase(slots=slots):
                return self.phrase(slots, field)
            case Near():
                parts = [(Occur.Must, self.phrase(part, field)) for part in leaf.parts]
                return self._verify(Query.boolean_query(parts), replace(leaf, fields=(field,)))
            case Fuzzy(word=word, distance=distance):
                return Query.fuzzy_term_query(self._schema, field, word, distance, True)

    def phrase(self, slots: tuple[Slot, ...], field: str) -> Query:
        """The slots at successive positions of `field`: each costs a look at its positions, so only those that tell."""
        kept = telling(slots)
        if len(kept) == 1:
            (slot,) = slots
            if slot.prefix:
                return Query.regex_query(self._schema, field, _pattern(slot))
            return Query.term_query(self._schema, field, slot.text)
        if any(slot.prefix for slot in slots):
            return Query.regex_phrase_query(self._schema, field, [(at, _pattern(slot)) for at, slot in kept])
        return Query.phrase_query(self._schema, field, [(at, slot.text) for at, slot in kept])

    def _figure(self, condition: Node) -> Query:
        if isinstance(condition, Or):  # some figure meets a or b: some meets a, or some meets b
            return Query.boolean_query([(Occur.Should, self._figure(child)) for child in condition.children])
        wanted = required_of_figure(condition)
        clauses = []
        if wanted.names:
            combined = product(*wanted.names.values())
            tokens = [figure_token(dict(zip(wanted.names, names, strict=True))) for names in combined]
            clauses.append((Occur.Must, Query.term_set_query(self._schema, "figure", tokens)))
        if wanted.value is not None:
            clauses.append((Occur.Must, self._valued(wanted.value)))
        if not clauses:
            clauses.append((Occur.Must, Query.exists_query("figure_value")))
        candidates = Query.boolean_query(clauses)
        exact = wanted.whole and len(clauses) == 1
        return candidates if exact else self._verify(candidates, FigureOf(condition=condition))

    def _valued(self, value: Value) -> Query:
        bounds: dict[str, Any] = {"include_lower": not value.low_open, "include_upper": not value.high_open}
        if value.low is not None:
            bounds["lower_bound"] = value.low
        if value.high is not None:
            bounds["upper_bound"] = value.high
        return Query.range_query(self._schema, "figure_value", FieldType.Float, **bounds)

    def _published(self, node: Published) -> Query:
        bounds: dict[str, Any] = {}
        if isinstance(node.start, datetime):
            bounds["lower_bound"] = seconds(node.start)
        if node.end is not None:
            bounds["upper_bound"] = seconds(node.end) - 1  # whole seconds, the last included
        return Query.range_query(self._schema, "published", FieldType.Integer, **bounds)


def _pattern(slot: Slot) -> str:
    """Tokens hold letters and digits, and of the signs of a pattern only the point and the gap."""
    return re.sub(r"[.|]", r"\\\g<0>", slot.text) + (".*" if slot.prefix else "")
