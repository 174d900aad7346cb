"""The understander as a whole: properties that hold for any text, and the seed page's texts."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.language import build_pipeline
from nlp.lexicon import Lexicon
from nlp.understand import Understander

PUBLISHED = date(2025, 12, 24)
PIECES = st.sampled_from(
    [
        "智谱",
        "DeepSeek",
        "V3",
        "港交所",
        "分别为",
        "3亿元",
        "、",
        "，",
        "。",
        "\n",
        "2024年",
        "2025H1",
        "至",
        "-5.5%",
        "１２３",
        "前十",
        "第二",
        "收入",
        "毛利率",
        "通过聆讯",
        "拟",
        "（02513.HK）",
        "创始人",
        "李晓明",
        "表示",
        "·",
        "有限公司",
        "（以下简称“",
        "”）",
        "破亿",
        "数千万美元",
        "17",
        "日",
        "去年同期",
        "�",
        "😀",
        "\x00",
        "İ",
        "ß",
        "ﬁ",
        "㎏",
    ]
)
TEXTS = st.one_of(st.text(max_size=120), st.lists(PIECES, max_size=40).map("".join))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(text=TEXTS, title=st.text(max_size=20), published=st.one_of(st.none(), st.dates()))
def test_never_raises_and_every_span_lies_in_the_text(
    text: str, title: str, published: date | None, understander: Understander
) -> None:
    understood = understander.understand(text, title=title, published=published)

    for item in (*understood.entities, *understood.figures):
        assert text[item.start : item.end] == item.text
        assert item.text
    for event in understood.events:
        assert text[event.start : event.end] == event.trigger


@QUICK
@given(text=TEXTS)
def test_same_text_same_answer(text: str, understander: Understander) -> None:
    first, second = (understander.understand(text, published=PUBLISHED) for _ in range(2))

    assert first.entities == second.entities
    assert first.figures == second.figures
    assert first.events == second.events
    assert (first.keywords, first.about) == (second.keywords, second.about)


@QUICK
@given(text=TEXTS)
def test_names_do_not_overlap(text: str, understander: Understander) -> None:
    names = [entity for entity in understander.understand(text).entities if entity.type != "DATE"]

    assert all(one.end <= other.start for one, other in itertools.pairwise(names))


def test_opening_of_an_article_with_its_value_first(understander: Understander) -> None:
    text = "88.5 亿元，17 日通过港交所聆讯的壁仞科技在公开的招股书中确认了自己的最新估值。"

    understood = understander.understand(text, published=PUBLISHED)

    (figure,) = understood.figures
    assert (figure.value, figure.unit, figure.metric, figure.subject) == (
        Decimal("8850000000"),
        "CNY",
        "valuation",
        "壁仞科技",
    )
    assert ("hearing_passed", "壁仞科技", date(2025, 12, 17)) in {
        (e.type, e.company, e.date) for e in understood.events
    }


def test_about_is_who_is_named_most_and_first(understander: Understander) -> None:
    text = "阶跃星辰发布新模型。阶跃星辰说它超过了谷歌。阶跃星辰还将招人，智谱与微软未置评。"

    assert understander.understand(text).about == ("阶跃星辰",)


def test_title_weighs_what_the_article_is_about(understander: Understander) -> None:
    text = "谷歌和英伟达发言。智谱也在。"

    assert understander.understand(text, title="智谱的一年").about[0] == "智谱"


def test_keywords_name_things_and_no_chrome(understander: Understander) -> None:
    keywords = understander.understand(
        "寒武纪的算力集群扩容。算力集群让寒武纪的编译器更快。来源：记者 编辑 点击 阅读"
    ).keywords

    assert keywords[0] == "寒武纪"
    assert not {"记者", "编辑", "点击", "阅读", "来源"} & set(keywords)


def test_notes_tell_what_each_component_found(understander: Understander) -> None:
    notes = understander.understand("智谱收入3亿元。").notes

    assert [note.step for note in notes][:2] == ["zhiwen_gazetteer", "zhiwen_dates"]
    figures = next(note for note in notes if note.step == "zhiwen_figures")
    assert figures.evidence == ("3亿元 = 300000000 CNY: 智谱, revenue, None",)


def test_empty_text_says_nothing(understander: Understander) -> None:
    assert understander.understand("").entities == ()


@pytest.mark.parametrize(
    "piece", ["1", "3亿", "智谱", "（", "分别为3亿元、", "创始人王", "有限公司", "2024年至", "a ", "\n"]
)
def test_text_without_end_ends(piece: str, understander: Understander) -> None:
    """A pattern that goes back over the text from every position would take minutes here, and the test times out."""
    understander.understand(piece * (60_000 // len(piece)), published=PUBLISHED)


def test_the_string_store_does_not_grow_with_what_is_read(lexicon: Lexicon) -> None:
    nlp = build_pipeline(lexicon)
    before = len(nlp.vocab.strings)
    with nlp.memory_zone():
        nlp("饕餮纹样与青铜器皿".replace("饕", "鼍"))

    assert len(nlp.vocab.strings) == before


def test_pipeline_has_no_unmet_needs(lexicon: Lexicon) -> None:
    problems = build_pipeline(lexicon).analyze_pipes()["problems"]

    assert not any(needs for needs in problems.values())


def test_company_of_the_headline_is_read_in_the_text(understander):
    understood = understander.understand(
        "企业路灯服务商栗洄智能在网站披露聆讯后资料集，公司已通过港交所聆讯。", title="栗洄智能通过港交所聆讯"
    )

    assert understood.about == ("栗洄智能",)
    assert {(event.type, event.company) for event in understood.events} == {
        ("prospectus_published", "栗洄智能"),
        ("hearing_passed", "栗洄智能"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "今日递表。", "首家通过聆讯。", "公司已通过港交所聆讯。", "两家企业同日递表港交所。", "创始人递交招股书。",
        "如何递交招股书？", "有望通过聆讯。", "正式通过聆讯。", "年内通过聆讯的企业增至三家。", "其招股书失效。",
        "大模型公司集体递表。", "监管层通过聆讯。", "证监会通过聆讯。", "资本市场在港交所上市。", "尚未递表。", "他们通过聆讯。",
    ],
)  # fmt: skip
def test_who_stands_before_a_filing_is_no_company_where_it_is_a_word(understander, text):
    understood = understander.understand(text, title=text)

    assert [entity.text for entity in understood.entities if entity.type == "COMPANY"] == []
    assert understood.events == ()
