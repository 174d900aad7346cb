"""Room on a shared Elasticsearch for one test: a prefix for its indexes, which are deleted afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4


def new_prefix() -> str:
    return f"zhiwen-test-{uuid4().hex[:12]}"


@contextmanager
def own_prefix(url: str) -> Iterator[str]:
    prefix = new_prefix()
    try:
        yield prefix
    finally:
        delete_indexes(url, prefix)


def delete_indexes(url: str, prefix: str) -> None:
    """By their names: servers refuse to delete by wildcard."""
    from elasticsearch import Elasticsearch

    with Elasticsearch(url) as client:
        if names := list(client.indices.get(index=f"{prefix}-*", expand_wildcards="all")):
            client.indices.delete(index=names)
