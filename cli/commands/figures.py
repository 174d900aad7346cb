"""`zhiwen figures`: what articles tell in numbers, as a table."""

from __future__ import annotations

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
from cli.output import emit_json, say, table, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cli.figures import FigureRow
    from index.aliases import AliasResolver

_SHOWN = 50  # rows in the terminal, unless --limit says otherwise


def register(app: typer.Typer) -> None:
    app.command()(figures)


def figures(
    query: Annotated[
        str,
        typer.Argument(
            help="metric:…, period:…, unit:…, subject:…, value:>3亿 of the figure; the rest of its article."
        ),
    ],
    company: Companies = None,
    source: Sources = None,
    event: Events = None,
    only: Only = None,
    since: Since = None,
    until: Until = None,
    timezone: Timezone = CHINA,
    limit: Annotated[int | None, typer.Option(min=0, help="Rows to give; 50 in the terminal, else all.")] = None,
    unsorted: Annotated[
        bool, typer.Option("--unsorted", help="As they are found, the newest article first, instead of sorted.")
    ] = False,
    json: Json = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One row a line.")] = False,
    csv: Csv = False,
    bom: Bom = False,
) -> None:
    """List figures with the sentence that tells them, sorted by metric, period and publication.

    All conditions on figures are about one and the same figure; `company:` is about the article, `subject:` about the
    figure.

    Example: zhiwen figures 'subject:智谱 metric:revenue period:2024' --csv > revenue.csv
    """
    only_one(json=json, jsonl=jsonl, csv=csv)
    needs("--bom", given=bom, other=csv, of="--csv")
    needs("--unsorted", given=unsorted, other=csv or jsonl, of="--csv or --jsonl")
    from itertools import islice

    from cli.figures import Sorted, answer, others_too, rows

    request = search_request(
        query, companies=company, sources=source, events=event, only=only, since=since, until=until, timezone=timezone
    )
    with monitor() as parts:
        found = rows(parts, request)
        if unsorted:
            _write(islice(found, limit), csv=csv, bom=bom)
            return
        with Sorted(found) as ordered:
            if csv or jsonl:
                _write(ordered.first(limit), csv=csv, bom=bom)
            elif json:
                emit_json(answer(ordered, limit=limit))
            else:
                shown = list(ordered.first(_SHOWN if limit is None else limit))
                _show(shown, total=len(ordered))
                if not len(ordered):
                    _say_unknown(query, aliases=parts.aliases)
                for name in others_too(query, shown, aliases=parts.aliases):
                    say(
                        f"company:{name} is about the articles; subject:{name} gives what is said of that company alone"
                    )


def _write(found: Iterable[FigureRow], *, csv: bool, bom: bool) -> None:
    from cli.export import csv_lines, json_lines
    from cli.figures import COLUMNS, cells

    write(csv_lines(COLUMNS, map(cells, found), bom=bom) if csv else json_lines(found))


def _say_unknown(query: str, *, aliases: AliasResolver) -> None:
    from difflib import get_close_matches

    from cli.figures import unknown_metrics
    from web.labels import METRICS

    for name in unknown_metrics(query, aliases=aliases):
        near = get_close_matches(name, (*METRICS, *METRICS.values()), n=3, cutoff=0.5)
        like = ", ".join(near) if near else "revenue (收入), net_profit (净利润), valuation (估值)"
        say(f"no metric is called '{name}'; there are {like}, …")


def _show(found: list[FigureRow], *, total: int) -> None:
    table(
        ("subject", "metric", "period", "value", "unit", "published", "source", "title"),
        [_cells(row) for row in found],
        empty="no such figures" if not total else f"{total} figures",
    )
    if len(found) < total and found:
        say(f"{len(found)} of {total} figures; --limit or --csv gives more")


def _cells(row: FigureRow) -> tuple[str, ...]:
    from web.labels import OPERATORS, metric, number
    from zhiwen.times import CHINA

    value = number(row.value) + (f" – {number(row.value_high)}" if row.value_high is not None else "")
    day = row.published_at.astimezone(CHINA).date().isoformat() if row.published_at else ""
    facts = (row.subject or "", metric(row.metric or ""), row.period or "")
    return (*facts, OPERATORS.get(row.op, row.op) + value, row.unit, day, row.source, row.title)
