"""The JSON API. `GET /api/search` answers in the shape of `zhiwen search --json`.

    /api/search              ?q= company= source= event= since= until= sort= limit= offset=
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
from web.searching import read_limit, read_request
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

    @router.get("/api/search")
    def search(request: Request) -> JSONResponse:
        return Utf8JSONResponse(jsonable(answer(services.search(read_request(request.query_params)))))

    @router.get("/api/articles/{id}")
    def article(id: str, evidence: bool = False) -> JSONResponse:
        stored = services.article(id)
        if stored is None:
            return not_found(f"there is no article '{id}'", hint="ids come from /api/search")
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

    return router
