"""The engine of `zhiwen search --jsonl`: a request a line in, an answer a line out, in order, as soon as it is known.

    {"id", "query", "limit"?, "sort"?, "facets"?, … any other field of SearchRequest}
      -> {"id", "total", "hits", "facets"?, "histogram"?, "cursor"?, "suggestion"?, "error"?}

A line that cannot be answered has "error" (and no hits); the lines behind it are answered all the same.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, get_args, get_type_hints

from index.records import SearchRequest, SearchResult, answer
from zhiwen.errors import InputError, ZhiwenError

log = logging.getLogger("zhiwen.cli")

Search = Callable[[SearchRequest], SearchResult]

_ALSO = {"company": "companies", "source": "sources", "event": "events"}  # as the options of `zhiwen search` say it
_LIST, _DAY = "a list of strings", "a day, e.g. 2025-12-24"
_KINDS: Mapping[Any, str] = {str: "a string", int: "a whole number", bool: "true or false", date: _DAY}


def answers(lines: Iterable[bytes], *, search: Search) -> Iterator[dict[str, Any]]:
    """An answer for each line that is not blank."""
    for line in lines:
        # Replacing a bad byte leaves JSON that may still parse: only that string is damaged, and visibly so.
        # The mark before the first one is what Windows puts before UTF-8.
        text = line.decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if text:
            yield answer_line(text, search=search)


def answer_line(line: str, *, search: Search) -> dict[str, Any]:
    """Never raises: what is wrong with the line, and our own bugs, are answers with "error"."""
    id_: Any = None
    try:
        data = _object(line)
        id_ = data.pop("id", None)
        if id_ is None:
            raise InputError("key 'id' is missing", hint="it comes back with the answer")
        return {"id": id_, **answer(search(read_request(data)))}
    except ZhiwenError as error:
        return _failed(id_, str(error))
    except Exception as error:  # once per line: a query that we cannot answer must not end the others
        log.exception("request %r failed", id_)
        return _failed(id_, f"zhiwen failed on it: {type(error).__name__}: {error}")


def _failed(id_: Any, error: str) -> dict[str, Any]:
    return {"id": id_, "total": 0, "hits": [], "error": error}


def _object(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a JSON line: {error}") from error
    if not isinstance(data, dict):
        raise InputError(f"expected a JSON object, found {type(data).__name__}")
    return data


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read_request(data: Mapping[str, Any]) -> SearchRequest:
    """The request that `data` describes; null is as if the key were not there. Raises InputError that names the key."""
    kinds = _kinds()
    given: dict[str, Any] = {}
    for key, value in data.items():
        name = _ALSO.get(key, key)
        if name not in kinds:
            raise InputError(f"unknown key '{key}'", hint=f"keys are id, {', '.join(kinds)}")
        if name in given:
            raise InputError(f"keys '{key}' and '{name}' say the same", hint="give one of them")
        if value is not None:
            given[name] = _value(key, value, kind=kinds[name])
    if "query" not in given:
        raise InputError("key 'query' is missing", hint='"" asks for everything')
    request = SearchRequest(**given)
    if request.since and request.until and request.since > request.until:
        raise InputError(f"key 'since' ({request.since}) is after key 'until' ({request.until})", hint="swap them")
    return request


def _kinds() -> dict[str, str]:
    """What each field of a request takes, in words."""
    hints = get_type_hints(SearchRequest)
    return {each.name: _kind(hints[each.name]) for each in fields(SearchRequest)}


def _kind(hint: Any) -> str:
    if hint == tuple[str, ...]:
        return _LIST
    return next(_KINDS[one] for one in (hint, *get_args(hint)) if one in _KINDS)


def _value(key: str, value: Any, *, kind: str) -> Any:
    """`value` as the field wants it; raises InputError for one of another kind."""
    if kind == _LIST:
        value = [value] if isinstance(value, str) else value  # one name needs no brackets
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
    elif kind == _DAY and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise InputError(f"key '{key}' is {value!r}", hint=f"it is {kind}") from error
    elif _KINDS.get(type(value)) == kind:
        return value
    raise InputError(f"key '{key}' is {json.dumps(value, ensure_ascii=False)[:80]}", hint=f"it is {kind}")
