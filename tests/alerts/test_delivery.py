"""Delivering over every ledger, to channels that fail, hang and lie."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from alerts.channels import Receipt, Refusal
from alerts.channels.base import Setup
from alerts.channels.webhook import KIND
from alerts.delivery import Backoff, deliver_due
from alerts.memory import MemoryLedger
from alerts.records import DeliveryState

EXACT = Backoff(jitter=0)


class Scripted:
    """A channel that answers from a list, then with receipts; it remembers what it was sent."""

    def __init__(self, *answers: Receipt | Refusal | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, int]] = []

    def send(self, alert, *, attempt, now):
        self.sent.append((alert.id, attempt))
        answer = self.answers.pop(0) if self.answers else Receipt()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None: ...


BUSY = Refusal(reason="HTTP 503", retryable=True)


@pytest.fixture
def fill(ledger, make_alert):
    """Alerts with these numbers in the ledger, for these channels."""

    def filled(*numbers: int, channels: tuple[str, ...] = ("inbox",)) -> None:
        at = ledger.position()
        ledger.record([(make_alert(number), channels) for number in numbers], after=at, position=at + 1)

    return filled


def states(ledger) -> list[tuple[str, DeliveryState, int]]:
    return sorted((each.channel, each.state, each.attempts) for each in ledger.deliveries())


def test_due_deliveries_are_sent_once(ledger, fill, clock) -> None:
    fill(1, 2, 3)
    inbox = Scripted()

    assert deliver_due(ledger, {"inbox": inbox}, clock=clock).delivered == 3
    assert deliver_due(ledger, {"inbox": inbox}, clock=clock).delivered == 0
    assert len(inbox.sent) == len(set(inbox.sent)) == 3
    assert dict(ledger.pending()) == {}


def test_failed_delivery_is_tried_again_when_its_time_has_come(ledger, fill, clock) -> None:
    fill(1)
    inbox = Scripted(BUSY, BUSY)
    channels = {"inbox": inbox}

    assert deliver_due(ledger, channels, clock=clock, policy=EXACT).retried == 1
    clock.advance(seconds=29)
    assert deliver_due(ledger, channels, clock=clock, policy=EXACT).retried == 0
    clock.advance(seconds=1)
    assert deliver_due(ledger, channels, clock=clock, policy=EXACT).retried == 1
    clock.advance(minutes=1)
    assert deliver_due(ledger, channels, clock=clock, policy=EXACT).delivered == 1
    assert [attempt for _, attempt in inbox.sent] == [1, 2, 3]


def test_delivery_is_dead_after_the_last_attempt_and_can_be_revived(ledger, fill, clock) -> None:
    fill(1)
    inbox = Scripted(*[BUSY] * 3)
    policy = Backoff(attempts=3, jitter=0)
    reports = []
    for _ in range(3):
        reports.append(deliver_due(ledger, {"inbox": inbox}, clock=clock, policy=policy))
        clock.advance(hours=7)

    assert [(report.retried, report.dead) for report in reports] == [(1, 0), (1, 0), (0, 1)]
    assert states(ledger) == [("inbox", DeliveryState.DEAD, 3)]
    assert ledger.revive(now=clock()) == 1
    assert deliver_due(ledger, {"inbox": inbox}, clock=clock, policy=policy).delivered == 1


def test_permanent_refusal_is_dead_at_once_with_its_reason(ledger, fill, clock) -> None:
    fill(1)
    inbox = Scripted(Refusal(reason="HTTP 410: no such hook", retryable=False))

    assert deliver_due(ledger, {"inbox": inbox}, clock=clock).dead == 1
    assert ledger.deliveries(state=DeliveryState.DEAD)[0].last_error == "HTTP 410: no such hook"


def test_channel_that_raises_is_a_failure_of_that_channel(ledger, fill, clock, caplog) -> None:
    fill(1, channels=("inbox", "ops"))
    report = deliver_due(ledger, {"ops": Scripted(KeyError("bug")), "inbox": Scripted()}, clock=clock)

    assert (report.delivered, report.retried) == (1, 1)
    assert "KeyError" in ledger.deliveries(state=DeliveryState.PENDING)[0].last_error
    assert "KeyError" in caplog.text


def test_channels_of_one_alert_fail_and_arrive_on_their_own(ledger, fill, clock) -> None:
    """ElastAlert 2 never retries the failed one of two channels."""
    fill(1, channels=("inbox", "ops"))
    inbox, ops = Scripted(), Scripted(BUSY)
    deliver_due(ledger, {"inbox": inbox, "ops": ops}, clock=clock, policy=EXACT)
    clock.advance(minutes=1)
    deliver_due(ledger, {"inbox": inbox, "ops": ops}, clock=clock, policy=EXACT)

    assert (len(inbox.sent), len(ops.sent)) == (1, 2)
    assert states(ledger) == [("inbox", DeliveryState.DELIVERED, 1), ("ops", DeliveryState.DELIVERED, 2)]


def test_delivery_for_a_channel_that_is_gone_waits_and_is_reported(ledger, fill, clock) -> None:
    fill(1, 2, channels=("inbox", "old"))
    report = deliver_due(ledger, {"inbox": Scripted()}, clock=clock)

    assert (report.delivered, report.unknown) == (2, {"old": 2})
    assert ledger.pending() == {"old": 2}
    assert deliver_due(ledger, {"old": Scripted()}, clock=clock).delivered == 2


def test_without_channels_nothing_happens(ledger, fill, clock) -> None:
    fill(1)

    assert deliver_due(ledger, {}, clock=clock).unknown == {"inbox": 1}


class Hanging(Scripted):
    def __init__(self) -> None:
        super().__init__()
        self.began, self.go_on = threading.Event(), threading.Event()

    def send(self, alert, *, attempt, now):
        self.began.set()
        assert self.go_on.wait(20)
        return super().send(alert, attempt=attempt, now=now)


def test_slow_channel_holds_up_no_other(ledger, fill, clock) -> None:
    """Also for alerts that come while it is still at work, and whatever its backlog."""
    fill(*range(100, 150), channels=("slow",))
    fill(1, channels=("fast",))
    slow, fast = Hanging(), Scripted()
    working = threading.Thread(target=deliver_due, args=(ledger, {"slow": slow, "fast": fast}), kwargs={"clock": clock})
    working.start()
    assert slow.began.wait(10)
    wait_for(lambda: len(fast.sent) == 1)
    fill(2, channels=("fast",))
    wait_for(lambda: len(fast.sent) == 2)

    assert slow.sent == []
    slow.go_on.set()
    working.join(20)
    assert len(slow.sent) == 50


def test_stop_ends_after_the_delivery_under_way(ledger, fill, clock) -> None:
    """The one under way is recorded, the others stay unclaimed for the next start."""
    fill(1, 2, 3)
    slow, stop = Hanging(), threading.Event()
    working = threading.Thread(
        target=deliver_due, args=(ledger, {"inbox": slow}), kwargs={"clock": clock, "stop": stop}
    )
    working.start()
    assert slow.began.wait(10)
    stop.set()
    slow.go_on.set()
    working.join(20)

    assert len(slow.sent) == 1
    assert len(ledger.claim_due(channel="inbox", now=clock(), limit=9, lease=timedelta(1))) == 2


def test_ledger_that_fails_is_raised_and_ends_all_threads(make_alert, clock) -> None:
    """The thread that does not fail itself has much to do, and stops too."""

    class Broken(MemoryLedger):
        def delivered(self, delivery, *, at):
            if delivery.channel == "inbox":
                raise OSError("disk full")
            super().delivered(delivery, at=at)

    class Unhurried(Scripted):
        def send(self, alert, *, attempt, now):
            time.sleep(0.02)
            return super().send(alert, attempt=attempt, now=now)

    ledger = Broken()
    ledger.record([(make_alert(number), ["inbox", "ops"]) for number in range(150)], after=0, position=1)
    channels = {"inbox": Scripted(), "ops": Unhurried()}

    with pytest.raises(OSError, match="disk full"):
        deliver_due(ledger, channels, clock=clock)
    assert len(channels["inbox"].sent) == 1
    assert len(channels["ops"].sent) < 150
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("deliver")] == []


def test_two_workers_send_each_alert_once(ledger, fill, clock) -> None:
    fill(*range(60))
    inbox = Scripted()
    workers = [
        threading.Thread(target=deliver_due, args=(ledger, {"inbox": inbox}), kwargs={"clock": clock}) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert len(inbox.sent) == len(set(inbox.sent)) == 60


def test_receiver_that_recovers_gets_every_alert_with_its_key(ledger, fill, clock, receiver, make_alert) -> None:
    """A bad day of a real receiver: 500, 429, closed, redirected; then all is well."""
    fill(1, 2, channels=("ops",))
    receiver.answers(
        receiver.status(500),
        receiver.status(429, Retry_After="3600"),
        receiver.closes_early,
        receiver.status(302, Location="/x"),
    )
    setup = Setup(name="ops", home=None, environ={"S": "secret"})
    channels = {"ops": KIND.build(KIND.options(url=receiver.url, secret_env="S"), setup)}
    deliver_due(ledger, channels, clock=clock, policy=EXACT)
    due = sorted(each.next_attempt_at - clock() for each in ledger.deliveries())
    assert due == [timedelta(seconds=30), timedelta(hours=1)]
    for _ in range(4):
        clock.advance(hours=2)
        deliver_due(ledger, channels, clock=clock, policy=EXACT)

    assert {state for _, state, _ in states(ledger)} == {DeliveryState.DELIVERED}
    assert set(receiver.keys) == {make_alert(1).id, make_alert(2).id}
    assert len(receiver.keys) == 6


def wait_for(condition, *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
