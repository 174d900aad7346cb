"""The matcher over articles (what alerts are handed), and its parts."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from index.aliases import AliasTable
from index.documents import document, newest_key, unstored
from index.matching import FieldText, Nearness, Subject, Subjects, compile_query, evaluate, within_edits
from index.query.ast import Near
from index.query.parser import parse
from index.records import DocumentFigure
from index.tokens import slots
from nlp.records import Article, Entity, Event, Figure
from store.records import StoredArticle
from zhiwen.errors import QueryError

MOMENT = datetime(2025, 12, 24, tzinfo=UTC)
TEXT = "北京智谱华章通过聆讯。\n智谱与 OpenAI 竞争，张鹏说。"


def _entity(name: str, type_: str, canonical: str | None, *, at: int = 0) -> Entity:
    start = TEXT.index(name, at)
    return Entity(text=name, start=start, end=start + len(name), type=type_, canonical=canonical, found_by="hand")


ARTICLE = Article(
    url="https://news.example/1",
    canonical_url="https://news.example/1",
    source="tech",
    title="智谱上市",
    published_at=MOMENT,
    fetched_at=MOMENT,
    language="zh",
    text=TEXT,
    original_text="北京智譜華章通過聆訊。\n智譜與 OpenAI 競爭，張鵬說。",
    entities=(
        _entity("智谱", "COMPANY", "智谱", at=12),
        _entity("北京智谱华章", "COMPANY", "智谱"),
        _entity("OpenAI", "COMPANY", "OpenAI"),
        _entity("张鹏", "PERSON", None),
        _entity("北京", "GPE", None),
    ),
    events=(
        Event(type="hearing_passed", company="智谱", date=None, start=6, end=10, trigger="通过聆讯"),
        Event(type="listed", company="智谱", date=None, start=0, end=2, trigger="x", modality="rumoured"),
    ),
    about=("智谱",),
    fingerprint="f",
)


def _places(query: str, article: Article = ARTICLE) -> list[tuple[str, str]] | None:
    match = compile_query(query, aliases=AliasTable(companies={"zhipu": "智谱"}))(article)
    if match is None:
        return None
    texts = {"title": article.title, "text": article.text}
    return [(field, texts[field][start:end]) for field, start, end in match.spans]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("智譜", [("title", "智谱"), ("text", "智谱"), ("text", "智谱")]),
        ("company:zhipu", [("text", "北京智谱华章"), ("text", "智谱")]),
        ("about:智谱 openai", [("text", "北京智谱华章"), ("text", "智谱"), ("text", "OpenAI")]),
        ("event:hearing_passed", [("text", "通过聆讯")]),
        ("event:listed", None),  # a rumour is none
        ("person:张鹏", [("text", "张鹏")]),
        ("company:北京", None),
        ("published:2025-12-24", []),
        ("published:2025-12-25", None),
        ("智谱 -聆讯", None),
        ("NOT 商汤", []),
        ('"聆讯 竞争"~8', [("text", "聆讯"), ("text", "竞争")]),
        ("", []),
    ],
)
def test_a_compiled_query_says_where_it_met_the_article(query: str, places: list[tuple[str, str]] | None) -> None:
    assert _places(query) == places


def test_a_query_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(QueryError):
        compile_query("(")


def test_relative_times_move_with_the_clock() -> None:
    match = compile_query("published:7d")
    with time_machine.travel(datetime(2025, 12, 30, tzinfo=UTC)):
        assert match(ARTICLE)
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC)):
        assert match(ARTICLE) is None


def test_days_of_a_rule_move_with_the_clock() -> None:
    with time_machine.travel(MOMENT):
        match = compile_query("published:今天")
        assert match(ARTICLE)
    with time_machine.travel(datetime(2025, 12, 25, tzinfo=UTC)):
        assert match(ARTICLE) is None


def test_unresolved_names_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="cannot stand here"):
        evaluate(parse("company:智谱").root, Subject(unstored(ARTICLE)))


def test_a_document_shows_the_page_in_its_own_script_and_names_by_first_mention() -> None:
    stored = StoredArticle(id="i", version=2, seq=5, stored_at=MOMENT, first_stored_at=MOMENT, article=ARTICLE)
    made = document(stored)

    assert (made.id, made.version, made.seq, made.stored_at) == ("i", 2, 5, MOMENT)
    assert made.text == ARTICLE.original_text
    assert (made.companies, made.people, made.events) == (("智谱", "OpenAI"), ("张鹏",), ("hearing_passed",))
    assert document(replace(stored, article=replace(ARTICLE, original_text=None))).text == TEXT


def _edits(wanted: str, token: str) -> int:
    """Optimal string alignment, the table written out."""
    cost = {(i, 0): i for i in range(len(wanted) + 1)} | {(0, j): j for j in range(len(token) + 1)}
    for i, j in itertools.product(range(1, len(wanted) + 1), range(1, len(token) + 1)):
        options = [cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (wanted[i - 1] != token[j - 1])]
        if i > 1 and j > 1 and wanted[i - 1] == token[j - 2] and wanted[i - 2] == token[j - 1]:
            options.append(cost[i - 2, j - 2] + 1)
        cost[i, j] = min(options)
    return cost[len(wanted), len(token)]


@given(st.text(alphabet="abc", max_size=7), st.text(alphabet="abc", max_size=7), st.integers(0, 3))
@settings(max_examples=400, deadline=None)
def test_edits_are_counted_as_in_the_full_table(wanted: str, token: str, distance: int) -> None:
    assert within_edits(wanted, token, distance) == (_edits(wanted, token) <= distance)


def test_the_newest_key_sorts_by_time_then_first_storing_and_fits_an_engine() -> None:
    stored = document(
        StoredArticle(id="i", version=1, seq=1, stored_at=MOMENT, first_stored_at=MOMENT, article=ARTICLE)
    )
    late, future = datetime(2027, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    keys = [
        newest_key(replace(stored, published_at=None)),
        newest_key(replace(stored, published_at=None, first_stored_at=late)),
        newest_key(stored),
        newest_key(replace(stored, first_stored_at=late)),
        newest_key(replace(stored, published_at=late)),
        newest_key(replace(stored, published_at=future, first_stored_at=future)),
    ]

    assert keys == sorted(set(keys))
    assert keys[-1] < 2**63


def test_a_new_version_keeps_its_place_among_the_newest() -> None:
    first = document(StoredArticle(id="i", version=1, seq=1, stored_at=MOMENT, first_stored_at=MOMENT, article=ARTICLE))
    later = replace(first, version=2, seq=9, stored_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert newest_key(later) == newest_key(first)


def test_a_mirror_shows_the_simplified_text_and_any_other_page_its_own_script() -> None:
    stored = StoredArticle(id="i", version=1, seq=1, stored_at=MOMENT, first_stored_at=MOMENT, article=ARTICLE)

    assert document(stored).text == ARTICLE.original_text
    assert document(replace(stored, article=replace(ARTICLE, mirror=True))).text == ARTICLE.text


def test_a_document_holds_figures_grade_and_the_story_that_reposts_share() -> None:
    figure = Figure(
        text="3亿元", start=0, end=3, kind="MONEY", value=Decimal(300_000_000), unit="CNY", metric="revenue"
    )
    article = replace(ARTICLE, figures=(figure, figure, replace(figure, value=Decimal("NaN"))))
    stored = StoredArticle(id="i", version=1, seq=1, stored_at=MOMENT, first_stored_at=MOMENT, article=article)
    made = document(stored, grade="filing")
    other = document(replace(stored, id="j", article=replace(article, fingerprint="other")))

    told = DocumentFigure(metric="revenue", value=3e8, unit="CNY", period=None, subject=None)
    assert (made.figures, made.grade) == ((told,), "filing")
    assert made.story == document(replace(stored, id="j")).story != other.story


def test_a_match_shows_the_figure_that_met_the_query() -> None:
    figures = tuple(
        Figure(text="x", start=at, end=at + 2, kind="MONEY", value=Decimal(value), unit="CNY", metric="revenue")
        for at, value in ((0, 1), (4, 400_000_000))
    )
    match = compile_query("figure:(metric:revenue AND value:>3亿)")

    assert match(ARTICLE) is None
    found = match(replace(ARTICLE, figures=figures))
    assert found is not None
    assert found.spans == (("text", 4, 6),)


def test_rules_know_the_grade_of_a_source() -> None:
    subjects = Subjects(grades={ARTICLE.source: "filing"})

    assert compile_query("grade:filing", subjects=subjects)(ARTICLE)
    assert compile_query("grade:filing")(ARTICLE) is None
    assert compile_query("grade:media")(ARTICLE)


@given(
    parts=st.lists(st.sampled_from(["智谱", "谱", "上市", "智谱上市", "AI", "4"]), min_size=2, max_size=3, unique=True),
    text=st.lists(st.sampled_from(["智谱", "智譜", "上市", "AI", "GLM", "4", "，", " ", "的", "\n"]), max_size=12).map(
        "".join
    ),
    distance=st.integers(0, 6),
)
@settings(max_examples=800, deadline=None)
def test_nearness_is_told_by_characters_as_by_positions(parts: list[str], text: str, distance: int) -> None:
    leaf = Near(fields=("text",), parts=tuple(map(slots, parts)), distance=distance)

    assert Nearness.of(leaf)([text]) == any(True for _ in FieldText(text).whole.near(leaf))


@pytest.mark.parametrize("between", ["的" * count for count in range(6)] + ["，" * count for count in range(1, 6)])
@pytest.mark.parametrize("parts", [("智谱", "上市"), ("上市", "智谱"), ("谱", "上市"), ("智谱", "谱上市")])
def test_nearness_by_characters_ends_where_that_by_positions_ends(between: str, parts: tuple[str, str]) -> None:
    text = f"的智谱{between}上市，"
    for distance in range(8):
        leaf = Near(fields=("text",), parts=tuple(map(slots, parts)), distance=distance)

        assert Nearness.of(leaf)([text]) == any(True for _ in FieldText(text).whole.near(leaf))
