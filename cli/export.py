"""Answers that leave the house: CSV for spreadsheets, JSON lines, RSS. Each is a stream: rows in, bytes out, one by one.

hits(request) ─ page after page by cursor ─▶ Hit ─ csv_lines | json_lines | rss_lines ─▶ write ─▶ stdout
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from cli.output import json_line
from zhiwen.errors import InputError

if TYPE_CHECKING:
    from index.records import Hit, SearchRequest, SearchResult

_PAGE = 200  # hits of a page: some hundred kB with their highlights
BOM = "\ufeff".encode()  # by which Excel knows UTF-8

Cell: TypeAlias = "str | int | float | Decimal | datetime | Sequence[str] | None"


# ── all hits, not only a page ────────────────────────────────────────────────────────────────────────────────────────


def hits(
    request: SearchRequest, *, search: Callable[[SearchRequest], SearchResult], limit: int | None
) -> Iterator[Hit]:
    """All hits of the request (its own limit does not count), at most `limit`, page after page by cursor.

    The first page is searched at once, so that a query that cannot be answered raises before anything is written; so
    does, as InputError, an order that cannot be followed as deep as was asked for.
    """
    from index.paging import MAX_GIVEN

    asked = replace(request, limit=_PAGE if limit is None else min(limit, _PAGE))
    result = search(asked)
    deep = result.cursor is not None and (limit is None or limit > MAX_GIVEN) and result.total > MAX_GIVEN
    if deep and (request.collapse or request.sort == "relevance"):
        raise InputError(
            f"{result.total} hits cannot be read through by {'story' if request.collapse else 'relevance'}",
            hint=f"--sort newest without --collapse reads all of them; or --limit {MAX_GIVEN}",
        )
    return islice(_pages(asked, result, search=search), limit)


def _pages(
    request: SearchRequest, result: SearchResult, *, search: Callable[[SearchRequest], SearchResult]
) -> Iterator[Hit]:
    yield from result.hits
    while result.cursor is not None and request.limit:
        result = search(replace(request, cursor=result.cursor))
        yield from result.hits


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"); full-width signs too, which Excel
# in Chinese and Japanese takes for half-width ones.
_FORMULA = re.compile(r"[=+\-@\t\r\n\0＝＋－＠]")


def cell(value: Cell) -> str:
    """A cell as a spreadsheet must read it: text never as a formula, numbers as numbers, times with their offset.

    >>> cell("=HYPERLINK(1)"), cell(Decimal("-24377000000.50")), cell(("智谱", "商汤"))
    ("'=HYPERLINK(1)", '-24377000000.5', '智谱；商汤')
    """
    match value:
        case None:
            return ""
        case str():
            return "'" + value if _FORMULA.match(value) else value
        case Decimal():
            return _plain(value)
        case int() | float():
            return repr(value)
        case datetime():
            return value.isoformat()
        case _:
            return cell("；".join(value))


def _plain(value: Decimal) -> str:
    """Digits without exponent and closing zeros; what has no reasonable number of them is text."""
    if not value.is_finite() or abs(value.adjusted()) >= _DIGITS:
        return cell(str(value))
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_DIGITS = 30  # a few more than any figure in the news


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, bom: bool = False) -> Iterator[bytes]:
    """A head and the rows, as RFC 4180 says (CRLF, quotes doubled), in UTF-8."""
    yield (BOM if bom else b"") + _csv_line(columns)
    for row in rows:
        yield _csv_line([cell(value) for value in row])


# Quoted for semicolons and tabs too: where those part columns (Excel in half of Europe), an unquoted one opens a cell
# that `cell` never saw.
_QUOTED = re.compile(r'[",;\t\r\n]')


def _csv_line(cells: Sequence[str]) -> bytes:
    return (",".join(map(_quoted, cells)) + "\r\n").encode("utf-8", "replace")


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if _QUOTED.search(text) else text


HIT_COLUMNS = ("id", "published_at", "source", "title", "companies", "events", "url", "score", "passage")


def hit_row(hit: Hit) -> tuple[Cell, ...]:
    passages = " … ".join(each.passage.replace("\n", " ") for each in hit.highlights if each.field != "title")
    facts = (hit.id, hit.published_at, hit.source, hit.title, hit.companies, hit.events)
    return (*facts, hit.url, round(hit.score, 4), passages)


# ── JSON lines ───────────────────────────────────────────────────────────────────────────────────────────────────────


def json_lines(rows: Iterable[Any]) -> Iterator[bytes]:
    return map(json_line, rows)


# ── RSS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    title: str
    link: str
    description: str


def rss_lines(channel: Channel, found: Iterable[Hit]) -> Iterator[bytes]:
    """A feed as RSS 2.0 says, an item a hit."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0">\n<channel>\n'
    for name, text in (("title", channel.title), ("link", channel.link), ("description", channel.description)):
        yield _element(name, text)
    for hit in found:
        yield _item(hit)
    yield b"</channel>\n</rss>\n"


def _item(hit: Hit) -> bytes:
    """The summary are the passages that were found: the article itself stays where it was published."""
    from email.utils import format_datetime

    from index.highlight import to_html
    from web.labels import web_link

    link = web_link(hit.url)
    summary = " … ".join(to_html(each) for each in hit.highlights if each.field != "title")
    parts = [
        _element("title", hit.title),
        _element("link", link) if link else b"",
        _element("guid", hit.id, isPermaLink="false"),
        _element("pubDate", format_datetime(hit.published_at)) if hit.published_at else b"",
        *(_element("category", name) for name in (*hit.companies, *hit.events)),
        _element("description", summary) if summary else b"",
    ]
    return b"<item>\n" + b"".join(parts) + b"</item>\n"


def _element(name: str, text: str, **attributes: str) -> bytes:
    from xml.etree.ElementTree import Element, tostring

    element = Element(name, attributes)
    element.text = _NOT_XML.sub("\ufffd", text)
    encoded: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return encoded + b"\n"


# ── any of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def lines(found: Iterable[Hit], *, form: str, channel: Channel, bom: bool = False) -> Iterator[bytes]:
    """Hits as a file: form is "csv", "jsonl" or "rss"; `channel` is for feeds, `bom` for CSV."""
    match form:
        case "csv":
            return csv_lines(HIT_COLUMNS, map(hit_row, found), bom=bom)
        case "rss":
            return rss_lines(channel, found)
        case _:
            return json_lines(found)


def channel(query: str, *, address: str) -> Channel:
    """What a feed says of itself; `address` is the search page's, with the query in it."""
    what = query or "all articles"
    return Channel(title=f"智闻: {what}", link=address, description=f"Articles that zhiwen found for: {what}")
