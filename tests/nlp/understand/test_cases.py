"""The golden sentences of cases/*.yaml, each under its own label.

known_failure cases are strict: one that passes fails the run, to be moved to in_the_wild.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlp.understand import Understander

PUBLISHED = date(2025, 12, 24)
CASES = Path(__file__).parent / "cases"


def cases(name: str, *groups: str) -> list[Any]:
    data = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    marks = {"known_failure": [pytest.mark.xfail(strict=True)]}
    return [
        pytest.param(case, id=f"{group}: {case['label']}", marks=marks.get(group, []))
        for group in groups
        for case in data[group]
    ]


@pytest.mark.parametrize("case", cases("figures", "in_the_wild", "known_failure"))
def test_figures_say_of_whom_what_and_when(case: dict[str, Any], understander: Understander) -> None:
    figures = understander.understand(case["text"], published=PUBLISHED).figures

    found = {figure.text: figure for figure in figures}
    for expected in case["figures"]:
        assert expected["text"] in found
        figure = found[expected["text"]]
        assert figure.value == Decimal(expected["value"])
        assert figure.value_high == (Decimal(expected["high"]) if "high" in expected else None)
        for key in ("kind", "unit", "metric", "subject", "period"):
            if key in expected:
                assert getattr(figure, key) == expected[key], key
        assert figure.op == expected.get("op", "=")


@pytest.mark.parametrize("case", cases("figures", "negative"))
def test_what_counts_nothing_is_no_figure(case: dict[str, Any], understander: Understander) -> None:
    assert understander.understand(case["text"], published=PUBLISHED).figures == ()


@pytest.mark.parametrize("case", cases("entities", "in_the_wild", "known_failure"))
def test_names_are_found_and_linked(case: dict[str, Any], understander: Understander) -> None:
    entities = understander.understand(case["text"], published=PUBLISHED).entities

    found = {(entity.text, entity.type, entity.canonical) for entity in entities}
    assert {tuple(name) for name in case["names"]} <= found


@pytest.mark.parametrize("case", cases("entities", "negative"))
def test_words_that_only_look_like_names_are_none(case: dict[str, Any], understander: Understander) -> None:
    entities = understander.understand(case["text"], published=PUBLISHED).entities

    assert not {entity.text for entity in entities} & set(case["absent"])


@pytest.mark.parametrize("case", cases("events", "in_the_wild"))
def test_events_have_company_day_and_modality(case: dict[str, Any], understander: Understander) -> None:
    events = understander.understand(case["text"], published=PUBLISHED).events

    expected = {(type_, company, day, modality) for type_, company, day, modality in case["events"]}
    assert {(event.type, event.company, event.date, event.modality) for event in events} == expected


@pytest.mark.parametrize("case", cases("events", "negative", "known_failure"))
def test_what_did_not_happen_is_no_event(case: dict[str, Any], understander: Understander) -> None:
    assert understander.understand(case["text"], published=PUBLISHED).events == ()
