"""What an article must hold for a query to meet it: the question that lets most rules be skipped unread.

智谱 (聆讯 OR 递表)    智谱            of the parts that must all hold, the one that says most
聆讯 OR 递表           聆讯, 递表      one of them must stand there
智谱 OR source:hkex    None            may be met without any word
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from index.query.ast import And, Boost, Near, Node, Or, Phrase
from index.tokens import GAP, Slot

Terms = frozenset[str]


def required_terms(node: Node) -> Terms | None:
    """Folded texts of which at least one stands, as a substring, in the folded title or text of all that meets `node`.

    None where nothing can be promised. Empty: nothing meets `node`. Resolved or not, a tree gives the same.
    """
    match node:
        case Phrase(slots=slots):
            return _best(_of_slots(slots))
        case Near(parts=parts):
            return _best(terms for part in parts for terms in _of_slots(part))
        case And(children=children):
            return _best(terms for child in children if (terms := required_terms(child)) is not None)
        case Or(children=children):
            found = [required_terms(child) for child in children]
            whole = [terms for terms in found if terms is not None]
            return frozenset().union(*whole) if len(whole) == len(found) else None
        case Boost(child=child):
            return required_terms(child)
        case _:  # a Fuzzy word is spelled in too many ways; names, times and NOT ask for no words
            return None


def _best(choices: Iterable[Terms]) -> Terms | None:
    """The longest stands in the fewest articles; None of none."""
    return max(choices, key=lambda terms: (min(map(len, terms), default=1 << 30), -len(terms)), default=None)


def _of_slots(slots: tuple[Slot, ...]) -> Iterator[Terms]:
    """What each stretch of a phrase promises to find in the text."""
    run = ""
    for slot in slots:
        if slot.reach:  # a bigram: those that follow each other overlap by a character
            run += slot.text[1:] if run else slot.text
            continue
        if run:
            yield frozenset({run})
            run = ""
        if slot.text != GAP and "~" not in slot.text:  # ~ stands for the end of a very long word
            yield from _of_word(slot)
    if run:
        yield frozenset({run})


def _of_word(slot: Slot) -> Iterator[Terms]:
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
