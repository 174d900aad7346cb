"""What the alert stage makes: a rule that met an article, and its way to each channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why the rule met: words of the article, as they stand there. Offsets into `Article.text`, or None for the title."""

    kind: str  # "query", "company", "event"
    text: str
    sentence: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule met an article, once. `seq` is the ingest sequence of the version that did it.

    `id` is derived from rule and article, so the same meeting has the same id after every restart:
    it is the Idempotency-Key of deliveries.
    """

    id: str
    rule: str
    article_id: str
    version: int
    seq: int
    url: str
    title: str
    source: str
    publisher: str | None
    published_at: datetime | None
    companies: tuple[str, ...]
    events: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    created_at: datetime


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # gave up after the last retry; `zhiwen alerts deliver --retry-dead` tries again


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert on its way to one channel."""

    alert: Alert
    channel: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    claim: str | None = None
    delivered_at: datetime | None = None
    last_error: str | None = None
