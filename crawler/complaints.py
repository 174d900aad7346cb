"""What is wrong with a source file, as a sentence: which file, which source, which key, and what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from difflib import get_close_matches

from pydantic_core import ErrorDetails

from crawler.yamlfile import YamlFile

# Errors of pydantic that a value gets which was meant as text but reads as something else in YAML.
_TEXT_WANTED = frozenset({"string_type", "literal_error", "string_pattern_mismatch"})


def complaint(details: ErrorDetails, *, file: YamlFile, known: Collection[str]) -> str:
    """One error of pydantic about `file`. `known` are the keys there are, for "did you mean"."""
    keys = _keys_of(details["loc"], file.data)
    if details["type"] == "missing":
        keys = (*keys, details["loc"][-1])
    return f"{file.path}: source {file.data.get('id', file.path.stem)!r}: {_about(details, keys, file, known)}"


def _about(details: ErrorDetails, keys: tuple[int | str, ...], file: YamlFile, known: Collection[str]) -> str:
    key, value = ".".join(str(part) for part in keys), details["input"]
    if details["type"] in _TEXT_WANTED and isinstance(value, bool | int | float | date):
        return f"key {key!r} is {_kind_of(value)} ({value}); {_quote(key, file.spelling(keys) or str(value))}"
    match details["type"]:
        case "missing":
            return f"key {key!r} is missing"
        case "extra_forbidden":
            near = get_close_matches(str(keys[-1]), known, n=1) if len(keys) == 1 else []
            return f"key {key!r} is not known" + (f"; did you mean {near[0]!r}?" if near else "")
        case "union_tag_invalid" | "union_tag_not_found":
            return "key 'kind' must be feed, list or folder"
        case "value_error":
            return f"key {key!r}: {details['ctx']['error']}" if key else str(details["ctx"]["error"])
    return f"key {key!r}: {details['msg'][0].lower()}{details['msg'][1:]}, not {value!r}"


def _keys_of(location: tuple[int | str, ...], data: object) -> tuple[int | str, ...]:
    """The keys of the file in pydantic's path, which also names branches of unions (the kind, a type)."""
    keys: list[int | str] = []
    for part in location:
        inside = _inside(data, part)
        if inside is not _NOTHING:
            keys, data = [*keys, part], inside
    return tuple(keys)


_NOTHING = object()


def _inside(data: object, part: int | str) -> object:
    if isinstance(data, Mapping):
        return data.get(part, _NOTHING)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return _NOTHING


def _kind_of(value: object) -> str:
    return "yes or no" if isinstance(value, bool) else "a date" if isinstance(value, date) else "a number"


def _quote(key: str, spelling: str) -> str:
    what = "the code" if "code" in key or spelling.startswith("0") else "it"
    return f'quote {what}: "{spelling}"'
