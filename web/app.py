"""The application: pages and JSON API over the services it is handed.

    create_app(services) ─┬─ site    /  /articles/{id}  /alerts  /sources      HTML
                          ├─ api     /api/…  /healthz                          JSON
                          └─ static  /static/…                                 our own CSS, script and icon

Answers only to the host names it is told (against DNS rebinding: another site's name that points to 127.0.0.1).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from web.api import Utf8JSONResponse, api, error_body
from web.chinese import words
from web.http import SECURITY_HEADERS, SecurityHeaders
from web.ports import Services
from web.site import error_page, site
from zhiwen.errors import InputError, QueryError, ZhiwenError

log = logging.getLogger("zhiwen.web")

LOOPBACK = ("127.0.0.1", "localhost")


def create_app(services: Services, *, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """`hosts`: names in the Host header that are answered, without ports."""
    # No docs pages: they would load scripts from elsewhere. The schema itself is there.
    app = FastAPI(title="zhiwen", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.include_router(api(services))
    app.include_router(site(services))
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(ZhiwenError, _known_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _our_error)
    return app


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/healthz"))


def _known_error(request: Request, error: Exception) -> Response:
    """What the caller gave is 400; what the store or index cannot do now is 503."""
    assert isinstance(error, ZhiwenError)
    given = isinstance(error, InputError)
    if not given:
        log.error("%s %s: %s", request.method, request.url.path, error)
    status = 400 if given else 503
    if _wants_json(request):
        return Utf8JSONResponse(error_body(error), status_code=status)
    heading = "这个请求不对" if given else "暂时无法查询"
    text = "请检查地址中的参数。" if given else "数据库或索引现在不可用。稍后再试；若仍不行，请运行 zhiwen check。"
    if isinstance(error, QueryError):
        text = f"搜索词无法解析：第 {error.column} 个字符处有误。"
    return error_page(status=status, heading=heading, text=text, said=words(error))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if _wants_json(request):
        return Utf8JSONResponse({"error": error.detail, "hint": None}, status_code=error.status_code)
    missing = error.status_code == 404
    heading = "没有这个页面" if missing else "这个请求不对"
    return error_page(status=error.status_code, heading=heading, text="请从上方的导航进入。")


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    body = {"error": f"{where}: {first['msg']}", "hint": "see /api/openapi.json"}
    return Utf8JSONResponse(body, status_code=400)


def _our_error(request: Request, error: Exception) -> Response:
    """A bug. Starlette raises it again behind this answer, so the server's log has the traceback."""
    log.error("%s %s failed: %r", request.method, request.url.path, error)
    if _wants_json(request):
        body = {"error": "internal error", "hint": "the log has the traceback"}
        answer: Response = Utf8JSONResponse(body, status_code=500)
    else:
        text = "程序出了错，已记入日志。其他页面不受影响。"
        answer = error_page(status=500, heading="出错了", text=text)
    # This answer is made outside the middleware.
    answer.headers.update(SECURITY_HEADERS)
    return answer
