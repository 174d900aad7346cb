"""What every ledger promises (alerts.ports.Ledger). The `ledger` fixture of conftest.py lists them all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from alerts.records import DeliveryState

LEASE = timedelta(minutes=2)


@pytest.fixture
def kept(ledger, make_alert):
    """A ledger with alerts 1, 2, 3 for `inbox`, 3 also for `ops`, at position 3."""
    alerts = [(make_alert(1), ["inbox"]), (make_alert(2), ["inbox"]), (make_alert(3), ["inbox", "ops"])]
    assert ledger.record(alerts, after=0, position=3) == 3
    return ledger


def claim(ledger, now, *, channel="inbox", limit=10):
    return ledger.claim_due(channel=channel, now=now, limit=limit, lease=LEASE)


def only(ledger, **asked):
    (delivery,) = ledger.deliveries(**asked)
    return delivery


def test_begins_empty(ledger, now) -> None:
    assert ledger.position() == 0
    assert (ledger.alerts(limit=9), ledger.deliveries(), dict(ledger.pending()), claim(ledger, now)) == ([], [], {}, [])


def test_alert_comes_back_as_it_was_given(kept, make_alert) -> None:
    assert make_alert(2) in kept.alerts(limit=9)


def test_position_moves_without_alerts(ledger) -> None:
    assert ledger.record([], after=0, position=7) == 0
    assert ledger.position() == 7


def test_position_never_goes_back(kept) -> None:
    with pytest.raises(ValueError, match="forward"):
        kept.record([], after=3, position=2)


def test_slower_matcher_writes_nothing(kept, make_alert) -> None:
    assert kept.record([(make_alert(4), ["inbox"])], after=0, position=4) == 0
    assert kept.position() == 3
    assert len(kept.alerts(limit=9)) == 3


def test_known_alert_is_left_alone(kept, make_alert) -> None:
    """Its deliveries too: a second version must not send it to a channel again."""
    again = [(make_alert(1, version=2), ["inbox", "ops"]), (make_alert(4), ["inbox"])]

    assert kept.record(again, after=3, position=5) == 1
    assert [alert.version for alert in kept.alerts(limit=9) if alert.id == make_alert(1).id] == [1]
    assert kept.pending() == {"inbox": 4, "ops": 1}


def test_channel_named_twice_is_sent_once(ledger, make_alert) -> None:
    ledger.record([(make_alert(1), ["inbox", "inbox"])], after=0, position=1)

    assert ledger.pending() == {"inbox": 1}


def test_of_matchers_at_once_one_wins(ledger, make_alert) -> None:
    alerts = [(make_alert(number), ["inbox"]) for number in range(1, 21)]
    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(lambda _: ledger.record(alerts, after=0, position=20), range(8)))

    assert sorted(new) == [0] * 7 + [20]
    assert ledger.pending() == {"inbox": 20}


def test_claimed_delivery_is_not_claimed_twice(kept, now) -> None:
    first, second = claim(kept, now, limit=2), claim(kept, now)

    assert len(first) == 2
    assert len(second) == 1
    assert claim(kept, now) == []
    assert len({delivery.alert.id for delivery in first + second}) == 3
    assert all(delivery.claim for delivery in first + second)


def test_workers_at_once_share_without_overlap(ledger, make_alert, now) -> None:
    ledger.record([(make_alert(number), ["inbox"]) for number in range(1, 41)], after=0, position=40)
    with ThreadPoolExecutor(4) as pool:
        claimed = [each for part in pool.map(lambda _: claim(ledger, now, limit=5), range(8)) for each in part]

    assert len(claimed) == len({delivery.alert.id for delivery in claimed}) == 40


def test_claims_are_by_channel(kept, now) -> None:
    assert [delivery.channel for delivery in claim(kept, now, channel="ops")] == ["ops"]
    assert len(claim(kept, now)) == 3


def test_longest_due_comes_first(ledger, make_alert, now) -> None:
    late, early = make_alert(1, created_at=now), make_alert(2, created_at=now - timedelta(hours=1))
    ledger.record([(late, ["inbox"]), (early, ["inbox"])], after=0, position=2)

    assert [delivery.alert for delivery in claim(ledger, now, limit=1)] == [early]


def test_claim_comes_back_when_its_lease_has_run_out(kept, now) -> None:
    (dead_worker,) = claim(kept, now, channel="ops")

    assert claim(kept, now + LEASE - timedelta(seconds=1), channel="ops") == []
    (taken_over,) = claim(kept, now + LEASE, channel="ops")
    assert taken_over.alert == dead_worker.alert
    assert taken_over.claim != dead_worker.claim


def test_delivered_is_the_end(kept, now) -> None:
    (delivery,) = claim(kept, now, channel="ops")
    kept.delivered(delivery, at=now)
    ended = only(kept, state=DeliveryState.DELIVERED)

    assert (ended.channel, ended.attempts, ended.delivered_at, ended.last_error) == ("ops", 1, now, None)
    assert claim(kept, now + timedelta(days=1), channel="ops") == []
    assert kept.pending() == {"inbox": 3}


def test_failed_waits_for_its_time(kept, now) -> None:
    (delivery,) = claim(kept, now, channel="ops")
    later = now + timedelta(minutes=10)
    kept.failed(delivery, error="HTTP 500", next_attempt_at=later)

    assert claim(kept, later - timedelta(seconds=1), channel="ops") == []
    (again,) = claim(kept, later, channel="ops")
    assert (again.attempts, again.last_error, again.state) == (1, "HTTP 500", DeliveryState.PENDING)


def test_given_up_is_dead_until_revived(kept, now) -> None:
    (delivery,) = claim(kept, now, channel="ops")
    kept.failed(delivery, error="HTTP 410", next_attempt_at=None)

    assert only(kept, state=DeliveryState.DEAD).last_error == "HTTP 410"
    assert claim(kept, now + timedelta(days=9), channel="ops") == []
    assert "ops" not in kept.pending()
    assert kept.revive(now=now + timedelta(days=9)) == 1
    (again,) = claim(kept, now + timedelta(days=9), channel="ops")
    assert (again.attempts, again.state) == (0, DeliveryState.PENDING)


@pytest.mark.parametrize("word", ["delivered", "failed", "dead"])
def test_word_of_a_worker_that_lost_its_claim_does_not_count(kept, now, word: str) -> None:
    """Else a worker that hung for an hour could end what another is just sending."""
    (slow,) = claim(kept, now, channel="ops")
    (other,) = claim(kept, now + LEASE, channel="ops")
    if word == "delivered":
        kept.delivered(slow, at=now)
    else:
        kept.failed(slow, error="late", next_attempt_at=now if word == "failed" else None)

    assert claim(kept, now + LEASE, channel="ops") == []
    kept.delivered(other, at=now + LEASE)
    ended = only(kept, state=DeliveryState.DELIVERED)
    assert (ended.attempts, ended.last_error) == (1, None)


def test_delivery_that_was_only_looked_at_ends_nothing(kept, now) -> None:
    looked_at = kept.deliveries()[0]
    kept.delivered(looked_at, at=now)
    kept.failed(looked_at, error="x", next_attempt_at=None)

    assert kept.deliveries(state=DeliveryState.DEAD) == []
    assert kept.deliveries(state=DeliveryState.DELIVERED) == []


def test_lists_newest_first_and_by_rule_state_and_alert(kept, make_alert, now) -> None:
    newer = make_alert(9, rule="funding", created_at=now + timedelta(hours=1))
    kept.record([(newer, ["ops"])], after=3, position=9)

    assert kept.alerts(limit=1) == [newer]
    assert kept.alerts(limit=9, rule="funding") == [newer]
    assert only(kept, alert_id=newer.id).channel == "ops"
    assert len(kept.deliveries(limit=2)) == 2
    assert len(kept.deliveries(state=DeliveryState.PENDING)) == 5
