"""The JSON API. Answers have the shape that the command of the same name gives with `--json`.

    /api/search              ?q= company= source= event= only= since= until= timezone=
                              sort= limit= offset= cursor= collapse= facet= facet_size= histogram=
    /api/like/{id}           ?limit=      articles like that one, as a search answers
    /api/trends              ?q= … the filters of a search, by= compare= interval= top=
                             ?q= … rising=1 by= days= top=      what rises, up to until=
    /api/figures             ?q= … the filters of a search, limit=
    /api/articles/{id}       the latest version with entities, figures, events; ?evidence=1 adds lines and repairs
    /api/alerts              ?limit=
    /api/sources             every source with its last run
    /api/status              what runs and how much it holds
    /healthz                 {"status": "ok"}: the process answers

What is wrong is answered as {"error", "hint", "column"}; `column` only where a query does not parse.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from index.records import answer
from store.records import StoredArticle
from web.ports import Services
from web.searching import COUNTS, MAX_FIGURES, PAGING, read_limit, read_request, read_rises, read_trends, wants_rises
from zhiwen.errors import QueryError, ZhiwenError
from zhiwen.jsonable import jsonable

_EVIDENCE = frozenset({"lines", "repairs"})  # most of an article's weight, and seldom asked for
_VERSION_FIELDS = ("version", "seq", "stored_at")


class Utf8JSONResponse(JSONResponse):
    """JSON says its charset too: some readers guess without it."""

    media_type = "application/json; charset=utf-8"


def error_body(error: ZhiwenError) -> dict[str, Any]:
    body: dict[str, Any] = {"error": error.message, "hint": error.hint}
    if isinstance(error, QueryError):
        body["column"] = error.column
    return body


def not_found(what: str, *, hint: str) -> JSONResponse:
    return Utf8JSONResponse({"error": what, "hint": hint}, status_code=404)


def _no_article(id: str) -> JSONResponse:
    return not_found(f"there is no article '{id}'", hint="ids come from /api/search")


def article_json(stored: StoredArticle, versions: list[StoredArticle], *, evidence: bool) -> dict[str, Any]:
    """One flat object: what the store says of the article, then what the article says."""
    article = jsonable(stored.article)
    kept = {name: value for name, value in article.items() if evidence or name not in _EVIDENCE}
    about_storage = {name: value for name, value in jsonable(stored).items() if name != "article"}
    return {**about_storage, **kept, "versions": [_version(version) for version in versions]}


def _version(stored: StoredArticle) -> dict[str, Any]:
    return {**{name: jsonable(getattr(stored, name)) for name in _VERSION_FIELDS}, "title": stored.article.title}


def api(services: Services) -> APIRouter:
    router = APIRouter(default_response_class=Utf8JSONResponse)
    _add_searches(router, services)
    _add_counts(router, services)
    _add_records(router, services)
    return router


def _add_searches(router: APIRouter, services: Services) -> None:
    @router.get("/api/search")
    def search(request: Request) -> JSONResponse:
        asked = read_request(request.query_params, also=PAGING | COUNTS, fewest=0)
        return Utf8JSONResponse(jsonable(answer(services.search(asked))))

    @router.get("/api/like/{id}")
    def like(id: str, request: Request) -> JSONResponse:
        limit = read_limit(request.query_params, default=10)
        if services.article(id) is None:
            return _no_article(id)
        return Utf8JSONResponse(jsonable(answer(services.like(id, limit=limit))))


def _add_counts(router: APIRouter, services: Services) -> None:
    @router.get("/api/trends")
    def trends(request: Request) -> JSONResponse:
        if not wants_rises(request.query_params):
            return Utf8JSONResponse(jsonable(services.trends(read_trends(request.query_params))))
        wish = read_rises(request.query_params)
        return Utf8JSONResponse(jsonable(services.rises(wish.search, by=wish.by, days=wish.days, top=wish.top)))

    @router.get("/api/figures")
    def figures(request: Request) -> JSONResponse:
        asked = read_request(request.query_params, also=frozenset({"limit"}), most=MAX_FIGURES)
        limit = read_limit(request.query_params, default=1_000, high=MAX_FIGURES)
        return Utf8JSONResponse(jsonable(services.figures(asked, limit=limit)))


def _add_records(router: APIRouter, services: Services) -> None:
    @router.get("/api/articles/{id}")
    def article(id: str, evidence: bool = False) -> JSONResponse:
        stored = services.article(id)
        if stored is None:
            return _no_article(id)
        return Utf8JSONResponse(article_json(stored, list(services.versions(id)), evidence=evidence))

    @router.get("/api/alerts")
    def alerts(request: Request) -> JSONResponse:
        limit = read_limit(request.query_params)
        return Utf8JSONResponse(jsonable(list(services.alerts(limit=limit))))

    @router.get("/api/sources")
    def sources() -> JSONResponse:
        return Utf8JSONResponse(jsonable(list(services.sources())))

    @router.get("/api/status")
    def status() -> JSONResponse:
        return Utf8JSONResponse(jsonable(services.status()))

    @router.get("/healthz")
    def health() -> JSONResponse:
        return Utf8JSONResponse({"status": "ok"})
