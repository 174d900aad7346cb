"""The decision alone, without a database. What it leads to in the store is in test_articles.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nlp.records import Article, Entity, Line, LineLabel
from store.records import Outcome
from store.versioning import Newest, judge

SEEN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER, EARLIER = SEEN + timedelta(hours=1), SEEN - timedelta(hours=1)
PAGE, OTHER_PAGE = 1, 2


@pytest.fixture
def article(a_page: Callable, an_article: Callable) -> Article:
    return an_article(a_page(), author="江思远", publisher="晚点", published_at=SEEN)


@pytest.fixture
def newest(article: Article) -> Newest:
    return Newest(article=article, version=1, page_id=PAGE, last_fetched_at=SEEN)


def test_the_first_page_of_an_article_adds_it(article: Article) -> None:
    assert judge(None, article, page_id=PAGE, fetched_at=SEEN).outcome is Outcome.ADDED


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fingerprint": "f2"}, "text"),
        ({"title": "更正：智谱通过聆讯"}, "title"),
        ({"author": None}, "author"),
        ({"publisher": "晚点LatePost"}, "publisher"),
        ({"published_at": SEEN + timedelta(days=1)}, "published_at"),
        ({"published_at": None}, "published_at"),
    ],
)
def test_a_later_page_on_which_people_read_something_else_is_a_new_version(
    newest: Newest, article: Article, changes: dict, named: str
) -> None:
    verdict = judge(newest, replace(article, **changes), page_id=OTHER_PAGE, fetched_at=LATER)

    assert (verdict.outcome, verdict.detail) == (Outcome.UPDATED, f"changed: {named}")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fetched_at": LATER, "url": "https://news.example/1?from=feed"},
        {"published_at": SEEN.astimezone(datetime.strptime("+0800", "%z").tzinfo)},
        {"mirror": True, "keywords": ("大模型",)},
    ],
)
def test_a_later_page_on_which_people_read_the_same_changes_nothing(
    newest: Newest, article: Article, changes: dict
) -> None:
    verdict = judge(newest, replace(article, **changes), page_id=OTHER_PAGE, fetched_at=LATER)

    assert (verdict.outcome, verdict.reason) == (Outcome.UNCHANGED, None)


def test_characters_that_were_replaced_in_storing_are_no_change(article: Article) -> None:
    stored = Newest(article=replace(article, title="a\ufffd"), version=1, page_id=PAGE, last_fetched_at=SEEN)

    verdict = judge(stored, replace(article, title="a\ud83d"), page_id=OTHER_PAGE, fetched_at=LATER)

    assert verdict.outcome is Outcome.UNCHANGED


def test_a_late_page_does_not_undo_a_correction(newest: Newest, article: Article) -> None:
    verdict = judge(newest, replace(article, fingerprint="old"), page_id=OTHER_PAGE, fetched_at=EARLIER)

    assert (verdict.outcome, verdict.reason) == (Outcome.UNCHANGED, "late")


def test_two_pages_of_the_same_moment_are_not_late(newest: Newest, article: Article) -> None:
    verdict = judge(newest, replace(article, fingerprint="f2"), page_id=OTHER_PAGE, fetched_at=SEEN)

    assert verdict.outcome is Outcome.UPDATED


def test_a_moment_in_the_hour_that_clocks_repeat_is_no_change(article: Article) -> None:
    """China moved its clocks from 1986 to 1991. Stored, a zone has become an offset."""
    repeated = datetime(1986, 9, 14, 1, 30, fold=1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert repeated != datetime.fromisoformat(repeated.isoformat()), "Python's rule, which this guards against"
    stored = replace(article, published_at=datetime.fromisoformat(repeated.isoformat()))
    newest = Newest(article=stored, version=1, page_id=PAGE, last_fetched_at=SEEN)

    verdict = judge(newest, replace(article, published_at=repeated), page_id=OTHER_PAGE, fetched_at=LATER)

    assert verdict.outcome is Outcome.UNCHANGED


ENTITY = Entity(text="智谱", start=0, end=2, type="COMPANY", canonical="智谱", found_by="gazetteer")


def test_analysing_the_newest_versions_page_again_counts_whatever_was_understood(
    newest: Newest, article: Article
) -> None:
    """Even where the article was seen, unchanged, on later pages."""
    seen_since = replace(newest, last_fetched_at=LATER)

    verdict = judge(seen_since, replace(article, entities=(ENTITY,)), page_id=PAGE, fetched_at=SEEN)

    assert (verdict.outcome, verdict.reason) == (Outcome.UPDATED, "reanalysed")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lines": (Line(text="a", clean="a", label=LineLabel.BODY, reason="other words"),), "published_from": "meta"},
    ],
)
def test_analysing_again_with_the_same_result_changes_nothing(newest: Newest, article: Article, changes: dict) -> None:
    verdict = judge(newest, replace(article, **changes), page_id=PAGE, fetched_at=SEEN)

    assert verdict.outcome is Outcome.UNCHANGED
