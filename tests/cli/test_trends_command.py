"""`zhiwen trends` and `zhiwen query explain` on one home, and the pictures that they draw."""

from __future__ import annotations

import csv
import doctest
import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.plot import bar, columns, fit, spark

numbers = st.lists(st.integers(0, 10**6), min_size=1, max_size=300)


@pytest.mark.parametrize("name", ["cli.plot", "cli.export"])
def test_examples(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name))

    assert outcome.attempted
    assert not outcome.failed


@settings(max_examples=100, deadline=None)
@given(counts=numbers, width=st.integers(10, 200), height=st.integers(1, 12))
def test_columns_fit_the_window(counts: list[int], width: int, height: int) -> None:
    drawn = columns(counts, labels=["2025-01-01"] * len(counts), width=max(width, 24), height=height)

    assert len(drawn) == height + 2
    assert max(map(len, drawn[:-1])) <= max(width, 24)


@settings(max_examples=100, deadline=None)
@given(counts=numbers, width=st.integers(1, 100))
def test_joining_loses_nothing(counts: list[int], width: int) -> None:
    assert len(fit(counts, width)) <= width
    assert sum(fit(counts, width)) == sum(counts)
    assert len(spark(counts, width=width)) <= width


@settings(max_examples=100, deadline=None)
@given(counts=st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_what_is_not_nothing_shows_and_more_is_not_lower(counts: list[int]) -> None:
    heights = [" ▁▂▃▄▅▆▇█".index(block) for block in spark(counts, width=40)]

    assert [height > 0 for height in heights] == [count > 0 for count in counts]
    assert [height for _, height in sorted(zip(counts, heights, strict=True))] == sorted(heights)
    assert all(bool(bar(count, top=max(counts), width=20)) == (count > 0) for count in counts)


# ---- the commands ----


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("engine", ["embedded", "memory"])
def test_counts_are_those_that_a_search_gives(zhiwen: Any, engine: str) -> None:
    env = {"ZHIWEN_INDEX": engine}
    found = zhiwen("trends", "--by", "event", "--interval", "month", "--top", "3", "--json", env=env).json()
    whole = zhiwen("search", "", "--histogram", "month", "--facet", "event", "--json", env=env).json()

    assert found["buckets"] == [each["value"] for each in whole["histogram"]]
    assert found["all"]["counts"] == [each["documents"] for each in whole["histogram"]]
    told = {each["value"]: each["documents"] for each in whole["facets"]["event"]}
    assert [(each["name"], each["documents"]) for each in found["series"]] == list(told.items())[:3]


@pytest.mark.usefixtures("filled")
def test_companies_are_compared_by_any_name(zhiwen: Any) -> None:
    found = zhiwen("trends", "--compare", "智譜AI", "--compare", "MiniMax", "--json").json()

    assert [each["name"] for each in found["series"]] == ["智譜AI", "MiniMax"]
    assert all(each["documents"] > 0 for each in found["series"])


@pytest.mark.usefixtures("filled")
def test_a_table_for_pivots(zhiwen: Any) -> None:
    arguments = ("trends", "--compare", "智谱", "--interval", "month")
    rows = list(csv.DictReader(io.StringIO(zhiwen(*arguments, "--csv").out, newline="")))
    found = zhiwen(*arguments, "--json").json()

    assert [(row["month"], row["company"], int(row["articles"])) for row in rows] == [
        (bucket, each["name"], count)
        for each in (found["all"], *found["series"])
        for bucket, count in zip(found["buckets"], each["counts"], strict=True)
    ]


@pytest.mark.usefixtures("filled")
def test_the_terminal_draws_or_does_not(zhiwen: Any) -> None:
    drawn, plain = zhiwen("trends", "--interval", "week"), zhiwen("trends", "--interval", "week", "--no-plot")

    assert "█" in drawn.out
    assert "┼──" in drawn.out
    assert "█" not in plain.out
    assert "智谱" in plain.out.splitlines()[0]
    assert "16 articles by week" in plain.err


@pytest.mark.usefixtures("filled")
def test_what_rises_says_of_which_days(zhiwen: Any) -> None:
    found = zhiwen("trends", "--rising", "--until", "2025-12-24", "--days", "10", "--json").json()
    quiet = zhiwen("trends", "--rising", "--until", "2001-01-01")

    assert (found["window"]["since"], found["window"]["until"]) == ("2025-12-15", "2025-12-24")
    assert (found["history"]["since"], found["history"]["until"]) == ("2025-09-26", "2025-12-14")
    assert found["window"]["documents"] > 0
    assert "nothing to compare in the window" in quiet.err


@pytest.fixture
def burst(tmp_path: Path, zhiwen: Any) -> dict[str, str]:
    """A home in which 月之暗面 is new in the last week, beside eight quiet weeks."""
    pages = tmp_path / "pages"
    pages.mkdir()
    for day in range(1, 57):
        month, of = ("09", day) if day <= 30 else ("10", day - 30)
        _page(pages / f"quiet{day}.html", company="百度", day=f"2025-{month}-{of:02}", number=day)
    for number in range(9):
        _page(pages / f"burst{number}.html", company="月之暗面", day=f"2025-10-{27 + number % 5:02}", number=number)
    env = {"ZHIWEN_HOME": str(tmp_path / "home")}
    assert zhiwen("ingest", str(pages), env=env).code == 0
    return env


def _page(path: Path, *, company: str, day: str, number: int) -> None:
    sentence = f"{company}在第{number}场活动上介绍了面向企业的新产品，并说明了接下来的安排和价格。"
    body = "".join(
        f"<p>{sentence}参会者就第{part}个问题提问，公司逐一作了回答，现场气氛热烈。</p>" for part in range(5)
    )
    path.write_text(
        f'<html><head><meta charset="utf-8"><title>{company}举办第{number}场活动</title>'
        f'<meta property="article:published_time" content="{day}T10:00:00+08:00"></head>'
        f"<body><article><h1>{company}举办第{number}场活动</h1>{body}</article></body></html>",
        encoding="utf-8",
    )


def test_a_company_that_is_new_is_told(zhiwen: Any, burst: dict[str, str]) -> None:
    arguments = ("trends", "--rising", "--until", "2025-10-31", "--days", "7")
    (found,) = zhiwen(*arguments, "--json", env=burst).json()["terms"]
    (row,) = csv.DictReader(io.StringIO(zhiwen(*arguments, "--csv", env=burst).out, newline=""))
    shown = zhiwen(*arguments, env=burst)

    assert (found["name"], found["documents"], found["new"], found["ratio"]) == ("月之暗面", 9, True, None)
    assert (row["company"], row["articles"], row["new"], row["ratio"]) == ("月之暗面", "9", "yes", "")
    assert "月之暗面" in shown.out
    assert "new" in shown.out


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--by", "colour"], "company, about"),
        (["--interval", "year"], "day, week, month"),
        (["--rising", "--compare", "智谱"], "--rising does not go with"),
        (["--json", "--csv"], "do not go together"),
        (["--days", "3"], "--days goes with --rising"),
        (["--only", "colour:red"], "FACET:VALUE"),
        (["title:("], "column"),
        (["--timezone", "Mars/Olympus"], "Asia/Shanghai"),
    ],
)
def test_impossible_wishes_exit_2(zhiwen: Any, arguments: list[str], words: str) -> None:
    done = zhiwen("trends", *arguments)

    assert (done.code, done.out) == (2, "")
    assert words in done.err


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("engine", ["embedded", "memory"])
def test_a_query_is_explained_for_every_reader(zhiwen: Any, engine: str) -> None:
    query = "company:智谱AI (聆讯 OR 递表)"
    found = zhiwen("query", "explain", query, "--json", env={"ZHIWEN_INDEX": engine}).json()

    assert found["query"] == query
    assert found["tree"].splitlines()[:2] == ["and", "  company is 智谱"]
    plans = {each["engine"]: each["sent"] for each in found["engines"]}
    assert set(plans) == {"memory", "elasticsearch"} | {engine}
    assert json.loads(plans["elasticsearch"])["bool"]["must"]
    assert [sorted(clause) for clause in found["required"]] == [["聆讯", "递表"]]


@pytest.mark.usefixtures("filled")
def test_an_explanation_reads_from_top_to_bottom(zhiwen: Any) -> None:
    shown = zhiwen("query", "explain", "source:hand").out

    assert shown.startswith("understood as\n  source is hand\nembedded is sent\n")
    assert shown.rstrip().endswith("anything: no word is needed")
    assert zhiwen("query", "explain", "titel:x").code == 2
    pattern = zhiwen("query", "explain", "deep* -智谱", "--json").json()["engines"][0]["sent"]
    assert 'Regex("deep.*"), field' in pattern
    assert len(pattern) < 400
