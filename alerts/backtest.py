"""Trying rules on articles of the past: "would have fired N times, these". Nothing is written or sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.decide import alert_of
from alerts.records import Alert
from alerts.ruleset import Rule
from store.records import StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One rule on all articles: how often it would have fired, and the first of the alerts."""

    rule: Rule
    fired: int
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """`versions` looked at, those of one article counted singly; `trials` in the order of the rules."""

    versions: int
    trials: tuple[Trial, ...]


@dataclass(slots=True)
class _Running:
    rule: Rule
    articles: set[str] = field(default_factory=set)
    alerts: list[Alert] = field(default_factory=list)


def backtest(articles: Iterable[StoredArticle], rules: Sequence[Rule], *, now: datetime, keep: int = 50) -> BackTest:
    """Every rule on every article, once each as live; also rules that are not enabled: one tries before one enables.

    Reads `articles` once, in any order (versions of one article in theirs); keeps at most `keep` alerts of a rule.
    """
    running = [_Running(rule) for rule in rules]
    versions = 0
    for stored in articles:
        versions += 1
        for trial in running:
            _try(trial, stored, now=now, keep=keep)
    trials = (Trial(rule=each.rule, fired=len(each.articles), alerts=tuple(each.alerts)) for each in running)
    return BackTest(versions=versions, trials=tuple(trials))


def _try(trial: _Running, stored: StoredArticle, *, now: datetime, keep: int) -> None:
    if stored.id in trial.articles:
        return
    alert = alert_of(trial.rule, stored, now=now)
    if alert is None:
        return
    trial.articles.add(stored.id)
    if len(trial.alerts) < keep:
        trial.alerts.append(alert)
