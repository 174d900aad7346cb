from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import DecodeError

from alerts.records import Alert
from nlp.records import Article, Line, LineLabel, Repair
from store.schema import storable
from store.serial import from_json, to_json


# Whatever the type hints allow; zones with odd offsets (Shanghai before 1901 was at +08:05:43) included.
def at_its_offset(moment: datetime) -> datetime:
    """Python holds a moment in the hour that clocks repeat to be unequal to itself, once it has left its zone."""
    offset = moment.utcoffset()
    assert offset is not None
    return moment.replace(tzinfo=timezone(offset))


# An odd offset is left for UTC, which the first and the last day of the calendar may not have.
any_day = st.datetimes(timezones=st.just(UTC))
in_a_zone = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()).map(at_its_offset)
st.register_type_strategy(datetime, any_day | in_a_zone)
st.register_type_strategy(Decimal, st.decimals(allow_nan=False))


@settings(max_examples=60, deadline=None)
@given(st.from_type(Article))
def test_an_article_survives_the_way_through_json(article: Article) -> None:
    assert from_json(Article, to_json(article)) == article


def test_a_time_whose_offset_has_seconds_is_the_same_moment() -> None:
    before = datetime(1900, 1, 1, 10, tzinfo=ZoneInfo("Asia/Shanghai"))  # which was at +08:05:43 then
    article = dataclasses.replace(MINIMAL, published_at=before)

    assert from_json(Article, to_json(article)).published_at == before.astimezone(UTC)


# What would end a list, or begin one, if it did not stand inside a string.
TRICKY = st.lists(st.sampled_from(['"', "\\", '"lines":[{', '}],"repairs":', '}],"entities":[', "}]", ",", "文"])).map(
    "".join
)


@settings(max_examples=200, deadline=None)
@given(TRICKY, st.lists(TRICKY, max_size=3), st.lists(TRICKY, max_size=3))
def test_what_is_left_out_leaves_all_else_as_it_is(text: str, shown: list[str], changed: list[str]) -> None:
    article = dataclasses.replace(
        MINIMAL,
        title=text,
        text=text,
        lines=tuple(Line(text=line, clean=line, label=LineLabel.BODY, reason=line) for line in shown),
        repairs=tuple(Repair(step="s", before=before, after=before, why=before) for before in changed),
        keywords=(text, *shown),
    )

    read = from_json(Article, to_json(article), without=("lines", "repairs"))

    assert read == dataclasses.replace(article, lines=(), repairs=())


@settings(max_examples=30, deadline=None)
@given(st.from_type(Alert))
def test_an_alert_survives_the_way_through_json(alert: Alert) -> None:
    assert from_json(Alert, to_json(alert)) == alert


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters()))
def test_any_text_becomes_storable_without_moving_an_offset(text: str) -> None:
    stored = storable(text)

    stored.encode("utf-8")
    assert "\x00" not in stored
    assert len(stored) == len(text)
    assert storable(stored) == stored


MINIMAL = Article(
    url="u",
    canonical_url="u",
    source="s",
    title="t",
    fetched_at=datetime(2026, 3, 2, tzinfo=UTC),
    language="zh",
    text="x",
    fingerprint="f",
)


def test_json_of_earlier_code_is_read_with_the_defaults_of_what_it_lacks() -> None:
    earlier = (
        '{"url":"u","canonical_url":"u","source":"s","title":"t","fetched_at":"2026-03-02T00:00:00+00:00",'
        '"language":"zh","text":"x","fingerprint":"f","a_field_that_went":{"deep":[1]}}'
    )

    assert from_json(Article, earlier) == MINIMAL


def test_the_spelling_is_fixed() -> None:
    """Stored data is read for years: a change here needs a migration."""
    assert to_json(MINIMAL) == (
        '{"url":"u","canonical_url":"u","source":"s","title":"t","author":null,"publisher":null,"published_at":null,'
        '"published_precision":null,"published_from":null,"fetched_at":"2026-03-02T00:00:00+00:00","language":"zh",'
        '"script":null,"text":"x","original_text":null,"lines":[],"repairs":[],"entities":[],"figures":[],"events":[],'
        '"keywords":[],"about":[],"mirror":false,"fingerprint":"f"}'
    )


@dataclass(frozen=True)
class Strange:
    value: Decimal | date | None


def test_a_type_whose_json_would_be_ambiguous_is_refused() -> None:
    with pytest.raises(TypeError, match="more than one str-like type"):
        from_json(Strange, '{"value":"1"}')


def test_text_that_is_no_such_record_is_refused_with_the_place_in_it() -> None:
    with pytest.raises(DecodeError, match=r"Expected `str`, got `int` - at `\$\.title`"):
        from_json(Article, to_json(MINIMAL).replace('"title":"t"', '"title":1'))


def test_a_value_without_a_spelling_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="no JSON spelling for set"):
        to_json(dataclasses.replace(MINIMAL, keywords={1}))  # type: ignore[arg-type]
