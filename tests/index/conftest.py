"""Documents made by hand, and every engine as a fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.aliases import AliasTable
from index.embedded import TantivyIndex
from index.memory import MemoryIndex
from index.records import Document, SearchIndex

ALIASES = AliasTable(
    companies={
        "智谱": "智谱",
        "智谱AI": "智谱",
        "Zhipu": "智谱",
        "北京智谱华章": "智谱",
        "阿里": "阿里巴巴",
        "阿里巴巴": "阿里巴巴",
    },
    events={"通过聆讯": "hearing_passed"},
    metrics={"收入": "revenue"},
)
BASE = Document(
    id="a",
    seq=1,
    version=1,
    url="https://news.example/a",
    title="",
    text="",
    source="hand",
    author=None,
    publisher=None,
    published_at=None,
    stored_at=datetime(2026, 1, 1, tzinfo=UTC),
    language="zh",
    mirror=False,
    companies=(),
    about=(),
    people=(),
    events=(),
    keywords=(),
)
EngineMaker = Callable[..., SearchIndex]


def _documents(*given: dict[str, Any]) -> list[Document]:
    """Documents with ids d1, d2, … and rising seq, unless said otherwise."""
    return [
        replace(BASE, **{"id": f"d{number}", "seq": number, "url": f"https://news.example/{number}", **fields})
        for number, fields in enumerate(given, start=1)
    ]


@pytest.fixture(scope="session")
def documents() -> Callable[..., list[Document]]:
    return _documents


ENGINES = ["memory", "embedded"]


@contextmanager
def _opened(engine: str, folder: Path, **options: Any) -> Iterator[SearchIndex]:
    options = {"aliases": ALIASES, **options}
    made: SearchIndex = MemoryIndex(**options) if engine == "memory" else TantivyIndex(folder, **options)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """An empty index of each engine in turn."""
    with _opened(request.param, tmp_path / "index") as made:
        yield made
