"""`zhiwen index`: how the index stands beside the store, and how to fill it anew."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.context import monitor
from cli.output import emit_json, progress, say

app = typer.Typer(no_args_is_help=True, help="The search index: status, rebuild, rollback.")


@app.command()
def status(json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False) -> None:
    """Show engine, documents, size, health, how far the index is behind the store, and what it refused.

    Example: zhiwen index status
    """
    from index.records import Refusing

    with monitor() as parts:
        current = parts.index.status()
        latest = parts.store.articles.latest_seq()
        articles = parts.store.articles.count()
        rejected = parts.index.rejected() if current.rejected and isinstance(parts.index, Refusing) else ()
    row = {
        "engine": current.engine,
        "documents": current.documents,
        "articles": articles,
        "position": current.position,
        "store": latest,
        "lag": max(0, latest - current.position),
        "size_bytes": current.size_bytes,
        "detail": current.detail,
        "health": current.health,
        "rejected": [{"url": url, "reason": reason} for url, reason in rejected],
    }
    if json:
        emit_json(row)
        return
    say(f"{row['engine']}: {row['documents']} documents for {articles} articles, {current.size_bytes / 1e6:.1f} MB")
    behind = f"{row['lag']} versions behind the store" if row["lag"] else "up to date"
    say(
        f"{behind} (ingest sequence {current.position} of {latest})" + (f"; {current.detail}" if current.detail else "")
    )
    if current.health:
        say(f"health: {current.health}")
    for url, reason in rejected:
        say(f"refused: {url}: {reason}")


@app.command()
def rebuild(json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False) -> None:
    """Fill a new index from the store and switch to it; searches go on meanwhile.

    Example: zhiwen index rebuild
    """
    from rich.progress import TaskID

    from scheduler import rebuild_index

    with monitor() as parts:
        total = parts.store.articles.count()
        with progress("indexing", total=total) as bar:
            report = rebuild_index(parts, on_progress=lambda done: bar.update(TaskID(0), completed=done))
    if json:
        emit_json(report)
    else:
        say(f"{report.applied} documents indexed anew")


@app.command()
def rollback(json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False) -> None:
    """Go back to the index before the last rebuild (Elasticsearch), and bring it up to the store.

    Example: zhiwen index rollback
    """
    from scheduler import rollback_index

    with monitor() as parts:
        name = rollback_index(parts)
    if json:
        emit_json({"live": name})
    else:
        say(f"{name} is live again; `zhiwen index rollback` once more undoes this")
