"""The query language: what parses to what, and what is refused in which words."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.aliases import AliasTable, as_written
from index.query.ast import (
    And,
    Boost,
    Everything,
    FigureOf,
    Fuzzy,
    Named,
    Near,
    Node,
    Not,
    OneOf,
    Or,
    Phrase,
    Published,
    Value,
)
from index.query.fields import FIELDS
from index.query.parser import MAX_CLAUSES, MAX_DEPTH, MAX_LENGTH, MAX_NEAR, parse
from index.query.plan import plan, resolve
from index.records import SearchRequest
from index.tokens import slots
from zhiwen.errors import QueryError
from zhiwen.times import CHINA

BOTH = ("title", "text")


def phrase(text: str, *, fields: tuple[str, ...] = BOTH, prefix: bool = False) -> Phrase:
    return Phrase(fields=fields, slots=slots(text, prefix=prefix))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Everything()),
        ("  \n", Everything()),
        ("智譜", phrase("智谱")),
        ("a b", And(children=(phrase("a"), phrase("b")))),
        ("a AND b", And(children=(phrase("a"), phrase("b")))),
        ("a && b || c", Or(children=(And(children=(phrase("a"), phrase("b"))), phrase("c")))),
        ("a OR b c", Or(children=(phrase("a"), And(children=(phrase("b"), phrase("c")))))),
        ("（a OR b） c", And(children=(Or(children=(phrase("a"), phrase("b"))), phrase("c")))),
        ("-a", Not(child=phrase("a"))),
        ("NOT (a b)", Not(child=And(children=(phrase("a"), phrase("b"))))),
        ("ORACLE NOTE", And(children=(phrase("oracle"), phrase("note")))),
        ("“智谱 AI”", phrase("智谱ai")),
        ("「智谱」", phrase("智谱")),
        ("“他说「智谱」很好”", phrase("他说，智谱，很好")),
        ("『“智谱”上市』 商汤", And(children=(phrase("智谱，上市"), phrase("商汤")))),
        ('“智谱" 「商汤”', And(children=(phrase("智谱"), phrase("商汤")))),
        ('"a \\" b"', phrase('a " b')),
        ("deep*", phrase("deep", prefix=True)),
        ("智谱*", phrase("智谱")),
        ("opanai~", Fuzzy(fields=BOTH, word="opanai", distance=2)),
        ("glm～", Fuzzy(fields=BOTH, word="glm", distance=1)),
        ('"智谱 上市"~20', Near(fields=BOTH, parts=(slots("智谱"), slots("上市")), distance=20)),
        ('"智谱"~20', phrase("智谱")),
        ("智谱^2.5", Boost(child=phrase("智谱"), factor=2.5)),
        ("(a b)^2", Boost(child=And(children=(phrase("a"), phrase("b"))), factor=2.0)),
        ("标题：智谱", phrase("智谱", fields=("title",))),
        ("title:(a OR b)", Or(children=(phrase("a", fields=("title",)), phrase("b", fields=("title",))))),
        ("Company: 智谱", Named(field="company", name="智谱")),
        ('公司:"阿里 巴巴"', Named(field="company", name="阿里 巴巴")),
        ("mirror:否", Named(field="mirror", name="false")),
        ("智谱、MiniMax", And(children=(phrase("智谱"), phrase("minimax")))),
        ("24,377", phrase("24377")),
        ("智谱 - MiniMax", And(children=(phrase("智谱"), phrase("minimax")))),
        ("智谱上市！", phrase("智谱上市")),
        ("https://z.ai/x", phrase("https://z.ai/x")),
        ("12:30", phrase("12:30")),
        ("published:7d", Published(start=timedelta(days=7))),
        ("published:2周", Published(start=timedelta(days=14))),
        ("published:2025-12-01", Published(start=datetime(2025, 11, 30, 16, tzinfo=UTC), end=datetime(2025, 12, 1, 16, tzinfo=UTC))),
        ("日期：2025年12月1日", Published(start=datetime(2025, 11, 30, 16, tzinfo=UTC), end=datetime(2025, 12, 1, 16, tzinfo=UTC))),
        ("published:>2025-12", Published(start=datetime(2025, 12, 31, 16, tzinfo=UTC))),
        ("published：＞＝20251201", Published(start=datetime(2025, 11, 30, 16, tzinfo=UTC))),
        ("published:<=2024", Published(end=datetime(2024, 12, 31, 16, tzinfo=UTC))),
        ("智谱OR商汤", Or(children=(phrase("智谱"), phrase("商汤")))),
        ("智谱AND商汤NOT百度", And(children=(phrase("智谱"), phrase("商汤"), Not(child=phrase("百度"))))),
        ("智谱 NOT商汤", And(children=(phrase("智谱"), Not(child=phrase("商汤"))))),
        ("智谱&&商汤", And(children=(phrase("智谱"), phrase("商汤")))),
        ("MINORITY XOR", And(children=(phrase("minority"), phrase("xor")))),
        ("增速 ≥30%", And(children=(phrase("增速"), phrase("30")))),
        ("title : 智谱", phrase("智谱", fields=("title",))),
        ("published:202512", Published(start=datetime(2025, 11, 30, 16, tzinfo=UTC), end=datetime(2025, 12, 31, 16, tzinfo=UTC))),
        ("published:2025年", Published(start=datetime(2024, 12, 31, 16, tzinfo=UTC), end=datetime(2025, 12, 31, 16, tzinfo=UTC))),
        ("published:2025年第四季度", Published(start=datetime(2025, 9, 30, 16, tzinfo=UTC), end=datetime(2025, 12, 31, 16, tzinfo=UTC))),
        ("published:2025H1", Published(start=datetime(2024, 12, 31, 16, tzinfo=UTC), end=datetime(2025, 6, 30, 16, tzinfo=UTC))),
        ("发布时间：最近7天", Published(start=timedelta(days=7))),
        ("published:近两周", Published(start=timedelta(days=14))),
        ("published:半年", Published(start=timedelta(hours=4380))),
        ("published:0d", Published(start=timedelta())),
        ("日期：上周", Named(field="published", name="上周")),
        ("published:2025-12-01..", Published(start=datetime(2025, 11, 30, 16, tzinfo=UTC))),
    ],
)  # fmt: skip
def test_reads(text: str, expected: Node) -> None:
    assert parse(text).root == expected


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("titel:x", 1, "the nearest is title:"),
        ("foo:1", 1, "there is no field 'foo'"),
        ("a figure:(published:7d)", 11, "a figure has no 'published'"),
        ("figure:(metric:revenue^2)", 23, "weighs nothing"),
        ("figure:(value:>很多)", 16, "is no amount"),
        ("value:>亿", 8, "is no amount"),
        ("value:二五万", 7, "is no amount"),
        ("value:三千五", 7, "is no amount"),
        ("value:" + "9" * 400, 7, "is no amount"),
        ("value:3..5亿", 7, "can be read in two ways"),
        ("value:3～5亿", 7, "can be read in two ways"),
        ("value:5亿..3亿", 7, "ends before it begins"),
        ("value:>=3亿 <=5亿", 12, "value:(>3亿 <5亿)"),
        ("figure:收入>3亿", 10, "> does not belong here"),
        ("a < b", 3, "< does not belong here"),
        ("figure:(metrik:x)", 9, "the nearest is metric:"),
        ("title:(>3)", 8, "cannot be compared"),
        ("title:3~5", 7, "cannot be searched for approximately"),
        ("company:3~5", 9, "takes a whole value"),
        ("title:-智谱", 7, "it stands before the field: -title:智谱"),
        ("公司:-智谱", 4, "it stands before the field: -company:智谱"),
        ("value:1美元..2元", 7, "is no amount"),
        ("metric:>3", 8, "cannot be compared"),
        ("(a", 1, "this ( is never closed"),
        ("a)", 2, "this ) closes nothing"),
        ("()", 2, "the bracket is empty"),
        ("figure:(value:)", 15, "a word is missing before it"),
        ("(智谱 OR )", 8, "a word is missing before it"),
        ('a "b', 3, "this quote is never closed"),
        ("a AND", 6, "the query ends where a word should follow"),
        ("OR a", 1, "OR does not belong here"),
        ("a*b", 2, "* ends a word"),
        ("a ~ b", 3, "~ does not belong here"),
        ("x^2y", 2, "^ does not belong here"),
        ("x^0", 2, "a weight is above 0"),
        ("x^9999", 2, "a weight is above 0"),
        ('"，"', 1, "nothing to search for"),
        ("？！", 1, "nothing to search for"),
        ("company:智*", 9, "takes a whole value"),
        ('company:""', 9, "has no value"),
        ("company:>3", 9, "cannot be compared"),
        ("title:(company:x)", 8, "stands inside title:"),
        ("published:2025-13-01", 11, "is no date"),
        ("published:>7d", 12, "-published:7d for what is older"),
        ("published:2025-12-31..2025-12-01", 11, "ends before it begins"),
        ("published:今天..上周", 11, "ends before it begins"),
        ("published:2025-12-01 .. 2025-12-31", 22, "a range has no spaces"),
        ("published:FY2025", 11, "is no date"),
        ("published:明天", 11, "is no date"),
        ("published:13月", 11, "is no date"),
        ("published:2月30日", 11, "is no date"),
        ("智谱OR", 5, "the query ends"),
        ("published:..", 11, "is no date"),
        ("mirror:maybe", 8, "true or false"),
        ("智谱~", 1, "one latin word"),
        ("ai~", 1, "3 letters or more"),
        ("openai~3", 1, "write ~1 or ~2"),
        ('"a b"~99999', 1, "at most ~1000"),
        (f'"{" ".join(map(str, range(MAX_NEAR + 1)))}"~9', 1, "words are too many for nearness"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "the query is too long"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), MAX_DEPTH + 1, "too many brackets"),
        ("a " * (MAX_CLAUSES + 1), 1, "words are too many"),
        ("智OR" * (MAX_CLAUSES // 2) + "智", 1, "words are too many"),
        (f"{'x' * 60}*", 1, "too long"),
    ],
)
def test_refuses_with_column_and_hint(text: str, column: int, words: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text)

    assert words in str(refused.value)
    assert refused.value.column == column


@given(st.text(alphabet='智a "()*~^:-<>=|!，“”\\1AND OR.', max_size=40) | st.text(max_size=40))
@settings(max_examples=600, deadline=None)
def test_any_text_parses_or_is_refused(text: str) -> None:
    column = 1
    try:
        parse(text)
    except QueryError as error:
        column = error.column

    assert 1 <= column <= len(text) + 1


@pytest.mark.parametrize(
    "hostile",
    ["(" * 10_000, "a" * 1_000_000, '"' * 2000, '"\\' * 1000, "NOT " * 500, "-" * 2000, "- - " * 500, "*~^" * 600, "((a " * 400, ":" * 2000,
     ":" + "a1" * 990, "value:" + " " * 1900, "智OR" * 600, "published:" + "1~" * 900, "value:" + "一万" * 900 + "x"],
    ids=lambda text: text[:4],
)  # fmt: skip
def test_hostile_queries_are_refused_fast(hostile: str) -> None:
    parse("warm up")
    fastest = 1.0
    for _ in range(5):
        begin = time.perf_counter()
        with pytest.raises(QueryError):
            parse(hostile)
        fastest = min(fastest, time.perf_counter() - begin)

    assert fastest < 0.005


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("智谱：第一股", "智谱 第一股"),
        ("独家 | 智谱：冲刺港股「第一股」", '独家 OR 智谱 冲刺港股 "第一股"'),
        ("深度：(智谱 OR 商汤)", "深度 (智谱 OR 商汤)"),
        ("标题：智谱", "title:智谱"),
        ("数字：（指标：revenue）", "figure:(metric:revenue)"),
        ("2025年报：智谱", "2025年报 智谱"),
        ("智谱:https://z.ai", "智谱 https://z.ai"),
    ],
)
def test_a_chinese_word_before_a_colon_is_a_field_or_text(text: str, same: str) -> None:
    assert parse(text).root == parse(same).root


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value:>3亿", Value(low=3e8, low_open=True)),
        ("value:<=1.5万", Value(high=15_000.0)),
        ("数值：＞＝2,000万", Value(low=2e7)),
        ("value:-5..", Value(low=-5.0)),
        ("value:2万亿", Value(low=2e12, high=2e12)),
        ("value:1亿..3亿美元", And(children=(Value(low=1e8, high=3e8), OneOf(field="unit", names=("usd",))))),
        ("value:1亿~3亿", Value(low=1e8, high=3e8)),
        ("value:1亿～3亿", Value(low=1e8, high=3e8)),
        ("value:1亿至3亿", Value(low=1e8, high=3e8)),
        ("value:1亿-3亿", Value(low=1e8, high=3e8)),
        ("value:-5..-3", Value(low=-5.0, high=-3.0)),
        ("value:100..3万", Value(low=100.0, high=30_000.0)),
        ("value:≥3億", Value(low=3e8)),
        ("value:≤五千万", Value(high=5e7)),
        ("value:>1.2 万亿", Value(low=1.2e12, low_open=True)),
        ("figure:(value:>3 亿)", Value(low=3e8, low_open=True)),
        ("figure:>3亿", Value(low=3e8, low_open=True)),
        ("value:$3亿", And(children=(Value(low=3e8, high=3e8), OneOf(field="unit", names=("usd",))))),
        ("value:>￥1千万", And(children=(Value(low=1e7, low_open=True), OneOf(field="unit", names=("cny",))))),
        ("value:百分之三十", And(children=(Value(low=30.0, high=30.0), OneOf(field="unit", names=("%",))))),
        (
            "value:>1000亿参数",
            And(children=(Value(low=1e11, low_open=True), OneOf(field="unit", names=("parameter",)))),
        ),
        ("value:(>3亿 <5亿)", And(children=(Value(low=3e8, low_open=True), Value(high=5e8, high_open=True)))),
        ("figure:(收入 >3亿)", And(children=(Named(field="metric", name="收入"), Value(low=3e8, low_open=True)))),
        ("value:<30%", And(children=(Value(high=30.0, high_open=True), OneOf(field="unit", names=("%",))))),
    ],
)
def test_amounts_are_read_in_base_units(text: str, expected: Node) -> None:
    assert parse(text).root == FigureOf(condition=expected)


def test_conditions_in_brackets_are_about_one_figure_and_outside_each_about_any() -> None:
    together = parse("figure:(metric:revenue period:2024)").root
    apart = parse("metric:revenue period:2024").root

    metric, period = Named(field="metric", name="revenue"), Named(field="period", name="2024")
    assert together == FigureOf(condition=And(children=(metric, period)))
    assert apart == And(children=(FigureOf(condition=metric), FigureOf(condition=period)))


def test_resolving_takes_names_from_the_table_and_times_from_the_clock() -> None:
    moment = datetime(2026, 1, 8, 3, 4, 5, 678, tzinfo=UTC)
    aliases = AliasTable(companies={"智谱AI": "智谱", "Zhipu": "智谱", "AI": "甲", "ai": "乙"})

    def resolved(text: str) -> Node:
        return resolve(parse(text).root, aliases=aliases, now=moment)

    assert resolved("company:智譜ＡＩ") == OneOf(field="company", names=("智谱",))
    assert resolved("about:zhipu") == OneOf(field="about", names=("智谱",))
    assert resolved("company:Ai") == OneOf(field="company", names=("甲", "乙"))
    assert resolved("company:OpenAI") == OneOf(field="company", names=("openai",))
    assert resolved("published:7d") == Published(start=datetime(2026, 1, 1, 3, 4, 5, tzinfo=UTC))


def test_days_that_move_are_told_when_the_query_is_asked() -> None:
    # 23:30 in Greenwich is the next morning in China, a Thursday.
    moment = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)

    def asked(text: str) -> tuple[str, str]:
        node = resolve(parse(text).root, aliases=as_written, now=moment)
        assert isinstance(node, Published)
        bounds = (node.start, node.end)
        return tuple(str(bound.astimezone(CHINA).date()) if isinstance(bound, datetime) else "" for bound in bounds)  # type: ignore[return-value]

    assert asked("published:今天") == ("2026-01-01", "2026-01-02")
    assert asked("published:前天") == ("2025-12-30", "2025-12-31")
    assert asked("published:上周") == ("2025-12-22", "2025-12-29")
    assert asked("published:上个月") == ("2025-12-01", "2026-01-01")
    assert asked("published:上季度") == ("2025-10-01", "2026-01-01")
    assert asked("published:去年") == ("2025-01-01", "2026-01-01")
    assert asked("published:12月19日") == ("2025-12-19", "2025-12-20")
    assert asked("published:1月") == ("2026-01-01", "2026-02-01")
    assert asked("published:2月29号") == ("2024-02-29", "2024-03-01")
    assert asked("published:>=上周") == ("2025-12-22", "")
    assert asked("published:≤昨天") == ("", "2026-01-01")
    assert asked("published:上周..今天") == ("2025-12-22", "2026-01-02")


@pytest.mark.parametrize(
    ("written", "code"),
    [("2024年", "2024"), ("2025年上半年", "2025h1"), ("２０２５年第三季度", "2025q3"), ("2025年12月", "2025-12"), ("2022/2024", "2022/2024")],
)  # fmt: skip
def test_a_period_means_what_figures_call_it(written: str, code: str) -> None:
    node = resolve(parse(f"period:{written}").root, aliases=as_written, now=datetime(2026, 1, 1, tzinfo=UTC))

    assert node == FigureOf(condition=OneOf(field="period", names=(code,)))


def test_filters_join_the_query() -> None:
    node = plan(
        SearchRequest(query="x", sources=("a", "b")), aliases=AliasTable(), now=datetime(2026, 1, 1, tzinfo=UTC)
    )

    sources = Or(children=(OneOf(field="source", names=("a",)), OneOf(field="source", names=("b",))))
    assert node == And(children=(phrase("x"), sources))


def test_more_years_than_there_are_is_all_of_them() -> None:
    node = plan(SearchRequest(query="published:9999y"), aliases=AliasTable(), now=datetime(2026, 1, 1, tzinfo=UTC))

    assert isinstance(node, Published)
    assert isinstance(node.start, datetime)
    assert node.start.year < 1930


@pytest.mark.parametrize("year", ["0000", "0001", "9999", "<0001-01-01"])
def test_years_beyond_the_calendar_are_no_dates(year: str) -> None:
    with pytest.raises(QueryError, match="is no date"):
        parse(f"published:{year}")


def test_every_field_is_in_the_manual() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")

    assert [field.name for field in FIELDS if f"\n| `{field.name}` |" not in manual] == []
    assert f"{MAX_LENGTH:,} characters, {MAX_CLAUSES} words ({MAX_NEAR} in a nearness) and {MAX_DEPTH}" in manual
