"""Records as plain JSON data: one encoding for the command line and the web API."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any


def jsonable(value: Any) -> Any:
    """`value` as what `json.dumps` takes: records become objects with their fields in order.

    Times in ISO 8601 as they stand, spans in seconds, enums as their value, sets sorted. A Decimal becomes a number
    where that loses nothing, else text. Raises TypeError for what has no agreed spelling, bytes among them.

    >>> jsonable({"value": Decimal("24377000000"), "share": Decimal("6.6")})
    {'value': 24377000000, 'share': 6.6}
    """
    match value:
        case Enum():  # before str and int: a StrEnum is both
            return jsonable(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)  # JSON has no NaN
        case Decimal():
            return _number(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case PurePath():
            return str(value)
        case _:
            return _container(value)


def _container(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Mapping():
            return {str(jsonable(key)): jsonable(item) for key, item in value.items()}
        case list() | tuple():
            return [jsonable(item) for item in value]
        case Set():
            return sorted((jsonable(item) for item in value), key=str)
    raise TypeError(f"{type(value).__name__} has no JSON spelling here")


def _number(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return str(value)
    # A few digits more than any figure in the news: 1E+999999 must not become a megabyte of zeros.
    if value == value.to_integral_value() and value.adjusted() < 30:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)
