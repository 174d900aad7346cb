"""`zhiwen trends`: what the news speaks of over time, and what rises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import monitor
from cli.options import (
    CHINA,
    Bom,
    Companies,
    Csv,
    Events,
    Json,
    Only,
    Since,
    Sources,
    Timezone,
    Until,
    needs,
    only_one,
    search_request,
)
from cli.output import console, emit_json, say, table, write
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from index.records import Rise, Rises, SearchRequest, Series, Trends
    from scheduler import Monitor

_WINDOW = 7  # days that are judged
_WIDEST = 120  # columns of a plot, however wide the window
_BAR = 30


def register(app: typer.Typer) -> None:
    app.command()(trends)


def trends(
    query: Annotated[str, typer.Argument(help="Which articles are counted; without it, all.")] = "",
    by: Annotated[
        str, typer.Option(help="What is counted: company, event, source, keyword, person, about, …")
    ] = "company",
    compare: Annotated[
        list[str] | None, typer.Option(help="Count these (in any spelling), instead of the most frequent.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="day, week or month; without it, what gives a readable number.")
    ] = None,
    company: Companies = None,
    source: Sources = None,
    event: Events = None,
    only: Only = None,
    since: Since = None,
    until: Until = None,
    timezone: Timezone = CHINA,
    top: Annotated[
        int, typer.Option(min=1, max=100, help="How many of the most frequent, or of those that rise.")
    ] = 10,
    rising: Annotated[
        bool, typer.Option("--rising", help="What is new or rises against its own history, up to --until (today).")
    ] = False,
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="With --rising: length of the window that is judged; 7.")
    ] = None,
    plot: Annotated[bool, typer.Option("--plot/--no-plot", help="Draw in the terminal, or numbers alone.")] = True,
    json: Json = False,
    csv: Csv = False,
    bom: Bom = False,
) -> None:
    """Count articles over time, compare companies, and find what rises.

    Example: zhiwen trends 融资 --compare 智谱 --compare MiniMax --interval week

    Example: zhiwen trends --rising --by keyword --until 2025-12-24
    """
    only_one(json=json, csv=csv)
    needs("--bom", given=bom, other=csv, of="--csv")
    needs("--days", given=days is not None, other=rising, of="--rising")
    request = search_request(
        query, companies=company, sources=source, events=event, only=only, since=since, until=until, timezone=timezone
    )
    out = Output(json=json, csv=csv, bom=bom, plot=plot)
    with monitor() as parts:
        if not rising:
            wishes = TrendWishes(by=by, compare=tuple(compare or ()), interval=interval, top=top)
            _over_time(parts, request, wishes=wishes, out=out)
        elif compare or interval or since:
            raise InputError(
                "--rising does not go with --compare, --interval or --since",
                hint="it looks at the --days days up to --until, and at eight times as many before them",
            )
        else:
            _rising(parts, request, by=by, days=days or _WINDOW, top=top, out=out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    json: bool
    csv: bool
    bom: bool
    plot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendWishes:
    """The fields of a TrendRequest besides its search."""

    by: str
    compare: tuple[str, ...]
    interval: str | None
    top: int


# ── counts over time ─────────────────────────────────────────────────────────────────────────────────────────────────


def _over_time(parts: Monitor, request: SearchRequest, *, wishes: TrendWishes, out: Output) -> None:
    from index.records import TrendRequest
    from index.trends import trends

    asked = TrendRequest(search=request, by=wishes.by, compare=wishes.compare, interval=wishes.interval, top=wishes.top)
    found = trends(asked, search=parts.search)
    if out.json:
        emit_json(found)
    elif out.csv:
        _write_trends(found, bom=out.bom)
    else:
        _show(found, compared=bool(wishes.compare), plot=out.plot)


def _write_trends(found: Trends, *, bom: bool) -> None:
    """A row a bucket and series, as pivot tables want it; the whole query is the series without a name."""
    from cli.export import csv_lines

    rows = [
        (bucket.isoformat(), each.name, count)
        for each in (found.all, *found.series)
        for bucket, count in zip(found.buckets, each.counts, strict=True)
    ]
    write(csv_lines((found.interval, found.by, "articles"), rows, bom=bom))


def _show(found: Trends, *, compared: bool, plot: bool) -> None:
    from cli.plot import label

    if not found.buckets:
        say("no article with a date is found")
        return
    labels = [label(bucket, found.interval) for bucket in found.buckets]
    say(f"{found.all.documents} articles by {found.interval}, {labels[0]} to {labels[-1]}")
    if plot:
        _plot(found, labels=labels, compared=compared)
    else:
        _numbers(found, labels=labels)


def _plot(found: Trends, *, labels: list[str], compared: bool) -> None:
    """All articles as columns, each series as a line of blocks: on one scale where they are compared."""
    from rich.cells import cell_len
    from rich.text import Text

    from cli.plot import columns, spark

    terminal = console()
    width = min(terminal.width, _WIDEST)
    for line in columns(found.all.counts, labels=labels, width=width):
        terminal.print(Text(line))
    names = max((cell_len(each.name) for each in found.series), default=0)
    top = max((count for each in found.series for count in each.counts), default=0) if compared else None
    room = max(8, width - names - 30)
    rows = [
        (each.name, str(each.documents), spark(each.counts, width=room, top=top), *_peak(each, labels))
        for each in found.series
    ]
    table((found.by, "articles", "over time", "most", "then"), rows, empty=f"no {found.by} to count")


def _peak(series: Series, labels: list[str]) -> tuple[str, str]:
    most = max(series.counts)
    return str(most), labels[series.counts.index(most)] if most else ""


def _numbers(found: Trends, *, labels: list[str]) -> None:
    rows = [
        (name, str(found.all.counts[at]), *(str(each.counts[at]) for each in found.series))
        for at, name in enumerate(labels)
    ]
    table((found.interval, "all", *(each.name for each in found.series)), rows, empty="")


# ── what rises ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _rising(parts: Monitor, request: SearchRequest, *, by: str, days: int, top: int, out: Output) -> None:
    from cli.rising import rises

    found = rises(request, by=by, days=days, top=top, search=parts.search)
    if out.json:
        emit_json(found)
    elif out.csv:
        _write_rises(found, bom=out.bom)
    else:
        _show_rises(found, plot=out.plot)


def _write_rises(found: Rises, *, bom: bool) -> None:
    from cli.export import csv_lines

    columns = (found.by, "new", "articles", "expected", "earlier", "ratio", "score")
    rows = [
        (
            rise.name,
            "yes" if rise.new else "no",
            rise.documents,
            round(rise.expected, 3),
            rise.earlier,
            None if rise.ratio is None else round(rise.ratio, 3),
            round(rise.score, 3),
        )
        for rise in found.terms
    ]
    write(csv_lines(columns, rows, bom=bom))


def _show_rises(found: Rises, *, plot: bool) -> None:
    window, history = found.window, found.history
    say(
        f"{window.documents} articles from {window.since} to {window.until}, "
        f"beside {history.documents} from {history.since} to {history.until}"
    )
    if not window.documents or not history.documents:
        say(
            f"nothing to compare {'with' if window.documents else 'in the window'}; --until and --days choose other days"
        )
        return
    from cli.plot import bar

    top = max((rise.documents for rise in found.terms), default=0)
    rows = [(*_rise(rise), *([bar(rise.documents, top=top, width=_BAR)] if plot else [])) for rise in found.terms]
    columns = (found.by, "articles", "expected", "times", "score", *([""] if plot else []))
    table(columns, rows, empty=f"no {found.by} rises")


def _rise(rise: Rise) -> tuple[str, ...]:
    times = "new" if rise.ratio is None else f"{rise.ratio:.1f}"
    return rise.name, str(rise.documents), f"{rise.expected:.1f}", times, f"{rise.score:.0f}"
