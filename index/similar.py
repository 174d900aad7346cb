"""More like this: the terms that tell a document from others, and how many of them another must share.

The same choice in every engine, over the tokens of the analysis (bigrams and words): so it needs no dictionary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from index.records import Document
from index.tokens import GAP, analyse
from zhiwen.folding import fold

TERMS = 25  # as Lucene's more-like-this
_SHARED = 0.3  # of the terms; below it, articles share a company and little else
_LOOKED_UP = 200  # the most frequent tokens of a long text, whose rarity is asked for
_TITLE = 3  # times as telling as a word of the text


def said_most(document: Document) -> Counter[str]:
    """The terms whose rarity decides, with how often the document says each, the title counting more."""
    said: Counter[str] = Counter()
    for text, weight in ((document.title, _TITLE), (document.text, 1)):
        for token in analyse(fold(text)).tokens:
            if len(token) > 1 and token != GAP:
                said[token] += weight
    return Counter(dict(said.most_common(_LOOKED_UP)))


def telling_terms(document: Document, *, frequency: Callable[[str], int], held: int) -> list[str]:
    """The document's terms by how often it says them and how few others do; `frequency` counts documents, of `held`.

    A term that no other document has finds nothing and is left out.
    """
    worth = {}
    for term, often in said_most(document).items():
        documents = frequency(term)
        if documents > 1:
            worth[term] = math.sqrt(often) * rarity(documents, held)
    return sorted(worth, key=lambda term: (-worth[term], term))[:TERMS]


def enough(terms: list[str]) -> int:
    """How many of the terms another document must have."""
    return max(1, math.ceil(_SHARED * len(terms)))


def rarity(documents: int, held: int) -> float:
    """BM25's weight of a term that `documents` of `held` have."""
    return math.log(1 + (max(held - documents, 0) + 0.5) / (documents + 0.5))
