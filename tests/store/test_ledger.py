"""The contract of alerts.ports.Ledger, over both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from alerts.records import Alert, DeliveryState, Evidence
from store.ledger import Ledger
from store.store import Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.ledger


def alert(n: int = 1, **changes: object) -> Alert:
    usual = Alert(
        id=f"alert-{n}",
        rule="hearings",
        article_id=f"article-{n}",
        version=2,
        seq=n,
        url="https://news.example/1",
        title="智谱通过港交所聆讯",
        source="news",
        publisher=None,
        published_at=NOON - timedelta(days=1),
        companies=("智谱",),
        events=("hearing_passed",),
        evidence=(Evidence(kind="query", text="聆讯", sentence="智谱通过港交所聆讯。", start=7, end=9),),
        created_at=NOON + n * MINUTE,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def due(ledger: Ledger, *, channel: str = "hook", now: datetime = NOON + timedelta(days=1), limit: int = 10) -> list:
    return ledger.claim_due(channel=channel, now=now, limit=limit, lease=MINUTE)


def test_an_empty_ledger_starts_at_position_0(ledger: Ledger) -> None:
    assert ledger.position() == 0
    assert ledger.alerts(limit=10) == []
    assert ledger.deliveries() == []
    assert ledger.pending() == {}


def test_alerts_come_back_whole_newest_first(ledger: Ledger) -> None:
    assert ledger.record([(alert(1), []), (alert(2), []), (alert(3, rule="other"), [])], after=0, position=3) == 3

    assert ledger.alerts(limit=10) == [alert(3, rule="other"), alert(2), alert(1)]
    assert ledger.alerts(limit=1) == [alert(3, rule="other")]
    assert ledger.alerts(limit=10, rule="hearings") == [alert(2), alert(1)]


def test_the_position_moves_even_where_nothing_was_alerted(ledger: Ledger) -> None:
    assert ledger.record([], after=0, position=17) == 0
    assert ledger.position() == 17


def test_an_alert_known_already_is_left_alone(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook"])], after=0, position=1)

    assert ledger.record([(alert(1, title="other"), ["hook", "mail"]), (alert(2), [])], after=1, position=2) == 1

    assert ledger.alerts(limit=10) == [alert(2), alert(1)]
    assert [delivery.channel for delivery in ledger.deliveries()] == ["hook"]


def test_a_matcher_that_was_overtaken_writes_nothing(ledger: Ledger) -> None:
    ledger.record([], after=0, position=5)

    assert ledger.record([(alert(1), ["hook"])], after=0, position=3) == 0

    assert ledger.position() == 5
    assert ledger.alerts(limit=10) == []


def test_the_position_never_moves_back(ledger: Ledger) -> None:
    ledger.record([], after=0, position=5)

    with pytest.raises(ValueError, match="forward only"):
        ledger.record([], after=5, position=4)


def test_of_matchers_at_once_one_wins(ledger: Ledger) -> None:
    """Each alerts something else for the same versions; exactly one of them may be believed."""
    new: list[int] = []
    matchers = [
        Thread(target=lambda n=n: new.append(ledger.record([(alert(n), ["hook"])], after=0, position=9)))
        for n in range(6)
    ]
    for matcher in matchers:
        matcher.start()
    for matcher in matchers:
        matcher.join()

    assert sorted(new) == [0, 0, 0, 0, 0, 1]
    assert len(ledger.alerts(limit=10)) == len(ledger.deliveries()) == 1


def test_a_new_alert_is_due_at_once_on_each_of_its_channels(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook", "mail", "hook"])], after=0, position=1)

    assert ledger.pending() == {"hook": 1, "mail": 1}
    assert due(ledger, now=alert(1).created_at - MINUTE) == []
    (delivery,) = due(ledger, now=alert(1).created_at)
    assert (delivery.alert, delivery.channel, delivery.state, delivery.attempts) == (
        alert(1),
        "hook",
        DeliveryState.PENDING,
        0,
    )
    assert delivery.claim


def test_the_longest_due_deliveries_are_claimed_first(ledger: Ledger) -> None:
    ledger.record([(alert(n), ["hook"]) for n in (3, 1, 2)], after=0, position=3)

    assert [delivery.alert.seq for delivery in due(ledger, limit=2)] == [1, 2]
    assert [delivery.alert.seq for delivery in due(ledger, limit=2)] == [3]


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_runs_out(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook"])], after=0, position=1)
    later = NOON + timedelta(hours=1)
    (first,) = due(ledger, now=later)

    assert due(ledger, now=later + MINUTE - timedelta(seconds=1)) == []
    (second,) = due(ledger, now=later + MINUTE)
    assert second.claim != first.claim


def test_a_delivery_that_arrived_is_over(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook"])], after=0, position=1)
    (delivery,) = due(ledger)

    ledger.delivered(delivery, at=NOON)

    assert due(ledger, now=NOON + timedelta(days=9)) == []
    assert ledger.pending() == {}
    (after,) = ledger.deliveries(state=DeliveryState.DELIVERED)
    assert (after.attempts, after.delivered_at, after.claim, after.last_error) == (1, NOON, None, None)


def test_a_failed_delivery_waits_for_its_next_time(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook"])], after=0, position=1)
    (delivery,) = due(ledger)
    again = NOON + timedelta(days=2)

    ledger.failed(delivery, error="HTTP 503", next_attempt_at=again)

    assert due(ledger, now=again - timedelta(seconds=1)) == []
    (retried,) = due(ledger, now=again)
    assert (retried.attempts, retried.last_error, retried.next_attempt_at) == (1, "HTTP 503", again)


def test_a_delivery_given_up_is_dead_until_revived_with_fresh_attempts(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook"]), (alert(2), ["hook"])], after=0, position=2)
    first, second = due(ledger)
    ledger.failed(first, error="HTTP 410", next_attempt_at=None)
    ledger.delivered(second, at=NOON)
    assert due(ledger, now=NOON + timedelta(days=9)) == []
    assert [(d.alert.seq, d.last_error) for d in ledger.deliveries(state=DeliveryState.DEAD)] == [(1, "HTTP 410")]

    assert ledger.revive(now=NOON) == 1

    assert ledger.revive(now=NOON) == 0
    (revived,) = due(ledger, now=NOON)
    assert (revived.alert.seq, revived.attempts) == (1, 0)


@pytest.mark.parametrize("situation", ["taken over", "ended", "never claimed"])
@pytest.mark.parametrize("said", ["delivered", "failed"])
def test_only_the_holder_of_a_claim_is_heard(ledger: Ledger, situation: str, said: str) -> None:
    ledger.record([(alert(1), ["hook"])], after=0, position=1)
    later = NOON + timedelta(hours=1)
    (stale,) = ledger.deliveries() if situation == "never claimed" else due(ledger, now=later)
    if situation == "taken over":
        due(ledger, now=later + MINUTE)
    elif situation == "ended":
        ledger.failed(stale, error="x", next_attempt_at=later)
    before = ledger.deliveries()

    if said == "delivered":
        ledger.delivered(stale, at=NOON)
    else:
        ledger.failed(stale, error="y", next_attempt_at=None)

    assert ledger.deliveries() == before


def test_deliveries_are_filtered_newest_alert_first(ledger: Ledger) -> None:
    ledger.record([(alert(1), ["hook", "mail"]), (alert(2), ["hook"])], after=0, position=2)
    (delivery,) = due(ledger, limit=1)
    ledger.delivered(delivery, at=NOON)

    def found(**filters: object) -> list[tuple[int, str]]:
        return [(d.alert.seq, d.channel) for d in ledger.deliveries(**filters)]  # type: ignore[arg-type]

    assert found() == [(2, "hook"), (1, "hook"), (1, "mail")]
    assert found(alert_id="alert-1") == [(1, "hook"), (1, "mail")]
    assert found(state=DeliveryState.PENDING) == [(2, "hook"), (1, "mail")]
    assert found(limit=1) == [(2, "hook")]
