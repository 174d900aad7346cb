"""`zhiwen spool`: the pages as they came, and how each ended."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from cli.context import monitor
from cli.output import emit_json, say, table
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from store.records import SpoolEntry

app = typer.Typer(no_args_is_help=True, help="The pages as they came: list, show, retry.")


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="new, claimed, done or failed.")] = None,
    outcome: Annotated[str | None, typer.Option(help="added, updated, unchanged, dropped or failed.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why it was dropped, e.g. spam.")] = None,
    source: Annotated[str | None, typer.Option(help="Only pages of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """List pages, newest first.

    Example: zhiwen spool list --outcome dropped --reason spam
    """
    from store.records import Outcome, PageState

    with monitor() as parts:
        entries = parts.store.spool.list(
            state=_member(PageState, state, "--state"),
            outcome=_member(Outcome, outcome, "--outcome"),
            reason=reason,
            source=source,
            limit=limit,
        )
        counts = parts.store.spool.counts()
    if json:
        emit_json({"counts": counts, "pages": [_row(entry) for entry in entries]})
        return
    table(
        ["#", "state", "outcome", "reason", "source", "bytes", "url"],
        [[str(value if value is not None else "") for value in _row(entry).values()] for entry in entries],
        empty="no such page",
    )


Kind = TypeVar("Kind", bound=StrEnum)


def _member(kind: type[Kind], value: str | None, option: str) -> Kind | None:
    if value is None:
        return None
    try:
        return kind(value)
    except ValueError as error:
        raise InputError(f"{option} is '{value}'", hint=f"one of {', '.join(kind)}") from error


def _row(entry: SpoolEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "state": entry.state.value,
        "outcome": entry.outcome.value if entry.outcome else None,
        "reason": entry.reason,
        "source": entry.page.source,
        "size": entry.size,
        "url": entry.page.url,
    }


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the page, as `spool list` shows it.")],
    body: Annotated[bool, typer.Option("--body", help="Only the page's bytes, exactly as they came.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Show one page: headers, outcome, and the traceback if it failed. `zhiwen explain '#N'` shows the decisions.

    Example: zhiwen spool show 12 --body > page.html
    """
    with monitor() as parts:
        entry = parts.store.spool.get(number)
    if body:
        sys.stdout.buffer.write(entry.page.body)
        return
    facts = {
        **_row(entry),
        "final_url": entry.page.final_url,
        "fetched_at": entry.page.fetched_at,
        "status": entry.page.status,
        "headers": dict(entry.page.headers),
        "hints": dict(entry.page.hints),
        "sha256": entry.page.sha256,
        "attempts": entry.attempts,
        "claimed_by": entry.claimed_by,
        "article_id": entry.article_id,
        "detail": entry.detail,
        "error": entry.error,
    }
    if json:
        emit_json(facts)
        return
    for name, value in facts.items():
        if value not in (None, "", {}):
            sys.stdout.write(f"{name:11} {value}\n")


@app.command()
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers of pages; all failed ones by default.")] = None,
    reason: Annotated[str | None, typer.Option(help="All pages dropped for this reason.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Put pages back into the queue: better code may read what failed or was dropped.

    Example: zhiwen spool retry --reason thin
    """
    with monitor() as parts:
        spool = parts.store.spool
        if numbers:
            count = spool.retry(numbers)
        elif reason:
            count = spool.retry([entry.id for entry in spool.list(reason=reason, limit=1_000_000)])
        else:
            count = spool.retry(None)
    if json:
        emit_json({"queued": count})
    else:
        say(f"{count} pages wait again; the daemon takes them, or `zhiwen run --once`")
