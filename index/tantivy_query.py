"""The syntax tree as tantivy's query objects. Every node becomes exactly what the matcher means by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise, product
from typing import Any, TypeAlias, assert_never

from tantivy import FieldType, Occur, Query, Schema

from index.common_phrases import CommonPhrases
from index.figures import VALUED_WITH, figure_token, required_of_figure, valued_range
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
from index.query.times import seconds
from index.tokens import Slot, telling, trigrams

ANYWHERE = "all"  # title and text as one, for single tokens: it has no positions
LONGER = "longer"  # the same in tokens of up to three characters, for phrases: rarer than bigrams, and fewer of them
_FEW_NAMES = 8  # up to here a list of documents for each is cheaper than a set of terms
_FEW_BRANCHES = 4

Verify = Callable[[Query, Near | FigureOf], Query]
Parse = Callable[[str], Query]
Terms: TypeAlias = Sequence[tuple[int, str]]  # with the position of each


class Translator:
    """`verify` keeps of what a query finds those that meet a node, for what tantivy cannot say.

    That is nearness of phrases in any order, and conditions bound to one figure beyond its names. `parse` reads tantivy's
    own query language: a range of terms can be asked for in no other way.
    """

    def __init__(self, schema: Schema, *, phrases: CommonPhrases, parse: Parse, verify: Verify) -> None:
        self._schema = schema
        self._phrases = phrases
        self._parse = parse
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
                return any_of([self.translate(child) for child in children])
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
                return self._one_of(field, names)
            case Published():
                return self._published(node)
            case FigureOf(condition=condition):
                return self._figure(condition)

    def _one_of(self, field: str, names: Sequence[str]) -> Query:
        if len(names) > _FEW_NAMES:
            return Query.term_set_query(self._schema, field, list(names))
        return any_of([Query.term_query(self._schema, field, name) for name in names])

    def _all_of(self, children: Sequence[Node]) -> Query:
        clauses = [
            (Occur.MustNot, self.translate(child.child))
            if isinstance(child, Not)
            else (Occur.Must, self.translate(child))
            for child in self._with_filters_inside(list(_flat(children)))
        ]
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, Query.const_score_query(Query.all_query(), 0.0)))
        return Query.boolean_query(clauses)

    def _with_filters_inside(self, children: list[Node]) -> list[Node]:
        """(a OR b) AND filters as (a AND filters) OR (b AND filters), where a or b is a phrase of several terms.

        tantivy looks a phrase up only in what passes the filters beside it, but a union whole, in all documents.
        """
        filters = [child for child in children if isinstance(child, OneOf | Published)]
        spread = next((child for child in children if isinstance(child, Or) and self._worth_spreading(child)), None)
        if spread is None or not filters:
            return children
        branches = tuple(And(children=(branch, *filters)) for branch in spread.children)
        return [Or(children=branches), *(child for child in children if child is not spread and child not in filters)]

    def _worth_spreading(self, node: Or) -> bool:
        phrases = [child for child in node.children if isinstance(child, Phrase)]
        # Each branch looks at the filters again, so they are few.
        few = len(phrases) == len(node.children) <= _FEW_BRANCHES
        return few and any(map(self._by_positions, phrases))

    def _by_positions(self, phrase: Phrase) -> bool:
        """Whether it is more than one list of documents."""
        anywhere = self._anywhere(phrase.slots) if len(phrase.fields) > 1 else None
        return len(anywhere[1] if anywhere else telling(phrase.slots)) > 1

    def _anywhere(self, slots: tuple[Slot, ...]) -> tuple[str, Terms] | None:
        """The joint field, and the terms in it, that tell a phrase of title or text; None where each field is asked by itself."""
        if term := self._phrases.term(slots):
            return ANYWHERE, ((0, term),)
        longer = trigrams(slots) if len(slots) > 1 else None
        return (LONGER, longer) if longer else None

    def _in_fields(self, leaf: TextLeaf) -> Query:
        match leaf:
            case Near():
                return self._near(leaf)
            case Phrase(fields=[_, _, *_], slots=slots) if anywhere := self._anywhere(slots):
                field, terms = anywhere
                return self._successive(terms, field)
            case Phrase(fields=[_, _, *_], slots=[_]) | Fuzzy(fields=[_, _, *_]):
                return self._in_field(leaf, ANYWHERE)
            case _:
                return any_of([self._weighted(self._in_field(leaf, field), field) for field in leaf.fields])

    def _weighted(self, query: Query, field: str) -> Query:
        return Query.boost_query(query, TITLE_WEIGHT) if field == "title" else query

    def _in_field(self, leaf: Phrase | Fuzzy, field: str) -> Query:
        match leaf:
            case Phrase(slots=slots):
                return self.phrase(slots, field)
            case Fuzzy(word=word, distance=distance):
                return Query.fuzzy_term_query(self._schema, field, word, distance, True)

    def _near(self, leaf: Near) -> Query:
        found = any_of([self._weighted(self._near_in_field(leaf, field), field) for field in leaf.fields])
        # Of two parts of a term each, the distance of their starts says all.
        exact = len(leaf.parts) == 2 and all(len(part) == 1 and not part[0].prefix for part in leaf.parts)
        return found if exact else self._verify(found, leaf)

    def _near_in_field(self, leaf: Near, field: str) -> Query:
        """The parts, their starts no further apart than they can be; exact for two parts of one term each."""
        # Both at the same place but for the slop, which tantivy counts in either direction.
        reach = sum(map(len, leaf.parts)) + leaf.distance - min(map(len, leaf.parts))
        pairs = pairwise(part[0].text for part in leaf.parts if not part[0].prefix)
        close = [Query.phrase_query(self._schema, field, [(0, one), (0, other)], reach) for one, other in pairs]
        if all(len(part) == 1 for part in leaf.parts) and len(close) == len(leaf.parts) - 1:
            return _all(close)
        return _all([*(self.phrase(part, field) for part in leaf.parts), *close])

    def phrase(self, slots: tuple[Slot, ...], field: str) -> Query:
        """The slots at successive positions of `field`: each costs a look at its positions, so only those that tell."""
        kept = telling(slots)
        if any(slot.prefix for slot in slots):
            if len(kept) == 1:
                return Query.regex_query(self._schema, field, _pattern(kept[0][1]))
            return Query.regex_phrase_query(self._schema, field, [(at, _pattern(slot)) for at, slot in kept])
        return self._successive([(at, slot.text) for at, slot in kept], field)

    def _successive(self, terms: Terms, field: str) -> Query:
        """These terms at these positions, from wherever the first one stands."""
        if len(terms) == 1:
            return Query.term_query(self._schema, field, terms[0][1])
        return Query.phrase_query(self._schema, field, list(terms))

    def _figure(self, condition: Node) -> Query:
        if isinstance(condition, Or):  # some figure meets a or b: some meets a, or some meets b
            return any_of([self._figure(child) for child in condition.children])
        wanted = required_of_figure(condition)
        clauses: list[Query] = []
        bound = {field: names for field, names in wanted.names.items() if field in VALUED_WITH}
        if wanted.value is None or "metric" not in bound:
            bound = {}
        if wanted.value is not None and bound:
            clauses.append(any_of([valued(token, wanted.value, parse=self._parse) for token in _figure_tokens(bound)]))
        elif wanted.value is not None:
            clauses.append(self._valued(wanted.value))
        if len(bound) < len(wanted.names):
            clauses.append(self._one_of("figure", list(_figure_tokens(wanted.names))))
        candidates = _all(clauses) if clauses else Query.exists_query("figure_value")
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


# Behind each pattern tantivy prints its automaton: hundreds of lines for deep*.
_AUTOMATON = re.compile(r'(?P<pattern>Regex\("(?:[^"\\]|\\.)*"\))\n.*?(?=, field: )', re.DOTALL)


def readable(query: Query) -> str:
    """`query` as tantivy prints it, for people."""
    return _AUTOMATON.sub(r"\g<pattern>", str(query))


def valued(token: str, value: Value, *, parse: Parse) -> Query:
    """What tells a figure of these names (see `figure_token`) with that value."""
    first, last = valued_range(token, value)
    opening, closing = "{" if value.low_open else "[", "}" if value.high_open else "]"
    return parse(f"figure_valued:{opening}{first} TO {last}{closing}")


def _figure_tokens(names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """One for each way to take one name of each field."""
    return (figure_token(dict(zip(names, chosen, strict=True))) for chosen in product(*names.values()))


def _all(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, query) for query in queries])


def any_of(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, query) for query in queries])


def _flat(children: Sequence[Node]) -> Iterator[Node]:
    """The conditions of an AND with those of an AND inside it, and names of one field ORed as one condition."""
    for child in children:
        if isinstance(child, And):
            yield from _flat(child.children)
        else:
            yield _as_one(child)


def _as_one(node: Node) -> Node:
    names = [child for child in node.children if isinstance(child, OneOf)] if isinstance(node, Or) else []
    if not isinstance(node, Or) or len(names) < len(node.children) or len({one.field for one in names}) > 1:
        return node
    return OneOf(field=names[0].field, names=tuple(dict.fromkeys(name for one in names for name in one.names)))


def _pattern(slot: Slot) -> str:
    """Tokens hold letters and digits, and of the signs of a pattern only the point and the gap."""
    return re.sub(r"[.|]", r"\\\g<0>", slot.text) + (".*" if slot.prefix else "")
