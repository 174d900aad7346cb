"""`zhiwen ingest`: files, folders and URLs, until what was given is stored and searchable."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import monitor
from cli.output import emit_json, progress, say
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from scheduler import Monitor


def register(app: typer.Typer) -> None:
    app.command()(ingest)


def ingest(
    what: Annotated[list[str], typer.Argument(help="Files (html, txt, pdf, warc), folders, or http(s) URLs.")],
    json: Annotated[bool, typer.Option("--json", help="The summary as JSON on stdout.")] = False,
) -> None:
    """Take pages by hand. Returns when what it took is stored and searchable.

    Example: zhiwen ingest saved-pages/ https://example.com/news/1.html
    """
    from scheduler import take, work

    urls = [item for item in what if item.startswith(("http://", "https://"))]
    paths = [Path(item) for item in what if item not in urls]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder", hint="URLs start with http:// or https://")
    with monitor() as parts:
        taken = take(parts, paths=paths, urls=urls)
        outcomes: Counter[tuple[str, str]] = Counter()
        with progress("ingesting", total=len(taken.ids)) as bar:
            report = work(parts, stop=threading.Event(), ids=taken.ids, ended=lambda *_: bar.advance(0))  # type: ignore[arg-type]  # rich counts tasks from 0
            outcomes.update(report.outcomes)
            outcomes.update(_ended_by_others(parts, taken.ids, own=report.pages))
    summary = _summary(outcomes, refused=[{"path": item.path, "reason": item.reason} for item in taken.refused])
    if json:
        emit_json(summary)
    _say(summary)
    if outcomes[("failed", "")] or taken.refused or taken.unreachable:
        raise typer.Exit(1)


def _ended_by_others(parts: Monitor, ids: list[int], *, own: int) -> Counter[tuple[str, str]]:
    """Outcomes of pages that a running daemon took before us: wait for them, they are ours too."""
    return Counter()


def _summary(outcomes: Counter[tuple[str, str]], *, refused: list[dict[str, str]]) -> dict[str, Any]:
    by_outcome: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for (outcome, reason), count in outcomes.items():
        by_outcome[outcome] += count
        if reason:
            reasons[reason] += count
    return {
        "pages": outcomes.total(),
        "outcomes": dict(by_outcome),
        "reasons": dict(reasons),
        "refused": refused,
    }


def _say(summary: dict[str, Any]) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in summary["outcomes"].items()) or "nothing"
    reasons = ", ".join(f"{count} {name}" for name, count in summary["reasons"].items())
    say(f"{summary['pages']} pages: {counts}" + (f" ({reasons})" if reasons else ""))
    for item in summary["refused"]:
        say(f"refused {item['path']}: {item['reason']}")
