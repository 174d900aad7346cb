"""`zhiwen run`: the monitor. `zhiwen crawl`: one source, now, in this process (what the daemon starts for each run)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.output import emit_json, say

if TYPE_CHECKING:
    from scheduler import WorkReport


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(crawl)


def run(
    once: Annotated[
        bool, typer.Option("--once", help="Crawl every source once, work until nothing waits, stop.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="With --once: what was done, as JSON on stdout.")] = False,
) -> None:
    """Run the monitor: schedule, ingestion, alerts, search page. Ctrl-C stops it cleanly.

    Example: zhiwen run
    """
    from cli.logs import start_logging
    from cli.services import WebServices
    from scheduler import Daemon, run_once
    from web.app import LOOPBACK, create_app

    with monitor() as parts:
        start_logging(parts.settings.log, parts.home)
        if once:
            _tell(run_once(parts, said=say), json=json)
            return
        say(f"zhiwen starts on {parts.home} (index: {parts.settings.index})")
        daemon = Daemon(parts)
        web = parts.settings.web
        services = WebServices(parts, daemon.next_runs)
        app = create_app(services, hosts=(*LOOPBACK, web.host)) if web.enabled else None
        daemon.run(app=app, started=_started)
        say("stopped; everything unfinished waits in the spool")


def _tell(report: WorkReport, *, json: bool) -> None:
    if json:
        outcomes = [{"outcome": name, "reason": why or None, "pages": n} for (name, why), n in report.outcomes.items()]
        problems = [str(problem) for problem in report.rule_problems]
        counts = {"indexed": report.indexed, "alerts": report.alerts, "rule_problems": problems}
        emit_json({"outcomes": outcomes, **counts})
    for problem in report.rule_problems:
        say(str(problem))
    say(f"{report.pages} pages ended, {report.indexed} documents indexed, {report.alerts} new alerts")
    if report.rule_problems:
        raise typer.Exit(1)


def _started(address: str | None) -> None:
    if address:
        say(f"search page and JSON API: {address}")
    say("Ctrl-C stops")


def crawl(
    source: Annotated[str, typer.Argument(help="Id of a source; `zhiwen sources` lists them.")],
    json: Annotated[bool, typer.Option("--json", help="The report as JSON on stdout.")] = False,
) -> None:
    """Crawl one source now. Pages go into the spool; the daemon, or `zhiwen ingest`, takes them from there.

    Example: zhiwen crawl qbitai
    """
    from cli.logs import start_logging
    from crawler.report import report_to_json
    from scheduler import crawl_here, report_line

    with monitor() as parts:
        start_logging(parts.settings.log, None)
        report = crawl_here(parts, parts.source(source))
    if json:
        sys.stdout.write(report_to_json(report) + "\n")
    else:
        say(report_line(report))
