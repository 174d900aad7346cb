"""An index on the shared server, or on one that tests break, directly or through a proxy that does harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from elasticsearch_prefix import own_prefix
from elasticsearch_server import Server as Running
from faulty_proxy import FaultyProxy

from index.elastic import bulk
from index.elastic.client import Server
from index.elastic.engine import ElasticIndex

IndexMaker = Callable[..., ElasticIndex]


@pytest.fixture
def open_index(elasticsearch_prefix: str) -> Iterator[IndexMaker]:
    """`open_index(url)`: an index of this test, closed at the end. Several calls give several clients of the same index."""
    with ExitStack() as stack:

        def opened(
            *urls: str, timeout: float = 10.0, clock: Any = None, prefix: str = elasticsearch_prefix
        ) -> ElasticIndex:
            server = Server(urls=urls, prefix=prefix, timeout=timeout)
            made = ElasticIndex(server, clock=clock) if clock else ElasticIndex(server)
            stack.callback(made.close)
            return made

        yield opened


@pytest.fixture
def proxy(elasticsearch_9: str) -> Iterator[FaultyProxy]:
    """Before the shared server."""
    with FaultyProxy(elasticsearch_9) as made:
        yield made


@pytest.fixture
def fragile_prefix(fragile_elasticsearch: Running) -> Iterator[str]:
    with own_prefix(fragile_elasticsearch.url) as prefix:
        yield prefix


@pytest.fixture
def quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many tries as ever, but not fifteen seconds of them."""
    monkeypatch.setattr(bulk, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(bulk, "_LONGEST_PAUSE", 0.05)
