from __future__ import annotations

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web import charts
from web.charts import MOST_BARS, SLOT, chart, days_label, groups, last_day, readable, spark, spark_width

DAY = date(2025, 12, 1)
numbers = st.lists(st.integers(0, 10**6), min_size=2, max_size=700)


def test_examples() -> None:
    outcome = doctest.testmod(charts)

    assert outcome.attempted
    assert not outcome.failed


@given(count=st.integers(0, 20_000), most=st.integers(1, 200))
@settings(deadline=None, max_examples=100)
def test_groups_are_all_in_order_and_no_more_than_fit(count: int, most: int) -> None:
    found = groups(count, most)

    assert [at for group in found for at in group] == list(range(count))
    assert len(found) <= most + (1 if count % max(1, -(-count // most)) else 0)
    assert all(found)


@given(counts=numbers)
@settings(deadline=None, max_examples=60)
def test_bars_lose_no_article_and_stay_inside(counts: list[int]) -> None:
    buckets = [DAY + timedelta(days=number) for number in range(len(counts))]
    made = chart(buckets, counts, interval="day", address=lambda since, until: f"{since}/{until}")
    assert made is not None
    days = [date.fromisoformat(end) for bar in made.bars for end in bar.address.split("/")]

    assert sum(bar.documents for bar in made.bars) == sum(counts)
    assert days == sorted(days)
    assert (days[0], days[-1]) == (buckets[0], buckets[-1])
    assert len(made.bars) <= MOST_BARS + 1
    for bar in made.bars:
        assert 0 <= bar.y <= bar.y + bar.height <= 100.001
        assert 0 <= bar.x < made.width
        assert (bar.height > 0) == (bar.documents > 0)


@given(counts=numbers)
@settings(deadline=None, max_examples=60)
def test_spark_draws_what_is_not_nothing(counts: list[int]) -> None:
    drawn = spark(counts).count("M")

    assert (drawn > 0) == any(counts)
    assert drawn * SLOT <= spark_width(len(counts))


def test_series_that_share_a_scale_can_be_compared() -> None:
    assert spark([5], top=10) == "M1 100v-50.0h8v50.0z"


def test_one_bucket_is_no_chart() -> None:
    assert chart([DAY], [3], interval="day", address=lambda since, until: "") is None


@pytest.mark.parametrize(
    ("bucket", "interval", "expected"),
    [
        (DAY, "day", DAY),
        (DAY, "week", date(2025, 12, 7)),
        (DAY, "month", date(2025, 12, 31)),
        (date(2024, 2, 1), "month", date(2024, 2, 29)),
    ],
)
def test_last_day_of_a_bucket(bucket: date, interval: str, expected: date) -> None:
    assert last_day(bucket, interval) == expected


def test_days_that_are_no_month_are_both_named() -> None:
    assert days_label(date(2025, 12, 22), date(2025, 12, 28)) == "2025-12-22 至 2025-12-28"


@pytest.mark.parametrize(("months", "expected"), [(0, "day"), (2, "day"), (3, "week"), (24, "week"), (25, "month")])
def test_interval_gives_a_readable_number_of_bars(months: int, expected: str) -> None:
    assert readable(months) == expected
