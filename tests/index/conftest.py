"""Documents made by hand, and every engine as a fixture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.aliases import AliasTable
from index.elastic.client import Server
from index.elastic.engine import ElasticIndex
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


ENGINES = [
    "memory",
    "embedded",
    pytest.param("elasticsearch_9", marks=pytest.mark.elasticsearch),
    pytest.param("elasticsearch_8", marks=pytest.mark.elasticsearch),
]


@pytest.fixture
def open_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineMaker]:
    """`open_engine("embedded")`: an empty index of that engine, closed at the end. Options go to its constructor."""
    with ExitStack() as stack:

        def opened(engine: str, **options: Any) -> SearchIndex:
            options = {"aliases": ALIASES, **options}
            made: SearchIndex
            match engine:
                case "memory":
                    made = MemoryIndex(**options)
                case "embedded":
                    made = TantivyIndex(tmp_path / "index", **options)
                case _:  # the name of the fixture that has the server's URL
                    url, prefix = request.getfixturevalue(engine), request.getfixturevalue("elasticsearch_prefix")
                    made = ElasticIndex(Server(urls=(url,), prefix=prefix), **options)
            stack.callback(made.close)
            return made

        yield opened


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, open_engine: EngineMaker) -> SearchIndex:
    """An empty index of each engine in turn."""
    return open_engine(request.param)
