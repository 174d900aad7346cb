"""Placeholders in URLs, forms and links: `{page}`, `{today:%Y-%m-%d}`, `{since:%Y%m%d}`, and the fields of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any


def check_template(text: str, *, names: Sequence[str]) -> str:
    """`text` if its placeholders are among `names`; raises ValueError that lists them."""
    try:
        used = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise ValueError(f"{text!r} has a stray brace: write {{{{ and }}}} for braces ({error})") from error
    strange = next((name for name in used if name not in names), None)
    if strange is not None:
        raise ValueError(f"{text!r}: {{{strange}}} is not known; there are {', '.join(names) or 'none'}")
    return text


def fill(value: Any, values: Mapping[str, Any]) -> Any:
    """`value` with the placeholders of all texts in it filled; mappings and lists are gone through."""
    match value:
        case str():
            return value.format_map(values)
        case Mapping():
            return {key: fill(item, values) for key, item in value.items()}
        case list() | tuple():
            return [fill(item, values) for item in value]
    return value
