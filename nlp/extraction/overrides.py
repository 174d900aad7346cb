"""What a source's YAML says about its pages, applied to a tree: CSS selectors, the first that finds something wins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlp.extraction.page import Visible
from nlp.stages import Overrides
from zhiwen.errors import SettingsError

_BODY_MARK = "zhiwen-selected-body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Text of what the selectors found, "" where they found nothing. `body`: whether an element was marked as the body."""

    title: str = ""
    author: str = ""
    publisher: str = ""
    published: str = ""
    body: bool = False


def apply_overrides(root: Any, overrides: Overrides) -> Selected:
    """Drop, mark and read. Changes `root`: dropped elements are gone, the body's element carries a class of ours."""
    for element in _found(root, overrides.drop):
        parent = element.getparent()
        if parent is not None:
            element.drop_tree()
    body = next(_found(root, overrides.body), None)
    if body is not None:
        body.set("class", f"{body.get('class') or ''} {_BODY_MARK}".strip())
    return Selected(
        title=_text(root, overrides.title),
        author=_text(root, overrides.author),
        publisher=_text(root, overrides.publisher),
        published=_text(root, overrides.published),
        body=body is not None,
    )


def selected_lines(visible: Visible) -> frozenset[int]:
    """The numbers of the lines in the element that the source's selector marked."""
    marked = {number for number, node in enumerate(visible.nodes) if _BODY_MARK in node.marks}
    return frozenset(
        number for number, line in enumerate(visible.lines) if any(node in marked for node in visible.ancestors(line))
    )


def _text(root: Any, selectors: tuple[str, ...]) -> str:
    for element in _found(root, selectors):
        text = " ".join((element.get("content") or element.get("datetime") or element.text_content() or "").split())
        if text:
            return text
    return ""


def _found(root: Any, selectors: tuple[str, ...]) -> Iterator[Any]:
    for selector in selectors:
        yield from _compiled(selector)(root)


@cache
def _compiled(selector: str) -> Any:
    from cssselect import SelectorError
    from lxml.cssselect import CSSSelector

    try:
        return CSSSelector(selector)
    except SelectorError as error:
        raise SettingsError(
            f"CSS selector {selector!r} does not parse: {error}", hint="correct it in the source's YAML"
        ) from error
