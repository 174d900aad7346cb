"""An HTTP proxy between client and server, on a real socket, that does to requests what a test says.

    with FaultyProxy(server.url) as proxy, proxy.doing(busy): …

A fault is given the request and `forward`, which asks the server behind; what it returns is answered. It may answer
without asking, change the answer, wait, or hang up.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def is_bulk(self) -> bool:
        """Of documents, not of what the engine remembers beside them."""
        return self.path.split("?")[0].endswith("_bulk") and b"-articles" in self.body[:300] + self.path.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"


class HangUp(Exception):
    """Raised by a fault: close the connection without an answer."""


Forward = Callable[[Request], Answer]
Fault = Callable[[Request, Forward], Answer]


def none(request: Request, forward: Forward) -> Answer:
    return forward(request)


class FaultyProxy:
    def __init__(self, server_url: str) -> None:
        self._server = urlsplit(server_url).netloc
        self._fault: Fault = none
        self.requests: list[Request] = []
        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._listener.daemon_threads = True
        self._listener.block_on_close = False  # one that waits for a paused server must not hold up the end
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_port}"

    def __enter__(self) -> FaultyProxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    @contextmanager
    def doing(self, fault: Fault) -> Iterator[None]:
        before, self._fault = self._fault, fault
        try:
            yield
        finally:
            self._fault = before

    def forward(self, request: Request) -> Answer:
        connection = http.client.HTTPConnection(self._server, timeout=30)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            answer = connection.getresponse()
            content_type = answer.headers.get("Content-Type", "application/json")
            return Answer(status=answer.status, body=answer.read(), content_type=content_type)
        except OSError as error:
            raise HangUp from error
        finally:
            connection.close()

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self._fault(request, self.forward)

    def _handler(proxy) -> type[BaseHTTPRequestHandler]:  # `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # connections are kept, as by a real balancer
            wbufsize = -1  # head and body in one packet: two wait for each other's acknowledgement, 40 ms each time
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP}
                request = Request(method=self.command, path=self.path, body=self.rfile.read(length), headers=headers)
                try:
                    answer = proxy._answer(request)
                    self._say(answer)
                except (HangUp, OSError):
                    self.close_connection = True

            def _say(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve

            def log_message(self, *_: Any) -> None:
                """Tests print nothing."""

        return Handler


_HOP_BY_HOP = ("host", "content-length", "connection", "accept-encoding")
