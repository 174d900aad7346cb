"""What an article is about: how often, how early and where its companies are named.

Salience of a company is between 0 and 1: its share of all mentions, raised by a place in the title or the opening.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from nlp.components.records import Mention, Span

# Weights swept on half of the open domain texts: the opening decides in a newsflash, repetition in a long text.
_TITLE = 2.5
_OPENING = 1.0
_FIRST = 0.4
_ABOUT_RELATIVE = 0.68
_MOST = 4


def salience(mentions: Sequence[Mention], *, title_names: frozenset[str], opening: Span | None) -> dict[str, float]:
    """Salience of each company named, highest first; ties go to the one named first."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    for mention in mentions:
        if mention.type == "COMPANY":
            counts[mention.label] += 1
            first.setdefault(mention.label, mention.start)
    scores = {name: math.log2(1 + count) + _bonus(name, first, title_names, opening) for name, count in counts.items()}
    top = max(scores.values(), default=1.0)
    ranked = sorted(scores, key=lambda name: (-scores[name], first[name]))
    return {name: round(scores[name] / max(top, 1.0), 4) for name in ranked}


def _bonus(name: str, first: Mapping[str, int], title_names: frozenset[str], opening: Span | None) -> float:
    bonus = _TITLE if name in title_names else 0.0
    if opening is not None and opening.start <= first[name] < opening.end:
        bonus += _OPENING
    if first[name] == min(first.values()):
        bonus += _FIRST
    return bonus


def about(scores: Mapping[str, float]) -> tuple[str, ...]:
    """The companies the article is about: the most salient, and those close to it."""
    return tuple(name for name, score in scores.items() if score >= _ABOUT_RELATIVE)[:_MOST]
