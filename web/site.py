"""The pages: search, article, alerts, sources. Rendered here, in Chinese, readable without JavaScript."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from index.records import SearchRequest
from web import labels, views
from web.ports import Services
from web.searching import narrowed, read_limit, read_request, to_query_string
from zhiwen.errors import InputError, QueryError

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
    return "/?" + to_query_string(SearchRequest(query="", companies=(name,), sort="newest"))


def render(template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    return HTMLResponse(_environment().get_template(template).render(**context), status_code=status)


def error_page(*, status: int, heading: str, text: str, detail: str = "") -> HTMLResponse:
    return render("error.html", status=status, here="", heading=heading, text=text, detail=detail)


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
            found = services.search(asked if narrow else _newest(asked))
        except QueryError as wrong:
            error = wrong
    column = error.column if isinstance(error, QueryError) else None
    return render(
        "search.html",
        status=400 if error else 200,
        here="search",
        asked=asked,
        narrow=narrow,
        results=views.results(services, asked, found, names=names) if found else None,
        error=error,
        column=column,
        complaint=error.message.removeprefix(f"column {column}: ") if error else "",
        events=views.event_choices(asked),
        sources=views.source_choices(names, asked),
        chips=views.filter_chips(names, asked),
    )


def _newest(asked: SearchRequest) -> SearchRequest:
    return SearchRequest(query="", sort="newest", limit=asked.limit, offset=asked.offset)
