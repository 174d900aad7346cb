from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.changes import changes
from web.marking import Mark, find_mark, paragraphs, pieces, sentence_around

marks = st.lists(
    st.builds(Mark, start=st.integers(-3, 30), end=st.integers(-3, 30), style=st.sampled_from(["a", "b"])), max_size=8
)


@given(text=st.text(max_size=25), marks=marks)
@settings(deadline=None, max_examples=150)
def test_pieces_are_the_text_again_whatever_the_marks(text: str, marks: list[Mark]) -> None:
    assert "".join(piece.text for piece in pieces(text, marks)) == text


def test_overlapping_marks_share_the_piece_where_they_overlap() -> None:
    found = pieces(
        "智谱收入3亿元", [Mark(start=0, end=4, style="a", title="甲"), Mark(start=2, end=7, style="b", title="乙")]
    )

    assert [(piece.text, piece.styles, piece.title) for piece in found] == [
        ("智谱", ("a",), "甲"),
        ("收入", ("a", "b"), "甲 · 乙"),
        ("3亿元", ("b",), "乙"),
    ]


def test_anchor_stands_once_even_where_a_mark_is_cut() -> None:
    found = pieces("abcd", [Mark(start=0, end=4, style="a", anchor="f-1"), Mark(start=2, end=3, style="b")])

    assert [piece.anchor for piece in found] == ["f-1", None, None]


def test_mark_outside_the_text_costs_nothing() -> None:
    assert pieces("ab", [Mark(start=1, end=9, style="a"), Mark(start=1, end=1, style="a")])[0].styles == ()


def test_subheadings_are_headings_and_blank_lines_are_left_out(make_article) -> None:  # type: ignore[no-untyped-def]
    article = make_article(text="第一段\n\n小标题\n第二段", subheadings=("小标题",))

    assert [(p.heading, p.pieces[0].text) for p in paragraphs(article, ())] == [
        (False, "第一段"), (True, "小标题"), (False, "第二段"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part", "sentence"),
    [
        ("甲。收入3亿元，增长。乙。", "3亿元", "收入3亿元，增长。"),
        ("他说：“收入3亿元。”然后走了。", "3亿元", "他说：“收入3亿元。”"),
        ("第一行\n收入3亿元\n第三行", "3亿元", "收入3亿元"),
        ("Before. It rose 4.5% to 9 billion. After.", "4.5%", "It rose 4.5% to 9 billion."),
        ("a" * 500 + "3亿元" + "b" * 500, "3亿元", "a" * 160 + "3亿元" + "b" * 160),
    ],
)
def test_sentence_around_a_span(text: str, part: str, sentence: str) -> None:
    start = text.index(part)
    found = sentence_around(text, start, start + len(part))

    assert "".join(piece.text for piece in found) == sentence
    assert [piece.text for piece in found if piece.styles] == [part]


@given(text=st.text(alphabet="甲乙。\n”. 3", max_size=30), start=st.integers(-2, 32), end=st.integers(-2, 32))
@settings(deadline=None, max_examples=150)
def test_sentence_lies_in_the_text_and_holds_its_span(text: str, start: int, end: int) -> None:
    found = sentence_around(text, start, end)
    joined = "".join(piece.text for piece in found)

    assert joined in text
    if found:
        assert text[start:end] in joined


def test_part_that_does_not_stand_there_is_not_marked() -> None:
    assert [piece.styles for piece in find_mark("公司已通过聆讯", "递表")] == [()]
    assert [piece.text for piece in find_mark("公司已通过聆讯", "通过聆讯") if piece.styles] == ["通过聆讯"]


def test_corrected_number_is_marked_whole(make_article) -> None:  # type: ignore[no-untyped-def]
    found = changes(make_article(text="甲\n收入3.12亿元。\n乙"), make_article(text="甲\n收入3.24亿元。\n乙"))
    marked = [(line.kind, [piece.text for piece in line.pieces if piece.styles]) for line in found.lines]

    assert marked == [("removed", ["3.12"]), ("added", ["3.24"])]
    assert found.fields == ()


def test_lines_put_in_and_taken_out_are_whole(make_article) -> None:  # type: ignore[no-untyped-def]
    found = changes(make_article(text="甲\n乙"), make_article(text="甲\n丙\n乙\n丁"))

    assert [(line.kind, line.pieces[0].text) for line in found.lines] == [("added", "丙"), ("added", "丁")]


def test_changed_title_is_a_changed_field(make_article) -> None:  # type: ignore[no-untyped-def]
    found = changes(make_article(title="旧"), make_article(title="新"))

    assert [(change.field, change.before, change.after) for change in found.fields] == [("title", "旧", "新")]
    assert not found.nothing


def test_same_article_has_no_changes(make_article) -> None:  # type: ignore[no-untyped-def]
    assert changes(make_article(), make_article()).nothing


def test_text_too_long_to_compare_says_so(make_article) -> None:  # type: ignore[no-untyped-def]
    long = "\n".join(map(str, range(5001)))
    found = changes(make_article(text=long), make_article(text=long + "。"))

    assert not found.complete
    assert not found.nothing


@given(before=st.text(alphabet="甲乙3.\n", max_size=20), after=st.text(alphabet="甲乙3.\n", max_size=20))
@settings(deadline=None, max_examples=80)
def test_changes_never_lose_a_letter(before: str, after: str) -> None:
    from web.changes import _altered

    removed, added = _altered(before, after)

    assert "".join(piece.text for piece in removed.pieces) == before
    assert "".join(piece.text for piece in added.pieces) == after
