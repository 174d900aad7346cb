from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels import Refusal
from alerts.delivery import Backoff, next_attempt
from alerts.records import Delivery, DeliveryState

BACKOFF = Backoff()
KEYS = st.text(max_size=40)


def pauses(key: str, policy: Backoff = BACKOFF) -> list[timedelta]:
    found = (policy.pause(failed=number, key=key) for number in range(1, policy.attempts + 5))
    return [pause for pause in found if pause is not None]


@settings(max_examples=100, deadline=None)
@given(KEYS)
def test_default_pauses_cover_a_weekend(key: str) -> None:
    """As the class promises: 20 attempts over 62.5 hours or more, and not more than the jitter above that."""
    total = sum(pauses(key), timedelta())

    assert len(pauses(key)) == 19
    assert timedelta(hours=62.5) <= total <= timedelta(hours=62.5) * 1.2


@settings(max_examples=100, deadline=None)
@given(KEYS, st.integers(1, 40))
def test_pause_never_shrinks_below_the_one_before_without_jitter(key: str, failed: int) -> None:
    plain = Backoff(jitter=0, attempts=100)
    one, next_ = plain.pause(failed=failed, key=key), plain.pause(failed=failed + 1, key=key)

    assert one is not None
    assert next_ is not None
    assert plain.first <= one <= next_ <= plain.cap


@settings(max_examples=100, deadline=None)
@given(KEYS, st.integers(1, 19))
def test_jitter_only_adds_and_at_most_a_fifth(key: str, failed: int) -> None:
    plain = Backoff(jitter=0).pause(failed=failed, key=key)
    pause = BACKOFF.pause(failed=failed, key=key)

    assert plain is not None
    assert pause is not None
    assert plain <= pause <= plain * 1.2


def test_jitter_is_the_same_in_every_run_and_spreads_keys() -> None:
    assert pauses("a") == pauses("a")
    assert len({BACKOFF.pause(failed=5, key=str(number)) for number in range(100)}) > 90


def test_any_number_of_attempts_is_possible() -> None:
    """factor ** 5000 is no float."""
    assert Backoff(attempts=10_000, jitter=0).pause(failed=5000, key="") == BACKOFF.cap


@pytest.fixture
def delivery(make_alert, now):
    return Delivery(
        alert=make_alert(), channel="ops", state=DeliveryState.PENDING, attempts=0, next_attempt_at=now, claim="c"
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(None, timedelta(seconds=30), id="nothing asked"),
        pytest.param(timedelta(seconds=1), timedelta(seconds=30), id="sooner than we would"),
        pytest.param(timedelta(hours=2), timedelta(hours=2), id="later than we would"),
    ],
)
def test_receiver_can_ask_for_later_only(delivery, now, asked, expected) -> None:
    refusal = Refusal(reason="busy", retryable=True, retry_after=asked)

    assert next_attempt(delivery, refusal, policy=Backoff(jitter=0), now=now) == now + expected


def test_what_cannot_get_better_is_given_up_at_once(delivery, now) -> None:
    assert next_attempt(delivery, Refusal(reason="gone", retryable=False), policy=BACKOFF, now=now) is None


def test_last_attempt_gives_up(delivery, now) -> None:
    refusal = Refusal(reason="busy", retryable=True)

    assert next_attempt(delivery, refusal, policy=Backoff(attempts=1), now=now) is None
    assert next_attempt(delivery, refusal, policy=Backoff(attempts=2), now=now) is not None
