from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.ports import CrawlOutcome
from nlp.records import Figure, LineLabel
from web import labels


@pytest.mark.parametrize("url", ["https://a.example/x", "http://127.0.0.1:8000/?q=智谱", "HTTPS://A.example"])
def test_web_addresses_are_links(url: str) -> None:
    assert labels.web_link(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "\x01javascript:alert(1)",
     "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "//a.example/x", "/x", "http:", "http://", "http:x",
     "https://[::1", "ftp://a.example/"],
)  # fmt: skip
def test_anything_else_is_not_a_link(url: str) -> None:
    assert labels.web_link(url) is None


@given(url=st.text(max_size=40))
@settings(deadline=None, max_examples=100)
def test_no_address_raises(url: str) -> None:
    linked = labels.web_link(url)

    assert linked is None or linked.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("24377000000", "24,377,000,000"), ("6.60", "6.6"), ("0", "0"), ("-1200.5", "-1,200.5"), ("1E+3", "1,000"),
     ("1E+999999", "1E+999999"), ("NaN", "NaN")],
)  # fmt: skip
def test_number_is_grouped_and_plain(value: str, shown: str) -> None:
    assert labels.number(Decimal(value)) == shown


def figure(**wanted: Any) -> Figure:
    return Figure(text="x", start=0, end=1, kind="MONEY", value=Decimal(5), unit="CNY", **wanted)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (figure(op=">="), "≥5"),
        (figure(op="~"), "约5"),
        (figure(op="??"), "??5"),
        (figure(value_high=Decimal(7)), "5 – 7"),
    ],
)
def test_figure_shows_operator_and_range(made: Figure, shown: str) -> None:
    assert labels.figure_value(made) == shown


def test_time_is_chinas_and_as_exact_as_the_page(make_article) -> None:  # type: ignore[no-untyped-def]
    article = make_article(published_at=datetime(2025, 12, 23, 16, tzinfo=UTC))

    assert labels.published(article) == "2025-12-24 00:00"
    assert labels.published(replace(article, published_precision="day")) == "2025-12-24"
    assert labels.published(replace(article, published_at=None)) == "—"


@pytest.mark.parametrize(
    ("span", "said"),
    [(timedelta(minutes=30), "每 30 分钟"), (timedelta(hours=36), "每 36 小时"), (timedelta(days=2), "每 2 天"),
     (timedelta(seconds=90), "每 90 秒"), (timedelta(0), "每 0 秒")],
)  # fmt: skip
def test_interval_in_its_largest_exact_unit(span: timedelta, said: str) -> None:
    assert labels.interval(span) == said


def test_every_code_of_the_records_has_a_name() -> None:
    assert set(labels.LINES) == set(LineLabel)
    assert set(labels.OUTCOMES) == set(CrawlOutcome)


def test_each_name_stands_once_in_the_event_filter() -> None:
    assert len(set(labels.EVENTS.values())) == len(labels.EVENTS)


@pytest.mark.parametrize(
    ("code", "name"),
    [("revenue", "收入"), ("revenue_yoy", "收入同比"), ("growth_yoy", "同比增速"), ("unheard_of", "unheard_of"),
     ("unheard_of_yoy", "unheard_of_yoy")],
)  # fmt: skip
def test_metric_is_named_by_its_base_and_ending(code: str, name: str) -> None:
    assert labels.metric(code) == name
