"""Frozen records as JSON text, and back.

Driven by the records' own type hints, so a new field needs no line here. Made to live for years: a key that the
record no longer has is ignored, a field that old JSON lacks takes its default. Decimals and times are strings, a time
with its offset in whole minutes (RFC 3339).

msgspec reads: it makes records straight from the text, in a quarter of the time of a decoder of our own. It does not
write, so that what is stored stays spelled as it is. Not zhiwen.jsonable, which spells for readers and has no way back
(a Decimal 6.60 becomes the number 6.6).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from msgspec.json import Decoder

T = TypeVar("T")

_MINUTE = timedelta(minutes=1)


def to_json(record: object) -> str:
    """A dataclass record as JSON. Raises TypeError for a value that has no spelling here."""
    return json.dumps(record, default=_plain, ensure_ascii=False, separators=(",", ":"))


def from_json(kind: type[T], text: str, *, without: Collection[str] = ()) -> T:
    """The record of class `kind` that `to_json` wrote; fields of `without`, which must have defaults, are left at them.

    Raises msgspec.DecodeError, which says where, for text that is no such record, and TypeError for a class whose JSON
    would be ambiguous.
    """
    key: Any = kind  # mypy does not know that classes can be hashed
    for name in without:
        text = _cut_out(name, text, of=key)
    record: Any = _decoder(key).decode(text)
    if any(getattr(record, name) for name in without):  # what could not be cut out
        record = replace(record, **{field.name: field.default for field in fields(key) if field.name in without})
    found: T = record
    return found


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
    if isinstance(value, datetime) and (value.utcoffset() or _MINUTE) % _MINUTE:
        return value.astimezone(UTC).isoformat()  # Shanghai was at +08:05:43 until 1901
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON spelling for {type(value).__name__}: {value!r}")


@cache
def _decoder(kind: Any) -> Decoder[Any]:
    from msgspec.json import Decoder

    return Decoder(kind)
