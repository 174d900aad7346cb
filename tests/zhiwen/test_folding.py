"""Folding keeps every character's place: offsets in folded text are offsets in the original."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiwen.fold_table import made
from zhiwen.folding import _table, fold, fold_long, unfolded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("智譜", "智谱"),
        ("ＭｉｎｉＭａｘ", "minimax"),
        ("港交所　聆訊", "港交所 聆讯"),
        ("GLM-4.5", "glm-4.5"),
        ("İ", "İ"),  # its lower case is two characters long: left alone
        ("㍿", "㍿"),  # NFKC would make four characters of it
    ],
)
def test_fold_examples(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_table_is_what_its_maker_makes() -> None:
    """Where it is not: ANALYSIS_VERSION, and indexes are rebuilt."""
    assert _table() == made()


@pytest.mark.parametrize(("one", "other"), [("著名", "着名"), ("台灣", "臺湾"), ("裡面", "里面"), ("爲", "为")])
def test_variants_of_a_character_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_fold_keeps_length_and_is_idempotent(text: str) -> None:
    folded = fold(text)

    assert len(folded) == len(text)
    assert fold(folded) == folded


@pytest.mark.parametrize("character", "谱台着a4,].-^")
def test_every_character_is_found_by_what_it_folds_to_and_by_nothing_else(character: str) -> None:
    every = "".join(map(chr, range(0x110000)))
    found = {match.start() for match in re.finditer(unfolded(character), every)}

    assert found == {at for at, folded in enumerate(fold_long(every)) if folded == character}


@given(st.text(st.characters(exclude_categories=())))
@settings(max_examples=300, deadline=None)
def test_long_texts_fold_alike_by_the_faster_way(text: str) -> None:
    assert fold_long(text) == fold(text)


def test_every_character_folds_alike_by_the_faster_way() -> None:
    every = "".join(map(chr, range(0x110000)))  # the halves of surrogate pairs too

    assert fold_long(every) == fold(every)
