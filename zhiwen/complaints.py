"""What is wrong with a file, in words of the file: where, which key, what stands there, what to write instead.

    ValidationError of pydantic ─ one line each ─▶ SettingsError

    sources/hkex.yaml:9: source 'hkex': key 'watch_codes.0' is a number (448); quote the code: "00700"

pydantic is imported for its types only: who has such an error to tell has loaded it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from zhiwen.errors import SettingsError
from zhiwen.yamlfile import Keys, YamlFile

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

# What pydantic says of a value that was meant as text and reads as something else in YAML.
_TEXT_WANTED = frozenset({"string_type", "literal_error", "string_pattern_mismatch"})
_MAPPING_WANTED = frozenset({"model_type", "dict_type", "model_attributes_type", "mapping_type"})


def refusal(
    error: ValidationError, *, what: str, file: YamlFile, model: Any, at: Keys = (), values: bool = True
) -> SettingsError:
    """All that pydantic found wrong with the value at `at`, one line each.

    `what` names the thing ("rule 'filings'"); `model` is the type it was checked against, for the keys there are.
    Not `values`: a refused text is not repeated, for it may be a secret.
    """
    lines = [
        f"{file.place((*at, *_in_file(details['loc'], file, at)))}: {what}: "
        + complaint(details, file=file, model=model, at=at, values=values)
        for details in error.errors()
    ]
    return SettingsError("\n".join(lines))


def complaint(
    details: ErrorDetails, *, model: Any, file: YamlFile | None = None, at: Keys = (), values: bool = True
) -> str:
    """One error as a sentence, without its place; `file` None where the value comes from none."""
    keys = _in_file(details["loc"], file, at) if file else details["loc"]
    value, written = details["input"], (file.written((*at, *keys)) if file else None)
    match details["type"]:
        case "missing":
            return f"key '{_path((*keys, details['loc'][-1]))}' is missing; add it"
        case "extra_forbidden":
            return f"unknown key '{_path(keys)}'" + _nearest(str(keys[-1]), _known(model, details["loc"][:-1]))
        case "union_tag_not_found" | "union_tag_invalid":
            key = str(details["ctx"]["discriminator"]).strip("'")
            return f"key '{_path((*keys, key))}' must be {_branches(_types_at(model, details['loc']), key)}"
        case "value_error":  # our own validators say it all
            return f"{_key(keys, ': ')}{details['ctx']['error']}"
        case wanted if wanted in _TEXT_WANTED and isinstance(value, bool | int | float | date):
            spelling = written or str(value)
            return f'{_key(keys, " ")}is {_kind(value)} ({value}); quote {_thing(keys, spelling)}: "{spelling}"'
        case wanted if wanted in _MAPPING_WANTED:
            return f"{_key(keys, ': ')}expected keys and values, found {_kind(value)}"
    return f"{_key(keys, ': ')}{details['msg'][:1].lower()}{details['msg'][1:]}{_found(value, written, values)}"


def _in_file(location: tuple[int | str, ...], file: YamlFile, at: Keys) -> tuple[int | str, ...]:
    """The part of pydantic's path that stands in the file: it also names branches of unions and what was filled in."""
    data: Any = file.data
    for part in at:
        data = data[part]
    keys: list[int | str] = []
    for part in location:
        there = part in data if isinstance(data, Mapping) else isinstance(data, list) and part in range(len(data))
        if there:
            keys.append(part)
            data = data[part]
    return tuple(keys)


def _path(keys: Keys) -> str:
    return ".".join(str(key) for key in keys)


def _key(keys: Keys, then: str) -> str:
    return f"key '{_path(keys)}'{then}" if keys else ""


def _thing(keys: Keys, spelling: str) -> str:
    return "the code" if "code" in _path(keys) or (spelling[:1] == "0" and len(spelling) > 1) else "it"


def _branches(types: list[Any], key: str) -> str:
    """What `key` may say to choose one of the models."""
    models = [each for type_ in types for each in _models(type_)]
    *names, last = [str(name) for each in models for name in get_args(each.model_fields[key].annotation)]
    return f"{', '.join(names)} or {last}" if names else last


def _found(value: object, written: str | None, values: bool) -> str:
    if value is None or isinstance(value, list | dict) or not values:
        return f", found {_kind(value)}"
    return f", not {value!r}" if isinstance(value, str) or written is None else f", not {written}"


def _kind(value: object) -> str:
    kinds = {
        bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list",
        dict: "keys and values",
    }  # fmt: skip
    if value is None:
        return "nothing"
    return "a date" if isinstance(value, date) else kinds.get(type(value), f"a {type(value).__name__}")


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(known)}" if known else ""


def _known(model: Any, location: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand where `location` leads from `model`."""
    models = [each for type_ in _types_at(model, location) for each in _models(type_)]
    return list(dict.fromkeys(field.alias or name for each in models for name, field in each.model_fields.items()))


def _types_at(model: Any, location: tuple[int | str, ...]) -> list[Any]:
    types = [model]
    for part in location:
        models = [each for type_ in types for each in _models(type_)]
        inner = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        types = inner or types  # an index of a list, a branch of a union: neither is a field
    return types


def _models(type_: Any) -> Iterator[Any]:
    """The pydantic models in a type, through lists, unions and annotations."""
    if hasattr(type_, "model_fields"):
        yield type_
    for argument in get_args(type_):
        yield from _models(argument)
