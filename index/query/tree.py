"""A syntax tree as people read it: one node a line, its children indented under it."""

from __future__ import annotations

from collections.abc import Iterator

from index.query.ast import (
    TEXT_FIELDS,
    And,
    Boost,
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
from index.tokens import Slot, literal


def tree(node: Node) -> str:
    """
    >>> from index.query.parser import parse
    >>> print(tree(parse("智谱 -title:上市").root))
    and
      phrase 智谱
      not
        phrase 上市 in title
    """
    return "\n".join("  " * depth + line for depth, line in _lines(node, depth=0))


def _lines(node: Node, *, depth: int) -> Iterator[tuple[int, str]]:
    yield depth, _line(node)
    for child in _children(node):
        yield from _lines(child, depth=depth + 1)


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case And(children=children) | Or(children=children):
            return children
        case Not(child=child) | Boost(child=child) | FigureOf(condition=child):
            return (child,)
        case _:
            return ()


def _line(node: Node) -> str:
    match node:
        case Phrase() | Near() | Fuzzy():
            return _text(node) + ("" if node.fields == TEXT_FIELDS else f" in {', '.join(node.fields)}")
        case Named(field="published", name=when):
            return f"published {when}"
        case Named(field=field, name=name):
            return f"{field} is {name}"
        case OneOf(field=field, names=names):
            return f"{field} is {' | '.join(names)}"
        case Published(start=start, end=end):
            return f"published from {_open(start)} to before {_open(end)}"
        case Value():
            return f"value {_bounds(node)}"
        case Boost(factor=factor):
            return f"weight {factor:g}"
        case FigureOf():
            return "one figure"
        case _:
            return type(node).__name__.lower()  # and, or, not, everything


def _text(leaf: TextLeaf) -> str:
    match leaf:
        case Phrase(slots=slots):
            return f"phrase {_words(slots)}"
        case Near(parts=parts, distance=distance):
            return f"near {' and '.join(map(_words, parts))}, at most {distance} between"
        case Fuzzy(word=word, distance=distance):
            return f"about {word}, at most {distance} wrong"


def _words(slots: tuple[Slot, ...]) -> str:
    plain = literal(slots)
    return plain if plain is not None else " ".join(slot.text + "*" * slot.prefix for slot in slots)


def _open(bound: object) -> str:
    return "any time" if bound is None else str(bound)


def _bounds(value: Value) -> str:
    if value.low is not None and value.low == value.high:
        return f"= {value.low:,.12g}"
    low = "" if value.low is None else f"{'>' if value.low_open else '>='} {value.low:,.12g}"
    high = "" if value.high is None else f"{'<' if value.high_open else '<='} {value.high:,.12g}"
    return " and ".join(filter(None, (low, high)))
