"""When a known URL is looked at again: soon while it is fresh, then exponentially rarer, then never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.ports import Visit

GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """first: the first second look. until: after this age nobody corrects an article any more."""

    first: timedelta = timedelta(hours=1)
    until: timedelta = timedelta(days=14)


def next_visit(visit: Visit, now: datetime, *, policy: Revisit | None = Revisit()) -> datetime | None:
    """When to ask for `visit.url` again; None is never. A `policy` of None: pages that came are not asked for again.

    Lists are due on every run. A page that answered 404 or 410 is never asked for again. Other pages wait `first`,
    doubled for every look that brought nothing new, and never less than half their age: a page whose bytes differ
    every time (advertising, counters) is still looked at ever more rarely. Failures count as looks that
    brought nothing new, so a broken page is retried by the same rule.
    """
    if visit.kind == "list":
        return now
    if visit.status in GONE or (policy is None and visit.status in (200, 304)):
        return None
    policy = policy or Revisit()
    age = max(now - visit.first_seen_at, timedelta(0))
    doublings = min(visit.unchanged, 20)  # a million hours is far beyond any `until`; more could overflow
    wait = min(max(policy.first * 2**doublings, age / 2), policy.until * 2)
    at = now + wait
    return at if at - visit.first_seen_at <= policy.until else None
