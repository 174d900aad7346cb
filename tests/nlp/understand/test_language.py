"""Segmentation of our own: nothing global, nothing from the shared temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jieba
import pytest

from nlp.language import build_pipeline
from nlp.lexicon import Lexicon


@pytest.fixture(scope="module")
def nlp(lexicon: Lexicon):  # type: ignore[no-untyped-def]
    return build_pipeline(lexicon)


def test_names_of_the_lexicon_are_words(nlp) -> None:  # type: ignore[no-untyped-def]
    assert [token.text for token in nlp.make_doc("月之暗面与阶跃星辰")] == ["月之暗面", "与", "阶跃星辰"]


def test_words_cover_the_text_with_its_white_space(nlp) -> None:  # type: ignore[no-untyped-def]
    text = " 智谱 AI\t发布\r\n\n新 模型  "

    assert nlp.make_doc(text).text == text


def test_entities_are_on_the_doc_where_tokens_align(nlp) -> None:  # type: ignore[no-untyped-def]
    doc = nlp("商汤科技与智谱竞争。")

    assert [(ent.text, ent.label_) for ent in doc.ents] == [("商汤科技", "COMPANY"), ("智谱", "COMPANY")]


def test_the_global_tokenizer_is_not_touched(nlp) -> None:  # type: ignore[no-untyped-def]
    """Two lexicons in one process must not see each other's words."""
    assert jieba.dt.initialized is False


def test_no_cache_file_is_read_or_written(lexicon: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """jieba loads its cache with marshal from a folder everybody may write to."""
    (tmp_path / "jieba.cache").write_bytes(b"not a cache")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    words = [token.text for token in build_pipeline(lexicon).make_doc("人工智能")]

    assert words == ["人工智能"]
    assert [path.name for path in tmp_path.iterdir()] == ["jieba.cache"]
    assert (tmp_path / "jieba.cache").read_bytes() == b"not a cache"
