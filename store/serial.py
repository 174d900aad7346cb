"""Frozen records as JSON text, and back.

Driven by the records' own type hints, so a new field needs no line here. Made to live for years: a key that the
record no longer has is ignored, a field that old JSON lacks takes its default. Decimals and times are strings.

Not zhiwen.jsonable, which spells for readers and has no way back (a Decimal 6.60 becomes the number 6.6). Not
pydantic: it looks an annotation up inside the class first, where `date: date | None` of a slotted record
(nlp.records.Event) finds the slot instead of the type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decode = Callable[[Any], Any]


def _as_it_is(value: Any) -> Any:
    """JSON has it as the record has it."""
    return value


_READ: dict[type, Decode] = {
    Decimal: Decimal,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    str: _as_it_is,
    int: _as_it_is,
    float: _as_it_is,
    bool: _as_it_is,
}


def to_json(record: object) -> str:
    """A dataclass record as JSON. Raises TypeError for a value that has no spelling here."""
    return json.dumps(record, default=_plain, ensure_ascii=False, separators=(",", ":"))


def from_json(kind: type[T], text: str, *, without: Collection[str] = ()) -> T:
    """The record of class `kind` that `to_json` wrote; fields of `without`, which must have defaults, are left at them."""
    key: Any = kind  # mypy does not know that classes can be hashed
    for name in without:
        text = _cut_out(name, text, of=key)
    data = json.loads(text)
    for name in without:
        data.pop(name, None)
    record: T = _decoder(key)(data)
    return record


def _cut_out(name: str, text: str, *, of: Any) -> str:
    """`text` without the list `name` of records, where it is followed by the next field: half the time of reading an article.

    A quotation mark inside a string has a backslash before it, so what is found here is a key.
    """
    opening, closing = _around(name, of)
    start = text.find(opening)
    end = text.find(closing, start)
    return text if start < 0 or end < 0 else text[:start] + text[end + closing.index('"') :]


@cache
def _around(name: str, of: Any) -> tuple[str, str]:
    """What a list of records in the field `name` begins with, and what it and the field behind it meet in."""
    names = [field.name for field in fields(of)]
    following = next((after for before, after in pairwise(names) if before == name), "")
    return f'"{name}":[{{', f'}}],"{following}":'


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):  # and datetime, which is one
        return value.isoformat()
    raise TypeError(f"no JSON spelling for {type(value).__name__}: {value!r}")


@cache
def _decoder(kind: Any) -> Decode:
    if kind in _READ:
        return _READ[kind]
    if is_dataclass(kind):
        return _record_decoder(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_decoder(kind)
    if get_origin(kind) in (UnionType, Union):
        return _optional_decoder(kind)
    if get_origin(kind) is tuple:
        item = _decoder(get_args(kind)[0])
        return lambda values: tuple(map(item, values))
    raise TypeError(f"no way to read {kind} from JSON: add it to store/serial.py")


def _record_decoder(kind: Any) -> Decode:
    hints = get_type_hints(kind)
    decoders = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    # An article is hundreds of records, most fields of them text: only what has to change is touched.
    changing = [(name, read) for name, read in decoders.items() if read is not _as_it_is]
    known = decoders.keys()

    def decode(data: dict[str, Any]) -> Any:
        for name, read in changing:
            if name in data:
                data[name] = read(data[name])
        try:
            return kind(**data)
        except TypeError:  # a key that the record has no more; anything else is raised again
            return kind(**{name: data[name] for name in known if name in data})

    return decode


def _enum_decoder(kind: type[Enum]) -> Decode:
    members = {member.value: member for member in kind}  # a look-up takes a tenth of the class's own
    return lambda value: members.get(value) or kind(value)


def _optional_decoder(kind: Any) -> Decode:
    inner = [argument for argument in get_args(kind) if argument is not NoneType]
    if len(inner) != 1:
        raise TypeError(f"{kind} is more than a type or None: JSON does not say which it was")
    read = _decoder(inner[0])
    if read is _as_it_is:
        return read
    return lambda value: None if value is None else read(value)
