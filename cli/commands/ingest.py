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
    from cli.intake import Taken


def register(app: typer.Typer) -> None:
    app.command()(ingest)


def ingest(
    what: Annotated[list[str], typer.Argument(help="Files (html, txt, pdf, warc), folders, or http(s) URLs.")],
    json: Annotated[bool, typer.Option("--json", help="The summary as JSON on stdout.")] = False,
) -> None:
    """Take pages by hand. Returns when what it took is stored and searchable.

    Example: zhiwen ingest saved-pages/ https://example.com/news/1.html
    """
    from cli.intake import outcomes_of, take
    from scheduler import stop_signals, work

    urls = [item for item in what if item.startswith(("http://", "https://"))]
    paths = [Path(item) for item in what if item not in urls]
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder", hint="URLs start with http:// or https://")
    stop = threading.Event()
    with monitor() as parts, stop_signals(stop):
        taken = take(parts, paths=paths, urls=urls)
        with progress("ingesting", total=len(taken.ids)) as bar:
            work(parts, stop=stop, ids=taken.ids, ended=lambda *_: bar.advance(bar.task_ids[0]))
            outcomes = outcomes_of(parts, taken.ids, stop=stop)
            work(parts, stop=stop, ids=())  # what a daemon ended meanwhile is searchable too when this returns
    summary = _summary(outcomes, taken)
    if json:
        emit_json(summary)
    _say(summary)
    if summary["outcomes"].get("failed") or summary["refused"] or summary["problems"] or stop.is_set():
        raise typer.Exit(1)


def _summary(outcomes: Counter[tuple[str, str]], taken: Taken) -> dict[str, Any]:
    by_outcome: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for (outcome, reason), count in outcomes.items():
        by_outcome[outcome] += count
        if reason:
            reasons[reason] += count
    crawl = taken.crawl
    return {
        "pages": outcomes.total(),
        "outcomes": dict(by_outcome),
        "reasons": dict(reasons),
        "not_modified": crawl.not_modified if crawl else 0,
        "refused": [{"path": item.path, "reason": item.reason} for item in taken.refused],
        "problems": [{"url": problem.url, "what": problem.what} for problem in crawl.problems] if crawl else [],
    }


def _say(summary: dict[str, Any]) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in summary["outcomes"].items()) or "nothing taken"
    reasons = ", ".join(f"{count} {name}" for name, count in summary["reasons"].items())
    say(f"{summary['pages']} pages: {counts}" + (f" ({reasons})" if reasons else ""))
    if summary["not_modified"]:
        say(f"{summary['not_modified']} not modified since the last time")
    for item in summary["refused"]:
        say(f"refused {item['path']}: {item['reason']}")
    for problem in summary["problems"]:
        say(f"not fetched {problem['url']}: {problem['what']}")
