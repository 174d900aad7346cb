"""The ledger in memory: for the demo and for tests. It keeps the contract of `alerts.ports.Ledger` while it lives."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from alerts.records import Alert, Delivery, DeliveryState


class MemoryLedger:
    """One lock around everything: each call is a transaction."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._position = 0
        self._alerts: dict[str, Alert] = {}
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._leases: dict[tuple[str, str], datetime] = {}

    def position(self) -> int:
        with self._lock:
            return self._position

    def record(self, alerts: Sequence[tuple[Alert, Sequence[str]]], *, after: int, position: int) -> int:
        if position < after:
            raise ValueError(f"the position of alerts moves forward only, not from {after} to {position}")
        with self._lock:
            if self._position != after:
                return 0
            self._position = position
            known = len(self._alerts)
            for alert, channels in alerts:
                self._add(alert, channels)
            return len(self._alerts) - known

    def _add(self, alert: Alert, channels: Sequence[str]) -> None:
        if alert.id in self._alerts:
            return
        self._alerts[alert.id] = alert
        for channel in channels:
            self._deliveries[alert.id, channel] = Delivery(
                alert=alert, channel=channel, state=DeliveryState.PENDING, attempts=0, next_attempt_at=alert.created_at
            )

    def pending(self) -> Mapping[str, int]:
        with self._lock:
            waiting = (each for each in self._deliveries.values() if each.state is DeliveryState.PENDING)
            return Counter(delivery.channel for delivery in waiting)

    def claim_due(self, *, channel: str, now: datetime, limit: int, lease: timedelta) -> list[Delivery]:
        with self._lock:
            due = [each for each in self._deliveries.values() if each.channel == channel and self._is_due(each, now)]
            due.sort(key=lambda delivery: delivery.next_attempt_at)
            return [self._claim(delivery, until=now + lease) for delivery in due[:limit]]

    def _is_due(self, delivery: Delivery, now: datetime) -> bool:
        leased = self._leases.get(_key(delivery))
        free = leased is None or leased <= now
        return free and delivery.state is DeliveryState.PENDING and delivery.next_attempt_at <= now

    def _claim(self, delivery: Delivery, *, until: datetime) -> Delivery:
        claimed = replace(delivery, claim=uuid.uuid4().hex)
        self._deliveries[_key(delivery)] = claimed
        self._leases[_key(delivery)] = until
        return claimed

    def delivered(self, delivery: Delivery, *, at: datetime) -> None:
        with self._lock:
            if held := self._held(delivery):
                self._give_back(replace(held, state=DeliveryState.DELIVERED, delivered_at=at, last_error=None))

    def failed(self, delivery: Delivery, *, error: str, next_attempt_at: datetime | None) -> None:
        with self._lock:
            if held := self._held(delivery):
                state = DeliveryState.PENDING if next_attempt_at else DeliveryState.DEAD
                again = next_attempt_at or held.next_attempt_at
                self._give_back(replace(held, state=state, next_attempt_at=again, last_error=error))

    def _held(self, delivery: Delivery) -> Delivery | None:
        """What the ledger knows of it, where the claim is still the one held."""
        current = self._deliveries.get(_key(delivery))
        return current if current and current.claim and current.claim == delivery.claim else None

    def _give_back(self, delivery: Delivery) -> None:
        self._leases.pop(_key(delivery), None)
        self._deliveries[_key(delivery)] = replace(delivery, attempts=delivery.attempts + 1, claim=None)

    def alerts(self, *, limit: int, rule: str | None = None) -> list[Alert]:
        with self._lock:
            newest_first = reversed(self._alerts.values())
            return [alert for alert in newest_first if rule in (None, alert.rule)][:limit]

    def deliveries(
        self, *, state: DeliveryState | None = None, alert_id: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        with self._lock:
            newest_first = reversed(self._deliveries.values())
            asked = (each for each in newest_first if state in (None, each.state))
            return [each for each in asked if alert_id in (None, each.alert.id)][:limit]

    def revive(self, *, now: datetime) -> int:
        with self._lock:
            dead = [each for each in self._deliveries.values() if each.state is DeliveryState.DEAD]
            for delivery in dead:
                alive = replace(delivery, state=DeliveryState.PENDING, attempts=0, next_attempt_at=now)
                self._deliveries[_key(delivery)] = alive
            return len(dead)


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.alert.id, delivery.channel
