"""What the alert stage needs from others, said by it. `store` and `index` implement it; `scheduler.py` joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alerts.records import Alert, Delivery, DeliveryState
from nlp.records import Article
from store.records import StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryMatch:
    """Where a query met an article: (field, start, end), field "title" or "text" (offsets into Article.text)."""

    spans: tuple[tuple[str, int, int], ...]


QueryMatcher = Callable[[Article], QueryMatch | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledQuery:
    """A matcher that says what an article must hold for it.

    required  clauses, each of folded texts (zhiwen.folding). In the folded title or text of every article that meets
              the query stands, as a substring, at least one text of each clause; an empty clause: none ever meets
              it. No clause: no such promise, and the query is always asked
    """

    matches: QueryMatcher
    required: tuple[frozenset[str], ...] = ()

    def __call__(self, article: Article) -> QueryMatch | None:
        return self.matches(article)


# Compiles a query once (raises QueryError), returns the matcher that rules apply to every new article. Where that is
# a CompiledQuery, articles without its words are not put before it.
QueryCompiler = Callable[[str], QueryMatcher]


class ArticleFeed(Protocol):
    """The stored versions in the order in which they came."""

    def since(self, seq: int, limit: int) -> Sequence[StoredArticle]:
        """Versions with an ingest sequence above `seq`, ascending, at most `limit`."""


class Ledger(Protocol):
    """What has been alerted and delivered. It only grows; every change is durable when the call returns."""

    def position(self) -> int:
        """The ingest sequence up to which all versions have been matched."""

    def record(self, alerts: Sequence[tuple[Alert, Sequence[str]]], *, after: int, position: int) -> int:
        """Keep alerts with the channels each goes to, and move the position from `after` to `position`, in one transaction.

        An alert whose id is known already is left alone (each rule and article once). If the position is no
        longer `after`, another matcher was faster: nothing is written. Returns how many alerts were new.
        ValueError where `position` is below `after`.
        """

    def pending(self) -> Mapping[str, int]:
        """Pending deliveries by channel, due or not. Also of channels that are no longer configured: theirs wait."""

    def claim_due(self, *, channel: str, now: datetime, limit: int, lease: timedelta) -> list[Delivery]:
        """Pending deliveries to `channel` whose time has come, the longest due first, claimed for `lease`.

        By channel, so that the backlog of a slow one never stands before the others. A claimed delivery is not
        claimed again before its lease has run out; then it is, with a new token in `Delivery.claim`.
        """

    def delivered(self, delivery: Delivery, *, at: datetime) -> None:
        """Count the attempt and end the delivery. Does nothing when `delivery.claim` is no longer the one held."""

    def failed(self, delivery: Delivery, *, error: str, next_attempt_at: datetime | None) -> None:
        """Count the attempt and give the claim back; `next_attempt_at` None gives up (state dead).

        Does nothing when `delivery.claim` is no longer the one held.
        """

    def alerts(self, *, limit: int, rule: str | None = None) -> list[Alert]:
        """Newest first."""

    def deliveries(
        self, *, state: DeliveryState | None = None, alert_id: str | None = None, limit: int = 100
    ) -> list[Delivery]: ...

    def revive(self, *, now: datetime) -> int:
        """Make dead deliveries pending again, due at `now`, with attempts counted from 0; returns how many."""
