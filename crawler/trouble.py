"""Why a request brought no answer, in words for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request
from twisted.internet import error as twisted

from crawler.decoding import CutShort, TooLarge
from crawler.judge import Answer
from crawler.limits import MEBIBYTE
from crawler.robots import Robots


class Forbidden(IgnoreRequest):
    """robots.txt, or what stands in for it, says no (see robots.Robots)."""

    def __init__(self, reason: str, robots: Robots) -> None:
        super().__init__(reason)
        self.reason = reason
        self.robots = robots


class OffLimits(IgnoreRequest):
    """A page from the web sent us to an address inside our own network."""


class Stopping(IgnoreRequest):
    """The run ends; the request was not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`answer` None: nothing went wrong with the site, the run just ended first."""

    answer: Answer | None
    what: str
    forbidden: bool = False  # by robots.txt: the request was not made
    passing: bool = False  # and another run may find it open


def trouble_of(exception: BaseException, request: Request, *, timeout: float) -> Trouble:
    """Every failure of a request ends here, as one sentence; an unknown one names its class."""
    match exception:
        case Forbidden():
            unanswered, closed = exception.robots.unanswered, exception.robots.closed is not None
            answer = Answer.NO_ANSWER if unanswered else Answer.REFUSED
            return Trouble(answer=answer, what=exception.reason, forbidden=not unanswered, passing=closed)
        case Stopping():
            return Trouble(answer=None, what="the run ended first")
        case OffLimits() | exceptions.UnsupportedURLSchemeError():
            return Trouble(answer=Answer.WRONG, what=str(exception))
        case exceptions.DownloadCancelledError() | TooLarge():
            return Trouble(answer=Answer.WRONG, what=f"larger than {_size(request)}")
        case CutShort():
            return Trouble(answer=Answer.WRONG, what=str(exception))
        case exceptions.ResponseDataLossError():
            return Trouble(answer=Answer.WRONG, what="the connection closed before the whole body came")
        case IgnoreRequest():
            return Trouble(answer=Answer.WRONG, what=_redirects(exception, request))
        case ValueError():
            return Trouble(answer=Answer.WRONG, what=f"unreadable answer: {exception}")
    return Trouble(answer=Answer.NO_ANSWER, what=f"no answer: {_no_answer(exception, timeout)}")


def _no_answer(exception: BaseException, timeout: float) -> str:
    match exception:
        case exceptions.CannotResolveHostError():
            return "DNS lookup failed"
        case exceptions.DownloadConnectionRefusedError():
            return "connection refused"
        case exceptions.DownloadTimeoutError():
            return f"not complete after {timeout:g} s"
        case exceptions.DownloadFailedError() | OSError() | twisted.ConnectError():
            return _lost(exception)
    return f"{type(exception).__name__}: {exception}"


def _lost(exception: BaseException) -> str:
    """Twisted wraps what happened to a connection in lists of failures; the words are inside."""
    inner = _causes(exception)
    for cause in inner:
        name = type(cause).__module__
        if name.startswith(("OpenSSL", "service_identity")):
            return f"TLS failed ({_tls(cause)})"
    if any(type(cause).__name__ == "ParseError" for cause in inner):
        return "it does not speak HTTP"
    return "connection reset" if inner else f"{type(exception).__name__}: {exception}"


def _tls(cause: BaseException) -> str:
    reasons = [part[-1] for part in cause.args[0]] if cause.args and isinstance(cause.args[0], list) else []
    return ", ".join(str(reason) for reason in reasons) or type(cause).__name__


def _causes(exception: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    todo: list[Any] = [exception]
    while todo:
        current = todo.pop()
        found.append(current)
        todo.extend(failure.value for failure in getattr(current, "reasons", ()))
        if current.__cause__ is not None:
            todo.append(current.__cause__)
    return found


def _redirects(exception: IgnoreRequest, request: Request) -> str:
    if "redirection" not in str(exception):
        return str(exception)
    visited = [*request.meta.get("redirect_urls", ()), request.url]
    return "redirect loop" if len(set(visited)) < len(visited) else f"more than {len(visited) - 1} redirects"


def _size(request: Request) -> str:
    limit = request.meta.get("download_maxsize", 0)
    return f"{limit / MEBIBYTE:g} MB" if limit >= MEBIBYTE else f"{limit} bytes"
