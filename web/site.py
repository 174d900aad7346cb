"""The pages: search, article, trends, alerts, sources; and what a search finds as a file. Rendered here, in Chinese, readable without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import QueryParams

from index.records import SearchRequest
from web import labels, narrowing, trending, views
from web.chinese import Words
from web.counting import counted_search
from web.ports import Services
from web.searching import at_offset, narrowed, read_limit, read_request, to_query_string
from zhiwen.errors import InputError

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    # StrictUndefined: a wrong name in a template is an error in a test, not a hole in a page.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        china=labels.china_time,
        iso=lambda moment: moment.isoformat(),
        link=labels.web_link,
    )
    environment.globals.update(labels=labels, company_address=company_address)
    return environment


def company_address(name: str) -> str:
    return narrowing.search_address(SearchRequest(query="", companies=(name,), sort="newest"))


def render(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    return HTMLResponse(_environment().get_template(template).render(**context), status_code=status)


def error_page(*, status: int, heading: str, text: str, said: Words | None = None) -> HTMLResponse:
    return render("error.html", status=status, here="", heading=heading, text=text, said=said)


def site(services: Services) -> APIRouter:
    router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

    @router.get("/")
    def search(request: Request) -> HTMLResponse:
        try:
            asked = read_request(request.query_params)
        except InputError as error:
            typed = SearchRequest(query=request.query_params.get("q", ""))
            return _search_page(services, typed, error=error)
        return _search_page(services, asked)

    @router.get("/articles/{id}")
    def article(id: str) -> HTMLResponse:
        stored = services.article(id)
        if stored is None:
            return error_page(status=404, heading="没有这篇文章", text="链接里的编号不在库中。请从搜索结果进入。")
        return render("article.html", here="", view=views.article_view(services, stored))

    @router.get("/export.{form}")
    def export(form: str, request: Request) -> Response:
        if form not in _MEDIA_TYPES:
            text = f"可以导出为：{'、'.join(_MEDIA_TYPES)}。"
            return error_page(status=404, heading="没有这种导出格式", text=text)
        return _export(services, request, form=form)

    @router.get("/trends")
    def trends(request: Request) -> HTMLResponse:
        return _trends_page(services, request.query_params)

    @router.get("/alerts")
    def alerts(request: Request) -> HTMLResponse:
        rows = services.alerts(limit=read_limit(request.query_params))
        return render("alerts.html", here="alerts", alerts=[views.alert_view(row) for row in rows])

    @router.get("/sources")
    def sources() -> HTMLResponse:
        return render("sources.html", here="sources", view=views.sources_view(services.sources()))

    return router


def _search_page(services: Services, asked: SearchRequest, *, error: InputError | None = None) -> HTMLResponse:
    """Without a query or filter: the newest articles. A mistake in the query is shown above the form as it was sent."""
    found = None
    narrow = narrowed(asked)
    names = views.source_names(services)
    if error is None:
        try:
            found = counted_search(services, asked if narrow else replace(asked, sort="newest"))
        except InputError as wrong:
            error = wrong
    return render(
        "search.html",
        status=400 if error else 200,
        here="search",
        asked=asked,
        narrow=narrow,
        results=views.results(services, asked, found.result, names=names) if found else None,
        suggestion=views.suggested(asked, found.result) if found else None,
        chart=found.chart(asked) if found else None,
        facets=narrowing.facets(found.result, asked, names) if found else (),
        sorts=narrowing.sorts(asked),
        collapsing=narrowing.collapsing(asked),
        error=views.complaint(error, asked.query) if error else None,
        events=views.event_choices(asked),
        sources=views.source_choices(names, asked),
        chips=narrowing.filter_chips(names, asked, address=narrowing.search_address),
        query_string=to_query_string(at_offset(asked, 0)),
        trends=trending.address(trending.Wish(search=asked)),
    )


def _trends_page(services: Services, params: QueryParams) -> HTMLResponse:
    """Counts over time, and what rises up to the same day. A mistake is shown above the form as it was sent."""
    names = views.source_names(services)
    error: InputError | None = None
    view = None
    try:
        wish = trending.read_wish(params, names)
        view = trending.trends_view(services, wish, names)
    except InputError as wrong:
        error, wish = wrong, trending.typed_wish(params)
    return render(
        "trends.html",
        status=400 if error else 200,
        here="trends",
        wish=wish,
        view=view,
        day_choices=sorted({*trending.DAYS, wish.days}),
        error=views.complaint(error, wish.search.query) if error else None,
        chips=narrowing.filter_chips(
            names, wish.search, address=lambda rest: trending.address(replace(wish, search=rest))
        ),
    )


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson", "rss": "application/rss+xml"}
_CHUNK = 65_536  # bytes; a row a write would cost more than the row


def _export(services: Services, request: Request, *, form: str) -> Response:
    """All that a search finds. Raises before the answer begins where the search cannot be read."""
    asked = read_request(request.query_params)
    address = f"{request.base_url}?{to_query_string(at_offset(asked, 0))}"
    chunks = services.export(asked, form=form, address=address)
    # A feed is read where it is; files are kept.
    headers = {} if form == "rss" else {"Content-Disposition": f'attachment; filename="zhiwen.{form}"'}
    return StreamingResponse(_gathered(chunks), media_type=f"{_MEDIA_TYPES[form]}; charset=utf-8", headers=headers)


def _gathered(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= _CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
