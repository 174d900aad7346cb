"""The examples in the docstrings of restoring are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

_MODULES = [
    "nlp.decoding",
    "nlp.extraction.bylines",
    "nlp.extraction.times",
    "nlp.extraction.titles",
    "nlp.pdf",
    "nlp.repair.damage",
    "nlp.repair.readings",
    "nlp.script",
    "nlp.spam",
    "nlp.surnames",
]


@pytest.mark.parametrize("name", _MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
