"""Bringing an index up to the store, and building it anew."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.memory import MemoryIndex
from index.open import open_index
from index.records import Document, Sample, SearchIndex, SearchRequest
from index.sync import catch_up, rebuild
from nlp.records import Article
from store.records import StoredArticle
from zhiwen.errors import SettingsError

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
ARTICLE = Article(
    url="u", canonical_url="u", source="s", title="智谱", fetched_at=MOMENT, language="zh", text="正文", fingerprint="f"
)


class Versions:
    """A store in a list: only the newest version of each article is given."""

    def __init__(self) -> None:
        self.kept: dict[str, StoredArticle] = {}
        self.seq = 0

    def add(self, article_id: str, text: str) -> None:
        self.seq += 1
        self.kept[article_id] = StoredArticle(
            id=article_id,
            version=1,
            seq=self.seq,
            stored_at=MOMENT,
            first_stored_at=MOMENT,
            article=replace(ARTICLE, text=text),
        )

    def latest_seq(self) -> int:
        return self.seq

    def newest_since(self, seq: int, limit: int) -> list[StoredArticle]:
        return sorted((kept for kept in self.kept.values() if kept.seq > seq), key=lambda kept: kept.seq)[:limit]


@pytest.fixture
def versions() -> Versions:
    store = Versions()
    for number in range(12):
        store.add(f"a{number}", "正文")
    return store


def total(index: SearchIndex, query: str) -> int:
    return index.search(SearchRequest(query=query)).total


def test_a_rebuild_offers_articles_from_all_over_the_store_first() -> None:
    versions = Versions()
    for number in range(1_000):
        versions.add(f"a{number}", "正文")
    versions.add("a3", "更正")
    offered: list[Document] = []

    class Curious(MemoryIndex):
        def replacement(self, *, sample: Sample = tuple) -> AbstractContextManager[MemoryIndex]:
            offered.extend(sample())
            return super().replacement(sample=sample)

    rebuild(Curious(), versions)

    assert sorted(document.seq for document in offered) == [seq for seq in range(1, 1_002) if seq != 4]
    parts = {document.seq * 20 // 1_002 for document in offered[:60]}
    assert parts == set(range(20))


def test_catching_up_takes_all_that_is_newer_in_batches(index: SearchIndex, versions: Versions) -> None:
    heard: list[int] = []
    report = catch_up(index, versions, batch=5, on_progress=heard.append)

    assert (report.applied, report.position, heard) == (12, 12, [5, 10, 12])
    assert (index.position(), total(index, "智谱")) == (12, 12)
    assert catch_up(index, versions).applied == 0


def test_long_articles_make_smaller_batches(
    index: SearchIndex, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch stays in memory: it ends with the reading that brings it over the limit."""
    monkeypatch.setattr("index.sync._READ", 2)
    monkeypatch.setattr("index.sync._MOST_CHARACTERS", 3 * len("正文"))
    heard: list[int] = []

    assert catch_up(index, versions, batch=10, on_progress=heard.append).applied == 12
    assert heard == [4, 8, 12]


def test_an_article_corrected_while_a_batch_is_read_is_in_it_once(
    index: SearchIndex, versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.sync._READ", 4)
    read = versions.newest_since

    def corrected_after_the_first(seq: int, limit: int) -> list[StoredArticle]:
        found = read(seq, limit)
        if seq == 0:
            versions.add("a1", "更正")
        return found

    monkeypatch.setattr(versions, "newest_since", corrected_after_the_first)

    assert catch_up(index, versions, batch=100).applied == 12
    assert (index.position(), total(index, "更正"), total(index, "")) == (13, 1, 12)


def test_catching_up_replaces_corrected_articles(index: SearchIndex, versions: Versions) -> None:
    catch_up(index, versions)
    versions.add("a3", "更正")

    assert catch_up(index, versions).applied == 1
    assert (total(index, "更正"), total(index, "正文")) == (1, 11)


def test_a_rebuild_drops_what_the_store_no_longer_has(index: SearchIndex, versions: Versions) -> None:
    catch_up(index, versions)
    del versions.kept["a0"]

    assert rebuild(index, versions, batch=5).applied == 11
    assert total(index, "") == 11


def test_a_rebuild_takes_what_arrives_meanwhile(index: SearchIndex, versions: Versions) -> None:
    catch_up(index, versions)
    late = iter(["b1", "b2"])

    def arrive(_: int) -> None:
        for article_id in late:
            versions.add(article_id, "迟到")
            catch_up(index, versions)

    rebuild(index, versions, batch=5, on_progress=arrive)
    assert total(index, "迟到") == 2
    assert index.position() == versions.seq


def test_an_index_cleared_in_the_middle_is_filled_from_the_start(index: SearchIndex, versions: Versions) -> None:
    """Its position must not jump over what it lost."""
    catch_up(index, versions, batch=5, on_progress=lambda done: index.clear() if done == 5 else None)

    assert total(index, "") == 12


def test_engines_by_name(tmp_path: Path) -> None:
    assert open_index("embedded", tmp_path).status().engine == "embedded"
    assert open_index("memory", tmp_path).status().engine == "memory"
    with pytest.raises(SettingsError, match="needs a server"):
        open_index("elasticsearch", tmp_path)
    with pytest.raises(SettingsError, match="options: embedded, memory"):
        open_index("solr", tmp_path)


def test_grades_of_sources_reach_the_index(index: SearchIndex, versions: Versions) -> None:
    catch_up(index, versions, grades={"s": "filing"})
    assert (total(index, "grade:filing"), total(index, "grade:media")) == (12, 0)

    rebuild(index, versions)
    assert (total(index, "grade:filing"), total(index, "grade:media")) == (0, 12)
