"""Matching what is new: every stored version, in the order of ingest, against every rule.

    ledger.position() ─ feed.since ─▶ StoredArticle … ─ candidates, match ─▶ Alert … ─ ledger.record ─▶ new position

It follows the ingest sequence and never a date, so a page that comes late or is dated back is not missed. Alerts and
position are kept in one transaction: after a crash the same versions are matched again, and the ledger knows the ids.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from alerts.decide import alert_of
from alerts.ports import ArticleFeed, Ledger
from alerts.records import Alert
from alerts.ruleset import RuleSet
from store.records import StoredArticle
from zhiwen import times

log = logging.getLogger("zhiwen.alerts")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """A rule that raised on an article: a bug of ours, its traceback is in the log."""

    rule: str
    article_id: str
    error: str

    def __str__(self) -> str:
        return f"rule '{self.rule}' failed on article {self.article_id}: {self.error}; the others were matched"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchReport:
    """`versions` matched, `alerts` that are new, the `position` reached."""

    versions: int = 0
    alerts: int = 0
    position: int = 0
    problems: tuple[RuleProblem, ...] = ()


@dataclass(slots=True)
class _Met:
    """What one batch comes to."""

    alerts: list[tuple[Alert, tuple[str, ...]]] = field(default_factory=list)
    problems: list[RuleProblem] = field(default_factory=list)


def match_new(
    ledger: Ledger,
    feed: ArticleFeed,
    rules: RuleSet,
    *,
    batch: int = 100,
    clock: Callable[[], datetime] = times.now,
    stop: threading.Event | None = None,
) -> MatchReport:
    """Match all that was stored since the last time; returns when nothing is left, or at a batch's end after `stop`.

    Safe beside other matchers on the same ledger: where one was faster, nothing is written, and the loop goes on
    from where that one came to.
    """
    report = MatchReport(position=ledger.position())
    while not (stop and stop.is_set()):
        versions = feed.since(report.position, batch)
        if not versions:
            break
        met = _met(versions, rules, now=clock())
        new = ledger.record(met.alerts, after=report.position, position=versions[-1].seq)
        report = replace(
            report,
            versions=report.versions + len(versions),
            alerts=report.alerts + new,
            position=ledger.position(),
            problems=report.problems + tuple(met.problems),
        )
    return report


def _met(versions: Sequence[StoredArticle], rules: RuleSet, *, now: datetime) -> _Met:
    met = _Met()
    for stored in versions:
        for rule in rules.candidates(stored.article):
            try:
                alert = alert_of(rule, stored, now=now)
            except Exception as error:  # a query that trips over one text must not hold up all alerts
                log.exception("rule '%s' failed on article %s (%s)", rule.id, stored.id, stored.article.url)
                met.problems.append(RuleProblem(rule=rule.id, article_id=stored.id, error=repr(error)))
                continue
            if alert:
                met.alerts.append((alert, rule.channels))
    return met
