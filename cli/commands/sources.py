"""`zhiwen sources`: what is crawled and how it goes. `zhiwen check`: is everything as it must be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import monitor
from cli.output import console, emit_json, table

if TYPE_CHECKING:
    from datetime import datetime


def register(app: typer.Typer) -> None:
    app.command()(sources)
    app.command()(check)


def sources(
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are switched off.")] = False,
) -> None:
    """List the sources with their last run, and when they are asked again.

    Example: zhiwen sources --all
    """
    from cli.services import WebServices

    with monitor() as parts:
        rows = [row for row in WebServices(parts).sources() if row.enabled or all_]
    if json:
        emit_json(rows)
        return
    table(
        ["source", "kind", "schedule", "last run", "outcome", "new", "problem"],
        [
            [
                row.id,
                row.kind,
                row.schedule if row.enabled else "off",
                _ago(row.last_run_at),
                row.outcome or "—",
                str(row.pages) if row.outcome else "",
                row.problem or "",
            ]
            for row in rows
        ],
        empty="no source is switched on; `zhiwen sources --all` shows all",
    )


def _ago(moment: datetime | None) -> str:
    from zhiwen.times import now

    if moment is None:
        return "never"
    minutes = int((now() - moment).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"


def check(json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False) -> None:
    """Check settings, sources, rules, channels, lexicon, database and index. Exit 1 when something must be mended.

    Example: zhiwen check
    """
    from cli.checks import check_all

    with monitor() as parts:
        findings = check_all(parts)
    if json:
        emit_json(findings)
    else:
        _show(findings)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)


def _show(findings: Any) -> None:
    from rich.text import Text

    styles = {"ok": "green", "note": "yellow", "error": "bold red"}
    for finding in findings:
        console().print(
            Text(f"{finding.level:6}", style=styles[finding.level]) + Text(f"{finding.what}: {finding.detail}")
        )
