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
    paragraphs = [_key(line) for line in text.split("\n")]
    joined = "\n".join(key for key in paragraphs if key)
    if not joined:
        return frozenset()
    chosen = [
        number
        for number, line in enumerate(visible.lines)
        if (key := _key(line.text)) and len(key) > 3 and key in joined
    ]
    found = _without_strays(chosen, visible)
    # Where most of what it read is not to be found line by line (text assembled from attributes or scripts), say nothing.
    covered = sum(len(_key(visible.lines[number].text)) for number in found)
    return frozenset(found) if covered >= 0.5 * len(joined) else frozenset()


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
