"""`zhiwen search`: find articles, highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.output import console, emit_json, say
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from datetime import date

    from index.records import Highlight, Hit, SearchResult


def register(app: typer.Typer) -> None:
    app.command()(search)


def search(
    query: Annotated[str, typer.Argument(help='Terms, "phrases", AND OR NOT, company:…, event:…, published:7d.')],
    company: Annotated[list[str] | None, typer.Option(help="Only articles that name this company (any alias).")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only articles of this source.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="Only articles with this event.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day on (YYYY-MM-DD, China).")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this day (YYYY-MM-DD, China).")] = None,
    sort: Annotated[str, typer.Option(help="relevance or newest.")] = "relevance",
    limit: Annotated[int, typer.Option(min=0, max=1000)] = 20,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False,
) -> None:
    """Search the clean articles. Simplified, traditional and full-width spellings find the same.

    Example: zhiwen search '智譜 招股书' --event hearing_passed
    """
    from index.records import SearchRequest, answer

    if sort not in ("relevance", "newest"):
        raise InputError(f"--sort is '{sort}'", hint="it is relevance or newest")
    request = SearchRequest(
        query=query,
        companies=tuple(company or ()),
        sources=tuple(source or ()),
        events=tuple(event or ()),
        since=_day(since, "--since"),
        until=_day(until, "--until"),
        sort=sort,
        limit=limit,
        offset=offset,
    )
    with monitor() as parts:
        result = parts.search(request)
    if json:
        emit_json(answer(result))
    else:
        _show(result, offset=offset)


def _day(value: str | None, option: str) -> date | None:
    from datetime import date

    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"{option} is '{value}'", hint="a day looks like 2025-12-24") from error


def _show(result: SearchResult, *, offset: int) -> None:
    if not result.total:
        say("nothing found" + (f"; did you mean {result.suggestion}?" if result.suggestion else ""))
        return
    shown = f"{offset + 1}–{offset + len(result.hits)} of {result.total}" if result.hits else str(result.total)
    say(f"{shown} articles")
    for hit in result.hits:
        _show_hit(hit)


def _show_hit(hit: Hit) -> None:
    from rich.text import Text

    from zhiwen.times import CHINA

    out = console()
    day = hit.published_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if hit.published_at else "no date"
    out.print(Text(hit.title, style="bold"))
    facts = " · ".join(part for part in (day, hit.source, "、".join(hit.companies[:6]), "、".join(hit.events)) if part)
    out.print(Text(f"  {facts}", style="dim"))
    for highlight in hit.highlights:
        if highlight.field != "title":
            out.print(_passage(highlight))
    out.print(Text(f"  {hit.url}", style="cyan"))


def _passage(highlight: Highlight) -> object:
    from rich.text import Text

    text = Text("  … ")
    passage = Text(highlight.passage.replace("\n", " "))
    for start, end in highlight.spans:
        passage.stylize("bold yellow", start, end)
    return text + passage
