"""A store in a list, and what an index must hold of it: each article once, at its newest version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from index.records import SearchIndex
from index.sync import catch_up
from nlp.records import Article, Figure
from store.records import StoredArticle
from zhiwen.errors import IndexError_

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ARTICLE = Article(
    url="https://news.example/a",
    canonical_url="https://news.example/a",
    source="s",
    title="智谱通过聆讯",
    fetched_at=MOMENT,
    language="zh",
    text="正文",
    fingerprint="f",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What tells one version of an article from the others."""

    seq: int
    text: str


class ListStore:
    """An index.sync.VersionSource that grows while others read it."""

    def __init__(self, articles: int = 0) -> None:
        self._kept: dict[str, StoredArticle] = {}
        self._lock = threading.Lock()
        self.seq = 0
        for number in range(articles):
            self.add(f"a{number}", f"第{number}篇，智谱今日通过聆讯。" * 5)

    def add(self, article_id: str, text: str, *, stored_at: datetime = MOMENT, **changes: Any) -> None:
        """The next version of the article."""
        with self._lock:
            self.seq += 1
            before = self._kept.get(article_id)
            self._kept[article_id] = StoredArticle(
                id=article_id,
                version=before.version + 1 if before else 1,
                seq=self.seq,
                stored_at=stored_at,
                first_stored_at=before.first_stored_at if before else stored_at,
                article=replace(ARTICLE, url=f"https://news.example/{article_id}", text=text, **changes),
            )

    def latest_seq(self) -> int:
        return self.seq

    def newest_since(self, seq: int, limit: int) -> list[StoredArticle]:
        with self._lock:
            newer = sorted((kept for kept in self._kept.values() if kept.seq > seq), key=lambda kept: kept.seq)
        return newer[:limit]

    def expected(self, *, without: tuple[str, ...] = ()) -> dict[str, Held]:
        with self._lock:
            return {
                id: Held(seq=kept.seq, text=kept.article.text) for id, kept in self._kept.items() if id not in without
            }


def some_figures(number: int) -> tuple[Figure, ...]:
    return tuple(
        Figure(text=f"{value}亿元", start=value, end=value + 1, kind="MONEY", value=Decimal(value), unit="CNY")
        for value in range(1, number + 1)
    )


def read_directly(url: str, prefix: str) -> dict[str, Held]:
    """What the server itself holds under both aliases, asked without the engine. Fails where they are not one index."""
    from elasticsearch import Elasticsearch

    with Elasticsearch(url, request_timeout=30, retry_on_timeout=True) as client:
        aliases = client.indices.get_alias(name=[f"{prefix}-articles", f"{prefix}-articles-write"])
        (index,) = aliases
        assert len(aliases[index]["aliases"]) == 2
        client.indices.refresh(index=index)
        found = client.search(index=index, size=10_000, version=True, track_total_hits=True)["hits"]
    assert found["total"]["value"] == len(found["hits"])
    assert all(hit["_version"] == hit["_source"]["seq"] and hit["_id"] == hit["_source"]["id"] for hit in found["hits"])
    return {hit["_id"]: _held(hit["_source"]) for hit in found["hits"]}


def _held(source: Mapping[str, Any]) -> Held:
    return Held(seq=source["seq"], text=source["text"])


def until_caught_up(
    index: SearchIndex,
    store: ListStore,
    *,
    seconds: float = 60,
    batch: int = 500,
    between: Callable[[], None] = lambda: time.sleep(0.2),
) -> list[IndexError_]:
    """As the daemon does it: again after each trouble. Returns the troubles; raises the last one when time is up."""
    troubles: list[IndexError_] = []
    deadline = time.monotonic() + seconds
    while True:
        try:
            catch_up(index, store, batch=batch)
        except IndexError_ as error:
            if time.monotonic() > deadline:
                raise
            troubles.append(error)
            between()
        else:
            return troubles
