from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiwen.jsonable import jsonable


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    when: datetime
    inner: tuple[Inner, ...]
    colour: Colour


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("24377000000"), 24377000000),
        (Decimal("2.4377E+10"), 24377000000),
        (Decimal("6.60"), 6.6),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (Decimal("1E+999999"), "1E+999999"),
        (Decimal("NaN"), "NaN"),
        (float("inf"), "inf"),
        (True, True),
        (Colour.RED, "red"),
        (date(2025, 12, 24), "2025-12-24"),
        (datetime(2025, 12, 24, 4, tzinfo=UTC), "2025-12-24T04:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        (Path("a/b"), "a/b"),
        ({"b", "a"}, ["a", "b"]),
        ({Colour.RED: 1, 2: None}, {"red": 1, "2": None}),
    ],
)
def test_value_has_one_json_spelling(value: Any, expected: Any) -> None:
    spelled = jsonable(value)

    assert spelled == expected
    assert type(spelled) is type(expected)


def test_record_becomes_an_object_with_its_fields_in_order() -> None:
    record = Outer(when=datetime(2025, 12, 24, tzinfo=UTC), inner=(Inner(span=(1, 2)),), colour=Colour.RED)

    assert json.dumps(jsonable(record)) == (
        '{"when": "2025-12-24T00:00:00+00:00", "inner": [{"span": [1, 2]}], "colour": "red"}'
    )


@pytest.mark.parametrize("value", [b"bytes", object(), Outer])
def test_value_without_a_spelling_is_refused_by_type(value: object) -> None:
    with pytest.raises(TypeError, match="has no JSON spelling"):
        jsonable([value])


@given(value=st.decimals(allow_nan=False))
@settings(deadline=None, max_examples=100)
def test_number_loses_nothing(value: Decimal) -> None:
    spelled = json.loads(json.dumps(jsonable(value)))
    back = Decimal(spelled) if isinstance(spelled, str) else Decimal(repr(spelled))

    assert back == value
