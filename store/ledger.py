"""The ledger of alerts: what was alerted, and where each alert is on its way to each channel."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, func, or_, select, tuple_, update

from alerts.records import Alert, Delivery, DeliveryState
from store.database import insert, reading, writing
from store.schema import alerts, counters, deliveries
from store.serial import from_json, to_json

_POSITION = counters.c.name == "alerts"
_DELIVERY = select(*deliveries.c, alerts.c.alert).join(alerts, alerts.c.id == deliveries.c.alert_id)


class Ledger:
    """alerts.ports.Ledger over the database.

    Deliveries are at least once. Who claimed one and was too slow may find it claimed by another: what it then says of a
    failure is ignored (the other's attempt decides), what it says of success is not (the alert has arrived).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def position(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.execute(select(counters.c.value).where(_POSITION)).scalar_one())

    def record(self, new: Sequence[tuple[Alert, Sequence[str]]], *, after: int, position: int) -> int:
        if position < after:
            raise ValueError(f"the position of alerts moves forward only, not from {after} to {position}")
        with writing(self._engine) as connection:
            # The row stays locked until the commit: two matchers at once come one after the other, and one in vain.
            moved = update(counters).where(_POSITION, counters.c.value == after).values(value=position)
            if connection.execute(moved).rowcount == 0:
                return 0
            return sum(_keep(connection, alert, channels=channels) for alert, channels in new)

    def claim_due(self, *, now: datetime, limit: int, lease: timedelta) -> list[Delivery]:
        """The longest due first."""
        with writing(self._engine) as connection:
            due = connection.execute(
                select(deliveries.c.alert_id, deliveries.c.channel)
                .where(
                    deliveries.c.state == DeliveryState.PENDING,
                    deliveries.c.next_attempt_at <= now,
                    or_(deliveries.c.claim.is_(None), deliveries.c.claimed_until <= now),
                )
                .order_by(deliveries.c.next_attempt_at, deliveries.c.alert_id, deliveries.c.channel)
                .limit(limit)
                .with_for_update(skip_locked=True)
            ).all()
            if not due:
                return []
            claimed = tuple_(deliveries.c.alert_id, deliveries.c.channel).in_([tuple(row) for row in due])
            values = {"claim": uuid.uuid4().hex, "claimed_until": now + lease}
            connection.execute(update(deliveries).where(claimed).values(**values))
            query: Select[Any] = _DELIVERY.where(claimed).order_by(
                deliveries.c.next_attempt_at, *deliveries.primary_key
            )
            return [_delivery(row) for row in connection.execute(query)]

    def delivered(self, delivery: Delivery, *, at: datetime) -> None:
        self._change(
            and_(_is(delivery), deliveries.c.state != DeliveryState.DELIVERED),
            state=DeliveryState.DELIVERED,
            attempts=deliveries.c.attempts + 1,
            delivered_at=at,
            last_error=None,
        )

    def failed(self, delivery: Delivery, *, error: str, next_attempt_at: datetime | None) -> None:
        still_ours = and_(
            _is(delivery), deliveries.c.state == DeliveryState.PENDING, deliveries.c.claim == delivery.claim
        )
        self._change(
            still_ours,
            state=DeliveryState.DEAD if next_attempt_at is None else DeliveryState.PENDING,
            attempts=deliveries.c.attempts + 1,
            last_error=error,
            **({} if next_attempt_at is None else {"next_attempt_at": next_attempt_at}),
        )

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
        """The attempts count from 0 again: a revived delivery gets its whole row of retries."""
        return self._change(
            deliveries.c.state == DeliveryState.DEAD, state=DeliveryState.PENDING, attempts=0, next_attempt_at=now
        )

    def counts(self) -> dict[DeliveryState, int]:
        """Deliveries by state; every state is there."""
        with reading(self._engine) as connection:
            query = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return {state: found.get(state.value, 0) for state in DeliveryState}

    def _change(self, which: ColumnElement[bool], **values: Any) -> int:
        with writing(self._engine) as connection:
            changed = update(deliveries).where(which).values(**values, claim=None, claimed_until=None)
            return connection.execute(changed).rowcount


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
    )
    if added.rowcount == 0:
        return False
    waiting = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": alert.created_at}
    for channel in dict.fromkeys(channels):  # named twice is sent once
        connection.execute(deliveries.insert().values(alert_id=alert.id, channel=channel, **waiting))
    return True


def _is(delivery: Delivery) -> ColumnElement[bool]:
    return and_(deliveries.c.alert_id == delivery.alert.id, deliveries.c.channel == delivery.channel)


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
