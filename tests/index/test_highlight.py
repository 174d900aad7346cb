"""Highlights are exact, short, in the original, and safe as HTML."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from index.aliases import as_written
from index.highlight import LENGTH, PASSAGES, highlights, to_html
from index.query.plan import plan
from index.records import Document, Highlight, SearchRequest

Maker = Callable[..., list[Document]]


def cut(documents: Maker, query: str, *, title: str = "", text: str = "") -> tuple[Highlight, ...]:
    (made,) = documents({"title": title, "text": text})
    return highlights(made, plan(SearchRequest(query=query), aliases=as_written, now=datetime(2026, 1, 1, tzinfo=UTC)))


def marked(shown: Highlight) -> list[str]:
    return [shown.passage[start:end] for start, end in shown.spans]


def test_title_first_then_the_passage_with_most_of_the_query(documents: Maker) -> None:
    text = "智谱很好。\n" + "别的内容。" * 60 + "\n今天智譜与商汤合作。\n" + "别的内容。" * 60 + "\n商汤。"
    title, first, *rest = cut(documents, "智谱 OR 商汤", title="智譜的一天", text=text)

    assert (title.field, title.passage, marked(title)) == ("title", "智譜的一天", ["智譜"])
    assert (first.passage, marked(first)) == ("今天智譜与商汤合作。", ["智譜", "商汤"])
    assert [shown.passage for shown in rest] == ["智谱很好。", "商汤。"]


def test_a_long_line_is_cut_at_sentences(documents: Maker) -> None:
    (shown,) = cut(documents, "智谱", text="前面的话很长。" * 40 + "这里提到智谱一次。" + "后面的话也很长。" * 40)

    assert shown.passage.startswith("这里提到智谱一次。")
    assert shown.passage.endswith("。")
    assert len(shown.passage) <= LENGTH


def test_a_passage_begins_with_a_word(documents: Maker) -> None:
    (indented,) = cut(documents, "智谱", text="\u3000\u3000智谱很好。")
    (second,) = cut(documents, "GLM", text="A long sentence about something else altogether. GLM is new.")

    assert (indented.passage, marked(indented)) == ("智谱很好。", ["智谱"])
    assert (second.passage, marked(second)) == ("GLM is new.", ["GLM"])


def test_no_latin_word_is_cut_in_two(documents: Maker) -> None:
    words = "alphabet " * 30
    (shown,) = cut(documents, "智谱", text=f"{words}智谱 {words}")

    assert set(shown.passage.split()) == {"alphabet", "智谱"}
    assert shown.passage == shown.passage.lstrip()


def test_words_that_touch_are_marked_as_one(documents: Maker) -> None:
    (shown,) = cut(documents, "智谱 谱发 发布", text="智谱发布")

    assert shown.spans == ((0, 4),)


def test_a_match_longer_than_a_passage_is_whole(documents: Maker) -> None:
    long = "长" * (3 * LENGTH)
    (shown,) = cut(documents, long, text=f"前{long}后")

    assert marked(shown) == [long]


def test_a_word_that_overlaps_itself_without_end_stays_short(documents: Maker) -> None:
    shown = cut(documents, "哈哈", text="哈" * 20_000)

    assert len(shown) == PASSAGES
    assert all(len(highlight.passage) <= 2 * LENGTH for highlight in shown)


def test_two_hundred_words_on_every_character_are_marked_in_no_time(documents: Maker) -> None:
    begin = time.process_time()
    shown = cut(documents, " ".join("智谱上市" * 50), text="智谱上市" * 1250)

    assert len(shown) == PASSAGES
    assert (
        time.process_time() - begin < 4
    )  # copying the places of a window with each of them took seven seconds, now one


def test_nothing_to_mark_gives_nothing(documents: Maker) -> None:
    assert cut(documents, "", text="智谱") == ()
    assert cut(documents, "source:hand", text="智谱") == ()


@given(
    st.text(alphabet="智谱 a。\n，<&", max_size=400),
    st.sampled_from(["智谱", "智", "a", '"a 智"', '"谱，智"', "智 OR a", '"智 a"~3']),
)
@settings(max_examples=300, deadline=None)
def test_passages_stand_in_the_text_and_spans_inside_them(text: str, query: str) -> None:
    made = Document(
        id="a", seq=1, version=1, url="", title="", text=text, source="", author=None, publisher=None, published_at=None,
        stored_at=datetime(2026, 1, 1, tzinfo=UTC), language="zh", mirror=False, companies=(), about=(), people=(), events=(), keywords=(),
    )  # fmt: skip
    shown = highlights(made, plan(SearchRequest(query=query), aliases=as_written, now=datetime(2026, 1, 1, tzinfo=UTC)))

    assert len(shown) <= PASSAGES
    for highlight in shown:
        assert highlight.passage in text
        assert highlight.spans
        ends = [edge for span in highlight.spans for edge in span]
        assert ends == sorted(set(ends))
        assert 0 <= ends[0] < ends[-1] <= len(highlight.passage)


def test_html_marks_the_spans_and_nothing_else() -> None:
    shown = Highlight(field="text", passage='<script>"智谱" & co', spans=((9, 11),))

    assert to_html(shown) == "&lt;script&gt;&quot;<mark>智谱</mark>&quot; &amp; co"
