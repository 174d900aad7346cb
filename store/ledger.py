"""The ledger of alerts: what was alerted, and where each alert is on its way to each channel."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, func, or_, select, update

from alerts.records import Alert, Delivery, DeliveryState
from store.database import insert, reading, writing
from store.schema import alerts, counters, deliveries
from store.serial import from_json, to_json

_POSITION = counters.c.name == "alerts"
_DELIVERY = select(*deliveries.c, alerts.c.alert).join(alerts, alerts.c.id == deliveries.c.alert_id)


class Ledger:
    """alerts.ports.Ledger over the database.

    Deliveries are at least once: who claimed one and was too slow may find it claimed by another, whose word then counts.
    The receiver tells the two apart from a new alert by the idempotency key.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def position(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.execute(select(counters.c.value).where(_POSITION)).scalar_one())

    def record(self, alerts: Sequence[tuple[Alert, Sequence[str]]], *, after: int, position: int) -> int:
        if position < after:
            raise ValueError(f"the position of alerts moves forward only, not from {after} to {position}")
        with writing(self._engine) as connection:
            # The row stays locked until the commit: two matchers at once come one after the other, and one in vain.
            moved = update(counters).where(_POSITION, counters.c.value == after).values(value=position)
            if connection.execute(moved).rowcount == 0:
                return 0
            return sum(_keep(connection, alert, channels=channels) for alert, channels in alerts)

    def pending(self) -> dict[str, int]:
        waiting = deliveries.c.state == DeliveryState.PENDING
        query = select(deliveries.c.channel, func.count()).where(waiting).group_by(deliveries.c.channel)
        with reading(self._engine) as connection:
            return {row[0]: int(row[1]) for row in connection.execute(query)}

    def claim_due(self, *, channel: str, now: datetime, limit: int, lease: timedelta) -> list[Delivery]:
        due = (
            select(deliveries.c.alert_id)
            .where(
                deliveries.c.channel == channel,
                deliveries.c.state == DeliveryState.PENDING,
                deliveries.c.next_attempt_at <= now,
                or_(deliveries.c.claim.is_(None), deliveries.c.claimed_until <= now),
            )
            .order_by(deliveries.c.next_attempt_at, deliveries.c.alert_id)
            .limit(limit)
            .with_for_update(skip_locked=True)  # what another worker is claiming just now is passed over
        )
        with writing(self._engine) as connection:
            ids = connection.execute(due).scalars().all()
            if not ids:
                return []
            taken = and_(deliveries.c.channel == channel, deliveries.c.alert_id.in_(ids))
            lent = {"claim": uuid.uuid4().hex, "claimed_until": now + lease}
            connection.execute(update(deliveries).where(taken).values(**lent))
            query: Select[Any] = _DELIVERY.where(taken).order_by(deliveries.c.next_attempt_at, deliveries.c.alert_id)
            return [_delivery(row) for row in connection.execute(query)]

    def delivered(self, delivery: Delivery, *, at: datetime) -> None:
        self._end_attempt(delivery, state=DeliveryState.DELIVERED, delivered_at=at, last_error=None)

    def failed(self, delivery: Delivery, *, error: str, next_attempt_at: datetime | None) -> None:
        if next_attempt_at is None:
            self._end_attempt(delivery, state=DeliveryState.DEAD, last_error=error)
        else:
            self._end_attempt(delivery, next_attempt_at=next_attempt_at, last_error=error)

    def alerts(self, *, limit: int, rule: str | None = None) -> list[Alert]:
        query = select(alerts.c.alert).order_by(alerts.c.created_at.desc(), alerts.c.seq.desc(), alerts.c.id)
        if rule is not None:
            query = query.where(alerts.c.rule == rule)
        with reading(self._engine) as connection:
            return [from_json(Alert, text) for text in connection.execute(query.limit(limit)).scalars()]

    def deliveries(
        self, *, state: DeliveryState | None = None, alert_id: str | None = None, limit: int = 100
    ) -> list[Delivery]:
        """Those of the newest alerts first."""
        query: Select[Any] = _DELIVERY.order_by(
            alerts.c.created_at.desc(), alerts.c.seq.desc(), alerts.c.id, deliveries.c.channel
        )
        if state is not None:
            query = query.where(deliveries.c.state == state)
        if alert_id is not None:
            query = query.where(deliveries.c.alert_id == alert_id)
        with reading(self._engine) as connection:
            return [_delivery(row) for row in connection.execute(query.limit(limit))]

    def revive(self, *, now: datetime) -> int:
        dead = update(deliveries).where(deliveries.c.state == DeliveryState.DEAD)
        with writing(self._engine) as connection:
            revived = dead.values(state=DeliveryState.PENDING, attempts=0, next_attempt_at=now)
            return connection.execute(revived).rowcount

    def _end_attempt(self, delivery: Delivery, **values: Any) -> None:
        """Count the attempt and give the claim back, where it is still the one held."""
        held = and_(
            deliveries.c.alert_id == delivery.alert.id,
            deliveries.c.channel == delivery.channel,
            deliveries.c.claim == delivery.claim,
            deliveries.c.claim.is_not(None),  # or a delivery that was only looked at, claim None, would end one
        )
        changed = update(deliveries).where(held).values(attempts=deliveries.c.attempts + 1, **values)
        with writing(self._engine) as connection:
            connection.execute(changed.values(claim=None, claimed_until=None))


def _keep(connection: Connection, alert: Alert, *, channels: Sequence[str]) -> bool:
    """Whether the alert was new."""
    added = connection.execute(
        insert(connection, alerts)
        .values(
            id=alert.id,
            rule=alert.rule,
            article_id=alert.article_id,
            seq=alert.seq,
            created_at=alert.created_at,
            alert=to_json(alert),
        )
        .on_conflict_do_nothing()
        .returning(alerts.c.id)  # not rowcount: SQLAlchemy does not keep that of an INSERT on every engine
    ).scalar()
    if added is None:
        return False
    waiting = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": alert.created_at}
    for channel in dict.fromkeys(channels):  # named twice is sent once
        connection.execute(deliveries.insert().values(alert_id=alert.id, channel=channel, **waiting))
    return True


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        alert=from_json(Alert, row.alert),
        channel=row.channel,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        claim=row.claim,
        delivered_at=row.delivered_at,
        last_error=row.last_error,
    )
