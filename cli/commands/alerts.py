"""`zhiwen alerts`: what was alerted, what a rule would alert, and what waits to be delivered."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.output import emit_json, say, table
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from alerts.backtest import BackTest
    from scheduler import Monitor

app = typer.Typer(no_args_is_help=True, help="Alerts: list, test a rule on what is stored, deliver what is due.")


@app.command("list")
def list_(
    rule: Annotated[str | None, typer.Option(help="Only alerts of this rule.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """List alerts, newest first, with the state of their deliveries.

    Example: zhiwen alerts list --rule filings
    """
    with monitor() as parts:
        alerts = parts.store.ledger.alerts(limit=limit, rule=rule)
        deliveries = {alert.id: parts.store.ledger.deliveries(alert_id=alert.id) for alert in alerts}
    if json:
        emit_json(
            [
                {
                    "alert": alert,
                    "deliveries": [
                        {"channel": d.channel, "state": d.state, "attempts": d.attempts, "last_error": d.last_error}
                        for d in deliveries[alert.id]
                    ],
                }
                for alert in alerts
            ]
        )
        return
    table(
        ["time", "rule", "companies", "title", "deliveries"],
        [
            [
                alert.created_at.strftime("%Y-%m-%d %H:%M"),
                alert.rule,
                "、".join(alert.companies[:4]),
                alert.title,
                ", ".join(f"{d.channel}: {d.state.value}" for d in deliveries[alert.id]),
            ]
            for alert in alerts
        ],
        empty="no alert yet",
    )


@app.command("test")
def try_rules(
    rule: Annotated[str | None, typer.Argument(help="Id of a rule; all by default.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Try rules on all stored articles: what would have fired. Nothing is recorded or sent.

    Example: zhiwen alerts test filings
    """
    with monitor() as parts:
        result = _try(parts, rule)
    if json:
        trials = [{"rule": t.rule.id, "fired": t.fired, "alerts": t.alerts} for t in result.trials]
        emit_json({"versions": result.versions, "trials": trials})
        return
    for trial in result.trials:
        say(f"{trial.rule.id}: would have fired {trial.fired} times on {result.versions} articles")
        for alert in trial.alerts:
            sys.stdout.write(f"  {alert.title}  {alert.url}\n")
            for evidence in alert.evidence[:2]:
                sys.stdout.write(f"      {evidence.kind}: {evidence.sentence[:100]}\n")


def _try(monitor: Monitor, rule: str | None) -> BackTest:
    """Try one rule, or all, on every stored version. Raises InputError for a rule there is not."""
    from alerts.backtest import backtest
    from zhiwen.times import now

    rules = list(monitor.rules)
    if rule is not None:
        chosen = monitor.rules.get(rule)
        if chosen is None:
            known = ", ".join(each.id for each in rules)
            raise InputError(f"there is no rule '{rule}'", hint=f"rules: {known}")
        rules = [chosen]
    return backtest(monitor.store.articles.iter_latest(), rules, now=now())


@app.command()
def deliver(
    retry_dead: Annotated[bool, typer.Option("--retry-dead", help="Also those that were given up.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Match what is new and deliver what is due now, as the daemon does all the time.

    Example: zhiwen alerts deliver
    """
    from scheduler import deliver as deliver_due
    from scheduler import match_rules
    from zhiwen.times import now

    with monitor() as parts:
        matched = match_rules(parts)
        if retry_dead:
            parts.store.ledger.revive(now=now())
        report = deliver_due(parts, stop=threading.Event())
    if json:
        emit_json({"new_alerts": matched.alerts, "rule_problems": matched.problems, "deliveries": report})
    else:
        say(
            f"{matched.alerts} new alerts; {report.delivered} delivered, {report.retried} to be tried again, {report.dead} given up"
        )
        for channel, count in report.unknown.items():
            say(f"{count} wait for the channel '{channel}', which is not in channels.yaml")
