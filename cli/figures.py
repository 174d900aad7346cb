"""Figures of articles as a table: query ─ condition on figures | articles ─ search ─▶ hits ─ store ─▶ FigureRow, sorted.

`company:智谱 metric:revenue value:>3亿` asks for articles that name 智谱, and of those for the figures that are revenue
and above 300 million at once. The search is given the whole query: an article with such a figure meets it, and those
that meet it with two figures give no row.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from index.query.ast import And, Boost, FigureOf, Named, Node, Not, Or
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from cli.export import Cell
    from index.aliases import AliasResolver
    from index.records import SearchRequest
    from nlp.records import Article, Figure
    from scheduler import Monitor


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """A figure and where it stands. `value` in base units, with `value_high` where it is a range; `article` is an id."""

    subject: str | None
    metric: str | None
    period: str | None
    value: Decimal
    value_high: Decimal | None
    unit: str
    op: str
    qualifier: str | None
    text: str
    sentence: str
    title: str
    source: str
    published_at: datetime | None
    url: str
    article: str


COLUMNS = tuple(each.name for each in fields(FigureRow))


def cells(row: FigureRow) -> tuple[Cell, ...]:
    """The row for a spreadsheet: there `op` is empty where the value is exact, for "=" begins a formula."""
    shown = replace(row, op="" if row.op == "=" else row.op)
    return tuple(getattr(shown, column) for column in COLUMNS)


# ── what is asked of a figure ────────────────────────────────────────────────────────────────────────────────────────


def condition_on_figures(node: Node) -> Node | None:
    """What a query asks of one figure, as the condition of a FigureOf; None where it asks nothing.

    Raises InputError where that cannot be told from what it asks of the article.
    """
    conditions = list(_conditions(node))
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else And(children=tuple(conditions))


def _conditions(node: Node) -> Iterator[Node]:
    if isinstance(node, And):
        for child in node.children:
            yield from _conditions(child)
        return
    condition = _all_of_figures(node)
    if condition is not None:
        yield condition
    elif _mentions_figures(node):
        what, example = (
            ("NOT", "metric:revenue -period:2023") if isinstance(node, Not) else ("OR", "metric:revenue OR metric:arr")
        )
        raise InputError(
            f"{what} mixes what is asked of figures with what is asked of articles",
            hint=f"put what is asked of the figure into one bracket: figure:({example})",
        )


def _all_of_figures(node: Node) -> Node | None:
    """`node` as a condition on one figure, where each of its leaves is one. NOT is none: outside, it is about all figures."""
    match node:
        case FigureOf(condition=condition):
            return condition
        case Boost(child=child):
            return _all_of_figures(child)
        case And(children=children) | Or(children=children):
            conditions = [_all_of_figures(child) for child in children]
            told = tuple(condition for condition in conditions if condition is not None)
            return type(node)(children=told) if len(told) == len(conditions) else None
        case _:
            return None


def _mentions_figures(node: Node) -> bool:
    match node:
        case FigureOf():
            return True
        case And(children=children) | Or(children=children):
            return any(map(_mentions_figures, children))
        case Not(child=child) | Boost(child=child):
            return _mentions_figures(child)
        case _:
            return False


def unknown_metrics(query: str, *, aliases: AliasResolver) -> list[str]:
    """Metrics that a query asks for by names that none has, as they were written; for the case that nothing is found."""
    from index.query.parser import parse
    from web.labels import METRICS, metric

    condition = condition_on_figures(parse(query).root)
    asked = [leaf.name for leaf in _leaves(condition) if isinstance(leaf, Named) and leaf.field == "metric"]
    names = {*METRICS, *METRICS.values()}
    # The analysis makes more of them by endings (revenue_yoy): those have names too.
    return [
        name
        for name in asked
        if name not in names and metric(name) == name and tuple(aliases(name, field="metric")) == (name,)
    ]


def others_too(query: str, rows: Iterable[FigureRow], *, aliases: AliasResolver) -> list[str]:
    """Companies whose articles a query asks for, where figures of others stand among the rows."""
    from index.query.parser import parse
    from index.query.plan import wanted

    asked = [leaf.name for leaf in wanted(parse(query).root) if isinstance(leaf, Named) and leaf.field == "company"]
    names = {canonical for name in asked for canonical in aliases(name, field="company")}
    return asked if any(row.subject and row.subject not in names for row in rows) else []


def _leaves(node: Node | None) -> Iterator[Node]:
    match node:
        case None:
            return
        case And(children=children) | Or(children=children):
            for child in children:
                yield from _leaves(child)
        case Not(child=child) | Boost(child=child):
            yield from _leaves(child)
        case _:
            yield node


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(parts: Monitor, request: SearchRequest) -> Iterator[FigureRow]:
    """The figures that are asked for, of all articles that match, the newest article first. Raises as a search does."""
    from cli.export import hits
    from index.query.parser import parse
    from index.query.plan import resolve
    from zhiwen.times import now

    condition = condition_on_figures(resolve(parse(request.query).root, aliases=parts.aliases, now=now()))
    found = hits(replace(request, sort="newest", highlight=False), search=parts.search, limit=None)
    articles = (parts.store.articles.get(hit.id) for hit in found)
    return (
        row
        for stored in articles
        if stored is not None
        for row in _of_article(stored.article, id=stored.id, condition=condition)
    )


def _of_article(article: Article, *, id: str, condition: Node | None) -> Iterator[FigureRow]:
    from nlp.components.clauses import sentences

    told = [figure for figure in article.figures if _meets(figure, condition)]
    spans = sentences(article.text) if told else []
    starts = [span.start for span in spans]
    for figure in told:
        span = spans[max(0, bisect_right(starts, figure.start) - 1)]
        yield FigureRow(
            subject=figure.subject,
            metric=figure.metric,
            period=figure.period,
            value=figure.value,
            value_high=figure.value_high,
            unit=figure.unit,
            op=figure.op,
            qualifier=figure.qualifier,
            text=figure.text,
            sentence=article.text[span.start : max(span.end, figure.end)].strip(),
            title=article.title,
            source=article.source,
            published_at=article.published_at,
            url=article.url,
            article=id,
        )


def _meets(figure: Figure, condition: Node | None) -> bool:
    from index.documents import document_figure, figure_names
    from index.matching import figure_meets

    if condition is None:
        return True
    asked = document_figure(figure)
    return figure_meets(condition, asked.value, figure_names(asked))


# ── order ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Sorted:
    """Rows by metric, period and publication, what is not told last. They lie in a file of SQLite's, not in memory."""

    def __init__(self, found: Iterable[FigureRow]) -> None:
        from store.serial import to_json

        # "" is a private database that is gone when it is closed, and spills to disk when it grows.
        self._held = sqlite3.connect("")
        self._held.execute("CREATE TABLE rows (metric, period, published, row)")
        keyed = ((row.metric, row.period, _moment(row.published_at), to_json(row)) for row in found)
        self._held.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", keyed)

    def __enter__(self) -> Sorted:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def __len__(self) -> int:
        return int(self._held.execute("SELECT count(*) FROM rows").fetchone()[0])

    def first(self, limit: int | None) -> Iterator[FigureRow]:
        from store.serial import from_json

        query = (
            "SELECT row FROM rows ORDER BY metric IS NULL, metric, period IS NULL, period,"
            " published IS NULL, published, rowid LIMIT ?"
        )
        # The cursor is left to go with the connection: who stops reading half-way closes that first.
        for (row,) in self._held.execute(query, (-1 if limit is None else limit,)):
            yield from_json(FigureRow, row)


def _moment(published_at: datetime | None) -> float | None:
    return published_at.timestamp() if published_at else None


def answer(ordered: Sorted, *, limit: int | None) -> dict[str, Any]:
    """What `zhiwen figures --json` and the API say; `total` counts the rows beyond the limit too."""
    return {"total": len(ordered), "figures": list(ordered.first(limit))}
