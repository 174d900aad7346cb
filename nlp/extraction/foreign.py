"""The body of pages that are not Chinese: trafilatura finds the text, we find its lines."""

from __future__ import annotations

import re
from typing import Any

from nlp.extraction.page import Visible

_LETTERS = re.compile(r"[\W_]+")


def foreign_lines(root: Any, visible: Visible) -> frozenset[int]:
    """The numbers of the visible lines that trafilatura counts to the article; empty where it finds none."""
    from trafilatura import extract

    # A copy: trafilatura prunes the tree it is given.
    text = extract(_copied(root), include_comments=False, include_tables=True, deduplicate=False) or ""
    paragraphs = {_key(line) for line in text.split("\n")}
    joined = "".join(_key(line) for line in text.split("\n"))  # its lines end elsewhere than ours
    if not joined:
        return frozenset()
    chosen = [number for number, line in enumerate(visible.lines) if _stands_in(_key(line.text), joined, paragraphs)]
    found = _without_strays(chosen, visible)
    # Where most of what it read is not to be found line by line (text assembled from attributes or scripts), say nothing.
    covered = sum(len(_key(visible.lines[number].text)) for number in found)
    return frozenset(found) if covered >= 0.5 * len(joined) else frozenset()


def _stands_in(key: str, joined: str, paragraphs: set[str]) -> bool:
    if len(key) > 80:  # a note or a button inside a paragraph must not hide it
        return key[:40] in joined or key[-40:] in joined
    return key in joined if len(key) > 20 else bool(key) and key in paragraphs


def _copied(root: Any) -> Any:
    from copy import deepcopy

    return deepcopy(root)


def _key(text: str) -> str:
    return _LETTERS.sub("", text).lower()


def _without_strays(chosen: list[int], visible: Visible) -> list[int]:
    """Short lines far from the rest (a menu entry that the text happens to contain) are no part of it."""
    long = [number for number in chosen if len(visible.lines[number].text) >= 60]
    if not long:
        return chosen
    return [
        number for number in chosen if len(visible.lines[number].text) >= 60 or long[0] - 6 <= number <= long[-1] + 6
    ]
