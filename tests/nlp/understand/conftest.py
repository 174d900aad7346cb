"""One understander for all tests here: it reads jieba's dictionary once."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.lexicon import Lexicon, load_lexicon
from nlp.understand import Understander

LEXICON = Path(__file__).parents[3] / "config" / "lexicon"


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return load_lexicon(LEXICON)


@pytest.fixture(scope="session")
def understander(lexicon: Lexicon) -> Understander:
    return Understander(lexicon)
