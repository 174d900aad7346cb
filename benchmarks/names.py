"""Whether a search for a name finds what plain substring search finds: recall and precision, by how the name is written.

The texts are the generated ones, a third of them in traditional characters and a third in full-width letters. The truth is
a loop over the texts: a document has a name if one of its written forms stands there, in whatever case (a latin one as a
word of its own).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle

from corpus import COMPANIES, generated

from index.aliases import AliasTable
from index.records import Document, SearchIndex, SearchRequest

ALIASES = AliasTable(companies={f"{name}股份": name for name in COMPANIES})
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All names asked for in one form."""

    names: str
    asked: int
    expected: int  # documents, over all names
    recall: float
    precision: float


def names_found(index: SearchIndex, *, documents: int) -> Iterator[Found]:
    """Fills `index`, which is empty and resolves ALIASES, with that many documents (at most 10,000) and asks for every name."""
    corpus = list(_in_scripts(generated(documents, length=120, seed=11)))
    index.apply(corpus)
    for form, written in _FORMS.items():
        asked = {name: written(name) for name in COMPANIES if form in ("plain", "alias") or written(name) != name}
        sets = [(_having(corpus, name, form=form), _asked(index, query)) for name, query in asked.items()]
        hits = sum(len(expected & found) for expected, found in sets)
        expected, found = sum(len(one) for one, _ in sets), sum(len(one) for _, one in sets)
        yield Found(
            names=form,
            asked=len(sets),
            expected=expected,
            recall=hits / max(expected, 1),
            precision=hits / max(found, 1),
        )


def _in_scripts(documents: Iterable[Document]) -> Iterator[Document]:
    scripts: list[Callable[[str], str]] = [str, _traditional, _full_width]
    for document, written in zip(documents, cycle(scripts), strict=False):
        yield replace(document, title=written(document.title), text=written(document.text))


@cache
def _traditional(text: str) -> str:
    from opencc import OpenCC

    return str(OpenCC("s2t").convert(text))


def _full_width(text: str) -> str:
    return text.translate(_FULL_WIDTH)


_FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "traditional": _traditional,
    "full-width": _full_width,
    "alias": lambda name: f'company:"{name}股份"',
}


def _asked(index: SearchIndex, query: str) -> set[str]:
    return {hit.id for hit in index.search(SearchRequest(query=query, limit=10_000, highlight=False)).hits}


def _having(documents: list[Document], name: str, *, form: str) -> set[str]:
    if form == "alias":
        return {document.id for document in documents if name in document.companies}
    written = (name, _traditional(name), _full_width(name))
    forms = re.compile("|".join(_as_word(re.escape(one)) for one in written), re.IGNORECASE)
    return {document.id for document in documents if forms.search(f"{document.title}\n{document.text}")}


def _as_word(pattern: str) -> str:
    """A latin word does not stand inside another one."""
    letters = "[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
    before = f"(?<!{letters})" if re.match(letters, pattern) else ""
    return f"{before}{pattern}" + (f"(?!{letters})" if re.search(f"{letters}$", pattern) else "")
