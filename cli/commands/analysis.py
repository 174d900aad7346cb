"""`zhiwen analyse` (for machines: JSON lines) and `zhiwen explain` (for people: why a page became what it became)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import monitor
from cli.output import console, emit_json, emit_line, say
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from crawler.records import RawPage
    from nlp.records import Article, Explanation


def register(app: typer.Typer) -> None:
    app.command()(analyse)
    app.command()(explain)


def analyse(
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One request a line on stdin, one result a line on stdout.")],
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Worker processes; the order of results stays.")] = 1,
) -> None:
    """Analyse pages or clean texts without storing anything.

    Example: echo '{"id": 1, "path": "page.html"}' | zhiwen analyse --jsonl
    """
    from cli.analyse import stream

    with monitor() as parts:
        failed = 0
        for result in stream(parts, sys.stdin.buffer, jobs=jobs):
            failed += result["outcome"] == "error"
            emit_line(result)
    if failed:
        say(f"{failed} lines were answered with an error")
        raise typer.Exit(1)


def explain(
    what: Annotated[str, typer.Argument(help="A file, or a URL that is in the store (or any page in the spool: #12).")],
    json: Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="Show every line of the page with its label.")] = False,
) -> None:
    """Show every decision on the way from a page to an article, or to the reason why there is none.

    Example: zhiwen explain page.html --lines
    """
    with monitor() as parts:
        page = _page(parts, what)
        explanation = parts.analyser.explain(page)
    if json:
        emit_json({"page": {"url": page.url, "source": page.source, "sha256": page.sha256}, **_as_json(explanation)})
    else:
        _show(page, explanation, lines=lines)


def _page(parts: Any, what: str) -> RawPage:
    from pathlib import Path

    from crawler.folder import read_pages
    from crawler.records import RawPage
    from zhiwen.times import now

    if what.startswith("#") and what[1:].isdigit():
        return parts.store.spool.get(int(what[1:])).page  # type: ignore[no-any-return]
    if what.startswith(("http://", "https://")):
        entry = parts.store.spool.latest(what)
        if entry is None:
            raise InputError(f"{what} is not in the store", hint=f"fetch it first: zhiwen ingest {what}")
        return entry.page  # type: ignore[no-any-return]
    path = Path(what)
    if not path.is_file():
        raise InputError(
            f"{what}: there is no such file", hint="give a file, a URL from the store, or '#12' for page 12"
        )
    for page in read_pages(path, source="explain", now=now()):
        if isinstance(page, RawPage):
            return page
        raise InputError(f"{page.path}: {page.reason}")
    raise InputError(f"{what}: holds no page")


def _as_json(explanation: Explanation) -> dict[str, Any]:
    from zhiwen.jsonable import jsonable

    return {
        "result": jsonable(explanation.result),
        "steps": jsonable(explanation.notes),
        "lines": jsonable(explanation.lines),
        "repairs": jsonable(explanation.repairs),
        "repaired": explanation.repaired,
    }


def _show(page: RawPage, explanation: Explanation, *, lines: bool) -> None:
    from rich.markup import escape

    from nlp.records import Dropped

    out = console()
    out.print(f"[bold]{escape(page.final_url)}[/] · {len(page.body)} bytes · {page.content_type or 'type not given'}")
    for note in explanation.notes:
        took = f" ({note.milliseconds:.0f} ms)" if note.milliseconds else ""
        out.print(f"  [cyan]{escape(note.step)}[/] {escape(note.decision)}{took}")
        for evidence in note.evidence:
            out.print(f"      {escape(evidence)}", style="dim")
    if explanation.repairs:
        out.print(f"  [cyan]repairs[/] {len(explanation.repairs)}, the first of them:")
        for repair in explanation.repairs[:5]:
            out.print(f"      {escape(repair.before)} → {escape(repair.after)}  ({escape(repair.why)})", style="dim")
    if lines:
        for line in explanation.lines:
            out.print(f"  {line.label.value:13} {escape(line.clean[:90])}  [dim]{escape(line.reason)}[/]")
    result = explanation.result
    if isinstance(result, Dropped):
        out.print(f"[bold red]dropped[/] {result.reason.value}: {escape(result.detail)}")
    else:
        _show_article(result)


def _show_article(article: Article) -> None:
    from rich.markup import escape

    from nlp.requests import number, published

    out = console()
    out.print(
        f"[bold green]article[/] {escape(article.title)}"
        + ("  [yellow]recovered from a mirror[/]" if article.mirror else "")
    )
    facts = {
        "author": article.author,
        "publisher": article.publisher,
        "published": f"{published(article)} — {article.published_from}" if article.published_at else None,
        "language": f"{article.language} {article.script or ''}".strip(),
        "about": "、".join(article.about),
        "keywords": "、".join(article.keywords),
        "text": f"{len(article.text)} characters in {article.text.count(chr(10)) + 1} paragraphs",
    }
    for name, value in facts.items():
        out.print(f"  {name:10} {escape(value) if value else '—'}")
    for event in article.events:
        out.print(
            f"  event      {event.type} · {event.company or '?'} · {event.date or '?'} · {event.modality} · {escape(event.trigger)}"
        )
    for figure in article.figures[:12]:
        bound = " · ".join(part for part in (figure.subject, figure.metric, figure.period) if part)
        out.print(
            f"  figure     {escape(figure.text)} {figure.op} {number(figure.value):,} {figure.unit}  {escape(bound)}"
        )
    if len(article.figures) > 12:
        out.print(f"             … {len(article.figures) - 12} more with --json")
