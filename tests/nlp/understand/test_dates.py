"""Periods, relative to the day of publication. Sentences are ours."""

from __future__ import annotations

from datetime import date

import pytest

from nlp.components.clauses import clauses, sentences
from nlp.components.dates import expand, find_dates, join_ranges, last_day, previous_year
from zhiwen.folding import fold


def periods(text: str, published: date | None) -> list[str | None]:
    found = find_dates(text, fold(text), sentences=sentences(text), published=published)
    return [mention.period for mention in found]


@pytest.mark.parametrize(
    ("text", "published", "expected"),
    [
        ("2025 年 11 月起", date(2025, 12, 24), ["2025-11"]),
        ("17 日通过", date(2025, 12, 24), ["2025-12-17"]),
        ("30 日通过", date(2025, 12, 24), ["2025-11-30"]),
        ("今年上半年", date(2025, 12, 24), ["2025H1"]),
        ("上半年营收", date(2026, 8, 8), ["2026H1"]),
        ("上半年营收", date(2026, 3, 8), ["2025H1"]),
        ("截至2025Q3", date(2025, 12, 24), ["2025Q3"]),
        ("第四季度", date(2026, 2, 1), ["2025Q4"]),
        ("去年第三季度", date(2025, 12, 24), ["2024Q3"]),
        ("2026 财年第二财季；第二财季增长", date(2026, 2, 1), ["FY2026Q2", "FY2026Q2"]),
        ("12月28日消息", date(2026, 1, 5), ["2025-12-28"]),
        ("1月2日消息", date(2025, 12, 24), ["2026-01-02"]),
        ("2023年4月和5月成立", date(2025, 12, 24), ["2023-04", "2023-05"]),
        ("12 月的第二周", date(2025, 12, 24), ["2025-12-W2"]),
        ("昨晚宣布", date(2025, 3, 1), ["2025-02-28"]),
        ("上周五", date(2025, 12, 24), ["2025-12-19"]),
        ("前三季度", date(2025, 12, 24), ["2025Q1/2025Q3"]),
        ("未来三年", date(2025, 12, 24), ["2025/2027"]),
        ("2024年底", date(2025, 12, 24), ["2024-12"]),
        ("2025年2月30日", date(2025, 12, 24), [None]),
        ("On March 3, 2025.", None, ["2025-03-03"]),
        ("17 日通过", None, [None]),
    ],
)
def test_periods_are_resolved_by_publication(text: str, published: date | None, expected: list[str | None]) -> None:
    assert periods(text, published) == expected


@pytest.mark.parametrize("text", ["5个月", "30日均线", "12345年", "第3届", "1.5.2 版本", "6 年历史", "3月球", "周期"])
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert periods(text, date(2025, 12, 24)) == []


def test_a_range_is_one_period_that_expands() -> None:
    text = "2022 年至 2024 年"
    dates = find_dates(text, text, sentences=sentences(text), published=None)

    (joined,) = join_ranges(dates, text)

    assert joined.period == "2022/2024"
    assert expand(joined.period) == ("2022", "2023", "2024")


@pytest.mark.parametrize(
    ("period", "before"),
    [("FY2025Q2", "FY2024Q2"), ("2025H1", "2024H1"), ("2025-03", "2024-03"), ("2022/2024", "2021/2023")],
)
def test_same_period_a_year_before(period: str, before: str) -> None:
    assert previous_year(period) == before


def test_sentences_and_clauses_cover_the_text() -> None:
    text = "收入3.5亿元，增长1,234%。Z.ai said so. Then more！\n末尾"

    spans = sentences(text)

    assert "".join(text[span.start : span.end] for span in spans) == text
    assert [text[c.start : c.end] for c in clauses(text, spans[0])] == ["收入3.5亿元，", "增长1,234%。"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2025-12-17", date(2025, 12, 17)),
        ("2024-02", date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 31)),
        ("2025Q3", date(2025, 9, 30)),
        ("2025H2", date(2025, 12, 31)),
        ("2025", date(2025, 12, 31)),
        ("2022/2024", date(2024, 12, 31)),
        ("FY2025Q2", None),
        ("2025-12-W2", None),
        ("", None),
    ],
)
def test_period_is_over_on_its_last_day(period, expected):
    assert last_day(period) == expected
