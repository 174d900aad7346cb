"""Delivering what is due: at least once, with pauses that grow, one thread a channel.

    ledger.claim_due ─▶ Delivery ─ channel.send ─▶ Receipt ─▶ ledger.delivered
                                                └▶ Refusal ─ next_attempt ─▶ ledger.failed, due later or dead

A process that dies between sending and recording leaves a claim; when its lease runs out the same alert is sent again,
with the same id. Each delivery is claimed just before it is sent, so a stop leaves nothing claimed behind.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.channels.base import Channel, Receipt, Refusal
from alerts.ports import Ledger
from alerts.records import Delivery
from zhiwen import times

log = logging.getLogger("zhiwen.alerts")

# Must outlast the longest send (base.Channel: a minute); after a crash a delivery waits this long for the next try.
LEASE = timedelta(minutes=2)
# While one channel is still at work, the others look this often for what has become due meanwhile.
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The pauses between attempts: `first`, then `factor` times the last, at most `cap`, plus up to `jitter` of it.

    The defaults make 20 attempts over 62.5 hours or more: 30 s, 1 min, 2 min … 4.3 h, then 6 h nine times. A receiver
    that broke on Friday evening is still tried on Monday morning.
    """

    first: timedelta = timedelta(seconds=30)
    factor: float = 2.0
    cap: timedelta = timedelta(hours=6)
    attempts: int = 20
    jitter: float = 0.2

    def pause(self, *, failed: int, key: str) -> timedelta | None:
        """The pause after the attempt number `failed` (from 1); None: that was the last.

        The jitter comes from `key`, so it spreads deliveries that failed together and is the same in every run.
        """
        if failed >= self.attempts:
            return None
        # Bounded before it is used: factor ** 2000 is no float, and first * 2 ** 64 is no timedelta.
        growth = min(self.cap / self.first, self.factor ** min(failed - 1, 64))
        plain = self.first * growth
        digest = hashlib.sha256(f"{key}:{failed}".encode()).digest()
        return plain * (1 + self.jitter * int.from_bytes(digest[:4], "big") / 2**32)


def next_attempt(delivery: Delivery, refusal: Refusal, *, policy: Backoff, now: datetime) -> datetime | None:
    """When to try again; None gives up. Not before the receiver wants, and never sooner than the back-off says."""
    if not refusal.retryable:
        return None
    key = f"{delivery.alert.id}:{delivery.channel}"
    pause = policy.pause(failed=delivery.attempts + 1, key=key)
    if pause is None:
        return None
    return now + max(pause, refusal.retry_after or pause)


@dataclass(slots=True)
class DeliveryReport:
    """What one call did. `unknown`: deliveries that wait for a channel that is not configured, by its name."""

    delivered: int = 0
    retried: int = 0
    dead: int = 0
    unknown: dict[str, int] = field(default_factory=dict)

    def add(self, other: DeliveryReport) -> None:
        self.delivered += other.delivered
        self.retried += other.retried
        self.dead += other.dead


def deliver_due(
    ledger: Ledger,
    channels: Mapping[str, Channel],
    *,
    stop: threading.Event | None = None,
    clock: Callable[[], datetime] = times.now,
    policy: Backoff | None = None,
    lease: timedelta = LEASE,
) -> DeliveryReport:
    """Send all that is due; returns when nothing is, or after the sends under way once `stop` is set.

    A slow channel keeps its own thread busy, and nobody else's. Raises what the ledger raises: without it nothing
    can be delivered, and nothing is lost.
    """
    waiting = ledger.pending()
    report = DeliveryReport(unknown={name: count for name, count in waiting.items() if name not in channels})
    worker = _Worker(
        ledger=ledger,
        channels=channels,
        stop=stop or threading.Event(),
        clock=clock,
        policy=policy or Backoff(),
        lease=lease,
    )
    if busy := [name for name in channels if waiting.get(name)]:
        report.add(worker.run(busy))
    return report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worker:
    ledger: Ledger
    channels: Mapping[str, Channel]
    stop: threading.Event
    clock: Callable[[], datetime]
    policy: Backoff
    lease: timedelta
    failing: threading.Event = field(default_factory=threading.Event)  # one thread raised: the others end too

    def run(self, names: list[str]) -> DeliveryReport:
        """All channels at once; those of `names` first, any other when the second look finds something for it."""
        report = DeliveryReport()
        with ThreadPoolExecutor(max_workers=len(self.channels), thread_name_prefix="deliver") as pool:
            running = {pool.submit(self.drain, name): name for name in names}
            try:
                while running:
                    ended, _ = wait(running, timeout=_LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
                    for future in ended:
                        del running[future]
                        report.add(future.result())
                    if running and not ended:
                        self._look_again(pool, running)
            except BaseException:
                self.failing.set()
                raise
        return report

    def _look_again(self, pool: ThreadPoolExecutor, running: dict[Future[DeliveryReport], str]) -> None:
        waiting = self.ledger.pending()
        idle = [name for name in self.channels if waiting.get(name) and name not in running.values()]
        running.update({pool.submit(self.drain, name): name for name in idle})

    def drain(self, name: str) -> DeliveryReport:
        """Send what is due to one channel, one by one."""
        report = DeliveryReport()
        while not (self.stop.is_set() or self.failing.is_set()):
            claimed = self.ledger.claim_due(channel=name, now=self.clock(), limit=1, lease=self.lease)
            if not claimed:
                break
            self._deliver(claimed[0], report)
        return report

    def _deliver(self, delivery: Delivery, report: DeliveryReport) -> None:
        answer = self._sent(delivery)
        now = self.clock()
        if isinstance(answer, Receipt):
            self.ledger.delivered(delivery, at=now)
            report.delivered += 1
            return
        again = next_attempt(delivery, answer, policy=self.policy, now=now)
        self.ledger.failed(delivery, error=answer.reason, next_attempt_at=again)
        report.retried += again is not None
        report.dead += again is None
        _tell(delivery, answer, again)

    def _sent(self, delivery: Delivery) -> Receipt | Refusal:
        channel = self.channels[delivery.channel]
        try:
            return channel.send(delivery.alert, attempt=delivery.attempts + 1, now=self.clock())
        except Exception as error:  # a bug in one channel is that channel's failure: it waits and is tried again
            log.exception("channel '%s' raised on alert %s", delivery.channel, delivery.alert.id)
            return Refusal(reason=f"the channel raised {error!r}", retryable=True)


def _tell(delivery: Delivery, refusal: Refusal, again: datetime | None) -> None:
    what = (delivery.channel, delivery.alert.id, delivery.attempts + 1, refusal.reason)
    if again:
        log.warning("channel '%s': alert %s, attempt %d: %s; next at %s", *what, again.isoformat(timespec="seconds"))
    else:
        log.error("channel '%s': alert %s given up after %d attempts: %s", *what)
