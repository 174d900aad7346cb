"""`zhiwen search`: find articles, highlighted; many queries from one process; all hits as a file."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.options import CHINA, Bom, Companies, Csv, Events, Json, Only, Since, Sources, Timezone, Until, needs, only_one
from cli.output import console, emit_json, emit_line, say, table, write
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.records import Count, Highlight, Hit, SearchRequest, SearchResult
    from scheduler import Monitor

_PAGE = 20
_BAR = 40  # characters of the longest bar of a histogram


def register(app: typer.Typer) -> None:
    app.command()(search)


def search(
    query: Annotated[
        str | None, typer.Argument(help='Terms, "phrases", AND OR NOT, company:…, event:…, published:7d.')
    ] = None,
    company: Companies = None,
    source: Sources = None,
    event: Events = None,
    only: Only = None,
    since: Since = None,
    until: Until = None,
    timezone: Timezone = CHINA,
    sort: Annotated[
        str | None, typer.Option(help="relevance (default), newest (default of exports), or figure:METRIC.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Hits to give; 20, and all of them in exports.")] = None,
    offset: Annotated[int, typer.Option(min=0, help="Hits to pass over.")] = 0,
    cursor: Annotated[str | None, typer.Option(help="Go on behind the page that gave this cursor.")] = None,
    facet: Annotated[
        list[str] | None, typer.Option(help="Count by company, about, person, source, event, keyword, …")
    ] = None,
    histogram: Annotated[str | None, typer.Option(help="Count by day, week or month of publication.")] = None,
    collapse: Annotated[bool, typer.Option("--collapse", help="One hit a story: reposts count as one.")] = False,
    json: Json = False,
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help="With QUERY: all hits, one a line. Without: a request a line on stdin."),
    ] = False,
    csv: Csv = False,
    bom: Bom = False,
    rss: Annotated[bool, typer.Option("--rss", help="All hits as an RSS feed.")] = False,
) -> None:
    """Search the clean articles. Simplified, traditional and full-width spellings find the same.

    Example: zhiwen search '智譜 招股书' --event hearing_passed

    Example: echo '{"id": 1, "query": "智谱", "facets": ["event"]}' | zhiwen search --jsonl
    """
    only_one(json=json, jsonl=jsonl, csv=csv, rss=rss)
    needs("--bom", given=bom, other=csv, of="--csv")
    counts = bool(facet or histogram)
    if query is None:
        options = (company, source, event, only, since, until, sort, limit, offset, cursor, counts, collapse)
        _answer_lines(jsonl=jsonl, options=any(options) or limit == 0 or timezone != CHINA)
        return
    exported = jsonl or csv or rss
    if exported and counts:
        raise InputError("--facet and --histogram count, and exports list hits", hint="counts are in --json")
    from cli.options import search_request

    request = replace(
        search_request(
            query,
            companies=company,
            sources=source,
            events=event,
            only=only,
            since=since,
            until=until,
            timezone=timezone,
        ),
        sort=_sort(sort, exported=exported),
        limit=_PAGE if limit is None else limit,
        offset=offset,
        cursor=cursor,
        facets=tuple(facet or ()),
        histogram=histogram,
        collapse=collapse,
    )
    with monitor() as parts:
        if exported:
            form = "csv" if csv else "rss" if rss else "jsonl"
            _export(parts, request, form=form, limit=limit, bom=bom)
            return
        result = parts.search(request)
        unknown = [] if result.total else list(_unknown(parts, request))
    if json:
        from index.records import answer

        emit_json(answer(result))
    else:
        _show(result, request=request)
        for line in unknown:
            say(line)


def _unknown(parts: Monitor, request: SearchRequest) -> Iterator[str]:
    """Names that no article can have as long as the configuration is what it is, and words read as such: mistyped, most likely."""
    from index.query.ast import Named
    from index.query.parser import doubtful, parse
    from index.query.plan import wanted
    from web.labels import EVENTS

    asked = [leaf for leaf in wanted(parse(request.query).root) if isinstance(leaf, Named)]
    wanted_sources = [*request.sources, *(leaf.name for leaf in asked if leaf.field == "source")]
    sources = {source.id: source.name for source in parts.sources} if wanted_sources else {}
    for name in wanted_sources:
        id_ = next((id_ for id_, called in sources.items() if called == name), None)
        if id_:
            yield f"'{name}' is the name of a source; it is asked for by its id: {id_}"
        elif name not in {*sources, "ingest"}:
            yield f"no source is called '{name}'; zhiwen sources lists them"
    for name in [*request.events, *(leaf.name for leaf in asked if leaf.field == "event")]:
        if not {name, *parts.aliases(name, field="event")} & EVENTS.keys():
            yield f"no event is called '{name}'; there are {', '.join(EVENTS)}"
    for word, meant in doubtful(request.query):
        yield f"'{word}' was searched for as a word; did you mean {meant}{'' if meant.isupper() else ':'}?"


def _sort(sort: str | None, *, exported: bool) -> str:
    if sort is None:
        return "newest" if exported else "relevance"
    if sort not in ("relevance", "newest") and not sort.startswith("figure:"):
        raise InputError(f"--sort is '{sort}'", hint="it is relevance or newest, or figure:METRIC, e.g. figure:revenue")
    return sort


# ── many queries ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _answer_lines(*, jsonl: bool, options: bool) -> None:
    from cli.batch import answers

    if not jsonl:
        raise InputError("no QUERY", hint="zhiwen search '' finds everything; --jsonl reads queries from stdin")
    if options:
        raise InputError("--jsonl without QUERY takes no other options", hint="each line says them: limit, sort, …")
    failed = 0
    with monitor() as parts:
        for answer in answers(sys.stdin.buffer, search=parts.search):
            failed += "error" in answer
            emit_line(answer)
    if failed:
        say(f"{failed} lines were answered with an error")
        raise typer.Exit(1)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _export(parts: Monitor, request: SearchRequest, *, form: str, limit: int | None, bom: bool) -> None:
    from urllib.parse import urlencode

    from cli.export import channel, hits, lines

    found = hits(request, search=parts.search, limit=limit)
    web = parts.settings.web
    # Half a surrogate pair, from an argument that is no UTF-8, has no place in an address.
    asked = urlencode({"q": request.query}, errors="replace")
    address = f"http://{web.host}:{web.port}/?{asked}"
    write(lines(found, form=form, channel=channel(request.query, address=address), bom=bom))


# ── the terminal ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(result: SearchResult, *, request: SearchRequest) -> None:
    if not result.total:
        say("nothing found" + (f"; did you mean {result.suggestion}?" if result.suggestion else ""))
        return
    first = request.offset + 1
    if not result.hits:
        shown = f"none behind the first {request.offset} of {result.total}" if request.limit else str(result.total)
    elif request.cursor:
        shown = f"{len(result.hits)} more of {result.total}"
    else:
        shown = f"{first}–{request.offset + len(result.hits)} of {result.total}"
    say(f"{shown} articles")
    for hit in result.hits:
        _show_hit(hit)
    for facet, counts in result.facets.items():
        _show_counts(facet, counts)
    if request.histogram:
        _show_counts(request.histogram, result.histogram)
    # The cursors of other orders are as long as what was given; there, --offset is for people.
    if result.cursor and (request.cursor or request.sort != "relevance"):
        say(f"next page: --cursor {result.cursor}")


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


def _show_counts(name: str, counts: tuple[Count, ...]) -> None:
    from cli.plot import bar, label

    top = max((count.documents for count in counts), default=0)
    rows = [
        (label(count.value, name), str(count.documents), bar(count.documents, top=top, width=_BAR)) for count in counts
    ]
    table((name, "articles", ""), rows, empty=f"no {name} to count")
