"""`zhiwen figures`: figures of articles as a table."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cli.figures import FigureRow, Sorted, cells, condition_on_figures, unknown_metrics
from index.aliases import AliasTable
from index.query.parser import parse
from index.query.tree import tree
from zhiwen.errors import InputError

KEYS = (
    *("subject", "metric", "period", "value", "value_high", "unit", "op", "qualifier", "text", "sentence"),
    *("title", "source", "published_at", "url", "article"),
)


def row(**fields: Any) -> FigureRow:
    empty = dict.fromkeys(("subject", "metric", "period", "value_high", "qualifier", "published_at"))
    texts = dict.fromkeys(("unit", "text", "sentence", "title", "source", "url", "article"), "")
    return FigureRow(**{**empty, **texts, "op": "=", "value": Decimal(1), **fields})


# ---- what is asked of a figure ----


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("智谱 融资", None),
        ("metric:revenue", "metric is revenue"),
        ("company:智谱 metric:revenue value:>3亿", "and\n  metric is revenue\n  value > 300,000,000"),
        ("(智谱 metric:revenue) period:2024", "and\n  metric is revenue\n  period is 2024"),
        ("(metric:revenue OR metric:arr) 融资", "or\n  metric is revenue\n  metric is arr"),
        (
            "metric:revenue OR (metric:arr period:2024)",
            "or\n  metric is revenue\n  and\n    metric is arr\n    period is 2024",
        ),
        ("figure:(metric:revenue -period:2023) -融资", "and\n  metric is revenue\n  not\n    period is 2023"),
    ],
)
def test_conditions_on_figures_are_told_from_those_on_articles(query: str, condition: str | None) -> None:
    found = condition_on_figures(parse(query).root)

    assert (None if found is None else tree(found)) == condition


@pytest.mark.parametrize(
    ("query", "way_out"),
    [
        ("智谱 -metric:revenue", "metric:revenue -period:2023"),
        ("metric:revenue OR 融资", "metric:revenue OR metric:arr"),
        ("(融资 metric:arr) OR metric:revenue", "metric:revenue OR metric:arr"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_with_a_way_out(query: str, way_out: str) -> None:
    with pytest.raises(InputError, match=rf"mixes what is asked of figures .* figure:\({way_out}\)"):
        condition_on_figures(parse(query).root)


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("metric:营收", []),
        ("metric:营业", ["营业"]),
        ("figure:((metric:收入 OR metric:profits) -metric:x) 智谱", ["profits", "x"]),
        ("metric:revenue metric:revenue_yoy metric:净亏损", []),
        ("智谱", []),
    ],
)
def test_metrics_that_nobody_has_are_told(query: str, unknown: list[str]) -> None:
    assert unknown_metrics(query, aliases=AliasTable(metrics={"营收": "revenue"})) == unknown


# ---- order ----


def test_rows_come_back_as_they_were_by_metric_period_and_time() -> None:
    early, late = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    ordered = [
        row(metric="arr", period="2024", text="a"),
        row(metric="revenue", period="2023", published_at=early, value=Decimal("1.50"), value_high=Decimal(2)),
        row(metric="revenue", period="2023", published_at=late),
        row(metric="revenue", period="2023", text="undated"),
        row(metric="revenue", period="2024"),
        row(metric="revenue"),
        row(period="2022"),
        row(),
    ]

    with Sorted(reversed(ordered)) as held:
        assert (len(held), list(held.first(None)), list(held.first(2))) == (8, ordered, ordered[:2])


def test_no_cell_of_an_exact_value_is_an_equals_sign() -> None:
    at = KEYS.index("op")

    assert (cells(row(op="="))[at], cells(row(op=">"))[at]) == ("", ">")


# ---- the command ----


@pytest.mark.usefixtures("filled")
def test_all_conditions_are_about_one_figure(zhiwen: Any) -> None:
    found = zhiwen("figures", "company:智谱 metric:revenue value:>1亿 period:2024", "--json").json()

    assert found["total"] == len(found["figures"]) > 0
    for figure in found["figures"]:
        assert tuple(figure) == KEYS
        assert (figure["metric"], figure["period"]) == ("revenue", "2024")
        assert figure["value"] > 1e8
        assert figure["text"] in figure["sentence"]
        assert "\n" not in figure["sentence"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("指标：营收 期间：2024年", "metric:revenue period:2024"),
        ("figure:(營收 ≥3 亿)", "figure:(metric:revenue value:>=3亿)"),
        ("metric:净利 OR metric:ARR", "metric:net_profit OR metric:arr"),
        ("metric:revenue 语言：英文 级别：媒体", "metric:revenue lang:en grade:media"),
    ],
)
def test_names_that_analysts_use_find_the_same(zhiwen: Any, query: str, same: str) -> None:
    assert zhiwen("figures", query, "--jsonl").lines() == zhiwen("figures", same, "--jsonl").lines() != []


@pytest.mark.usefixtures("filled")
def test_all_forms_give_the_same_rows(zhiwen: Any) -> None:
    rows = zhiwen("figures", "metric:revenue", "--json").json()["figures"]
    lines = zhiwen("figures", "metric:revenue", "--jsonl").lines()
    streamed = zhiwen("figures", "metric:revenue", "--jsonl", "--unsorted").lines()
    table = list(csv.DictReader(io.StringIO(zhiwen("figures", "metric:revenue", "--csv").out, newline="")))

    assert lines == rows
    assert sorted(map(str, streamed)) == sorted(map(str, rows))
    assert [each["published_at"] for each in streamed] == sorted(
        (each["published_at"] for each in streamed), key=datetime.fromisoformat, reverse=True
    )
    assert [(each["title"], Decimal(each["value"])) for each in table] == [
        (each["title"], Decimal(str(each["value"]))) for each in rows
    ]
    periods = [each["period"] for each in rows]
    assert periods == sorted(periods, key=lambda period: (period is None, period))


@pytest.mark.usefixtures("filled")
def test_the_terminal_says_how_many_there_are(zhiwen: Any) -> None:
    done = zhiwen("figures", "subject:智谱", "--limit", "2")

    assert len(done.out.splitlines()) == 3
    assert "2 of " in done.err
    assert "no such figures" in zhiwen("figures", "period:1999").err
    hint = "subject:智谱AI gives what is said of that company alone"
    assert hint in zhiwen("figures", "company:智谱AI metric:revenue").err
    assert hint not in zhiwen("figures", "company:智谱AI subject:智谱 metric:revenue").err
    assert "no metric is called '净利的'; there are 净利率, 净利润" in zhiwen("figures", "metric:净利的").err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["metric:revenue OR 融资", "--csv"], "mixes what is asked"),
        (["value:>much", "--csv", "--unsorted"], "no amount"),
        (["x", "--json", "--csv"], "do not go together"),
        (["x", "--unsorted"], "--unsorted goes with"),
        (["x", "--since", "soon"], "2025-12-24"),
    ],
)
def test_impossible_wishes_exit_2_and_write_nothing(zhiwen: Any, arguments: list[str], words: str) -> None:
    done = zhiwen("figures", *arguments)

    assert (done.code, done.out) == (2, "")
    assert words in done.err
