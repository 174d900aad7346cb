"""What an article must hold for a query to meet it: the question that lets most rules be skipped unread.

智谱 (聆讯 OR 递表)    [智谱] [聆讯, 递表]    of each of the two, one must stand there
智谱 -聆讯             [智谱]
智谱 OR source:hkex    nothing: it may be met without any word
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from index.query.ast import And, Boost, Near, Node, Or, Phrase
from index.tokens import GAP, SPACE, Slot

Clause = frozenset[str]

# (a b) OR (c d) needs [a, c] [a, d] [b, c] [b, d]; of what would multiply to more, each part gives its longest only.
_MOST_CLAUSES = 16


def required_terms(node: Node) -> tuple[Clause, ...]:
    """Clauses that hold of every article that meets `node`: one of the texts stands in its folded title or text.

    The texts are folded, and stand there as substrings. No clause: nothing can be promised. An empty clause: nothing
    meets `node`. Resolved or not, a tree gives the same.
    """
    match node:
        case Phrase(slots=slots):
            found = _of_slots(slots)
        case Near(parts=parts):
            found = (clause for part in parts for clause in _of_slots(part))
        case And(children=children):
            found = (clause for child in children for clause in required_terms(child))
        case Or(children=children):
            found = _any_of([required_terms(child) for child in children])
        case Boost(child=child):
            return required_terms(child)
        case _:  # a Fuzzy word is spelled in too many ways; names, times and NOT ask for no words
            return ()
    return tuple(dict.fromkeys(found))


def _any_of(children: list[tuple[Clause, ...]]) -> Iterator[Clause]:
    if prod(map(len, children)) > _MOST_CLAUSES:
        children = [(max(clauses, key=_shortest),) for clauses in children]
    # A child without clauses leaves no combination, and so no promise.
    return (frozenset().union(*each) for each in product(*children))


def _shortest(clause: Clause) -> int:
    return min(map(len, clause), default=0)


def _of_slots(slots: tuple[Slot, ...]) -> Iterator[Clause]:
    """What each stretch of a phrase promises to find in the text."""
    run = ""
    for slot in slots:
        if slot.reach:  # a bigram: those that follow each other overlap by a character
            run += slot.text[1:] if run else slot.text
        elif run:  # the run's last character again, on its own
            yield frozenset({run})
            run = ""
        elif slot.text not in (GAP, SPACE) and "~" not in slot.text:  # ~ stands for the end of a very long word
            yield from _of_word(slot)
    if run:
        yield frozenset({run})


def _of_word(slot: Slot) -> Iterator[Clause]:
    if not slot.text[0].isdecimal():
        yield frozenset({slot.text})
    elif not slot.prefix:  # where the commas of 20,255 stand nobody can tell from 202*
        yield frozenset({slot.text, _with_commas(slot.text)})


def _with_commas(number: str) -> str:
    """Tokens are numbers without the commas that the text may have: 24377.5 is 24,377.5 there."""
    whole, dot, fraction = number.partition(".")
    first = len(whole) % 3 or 3
    groups = [whole[:first], *(whole[at : at + 3] for at in range(first, len(whole), 3))]
    return ",".join(groups) + dot + fraction
