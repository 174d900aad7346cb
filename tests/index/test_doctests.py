"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "index.tokens",
        "index.highlight",
        "index.query.amounts",
        "index.query.parser",
        "index.query.periods",
        "index.query.times",
    ],
)
def test_examples(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))

    assert outcome.attempted
    assert not outcome.failed
