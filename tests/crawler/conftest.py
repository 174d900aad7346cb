"""A local site on real sockets that can misbehave in every way we know, and crawls of it in processes of their own."""

from __future__ import annotations

import base64
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.ports import CrawlReport
from crawler.report import report_from_json

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures" / "crawler"


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


# What a path does with a connection: sends what it likes, or nothing.
Behaviour = Callable[[socket.socket, Asked], None]


def answer(
    body: bytes | str = b"", *, status: int = 200, type: str = "text/html; charset=utf-8", **headers: str
) -> Behaviour:
    """A plain answer; header names are given with underscores."""
    data = body.encode() if isinstance(body, str) else body

    def behave(connection: socket.socket, asked: Asked) -> None:
        lines = {"Content-Type": type, "Content-Length": str(len(data)), "Connection": "close"}
        lines.update({name.replace("_", "-"): value for name, value in headers.items()})
        head = f"HTTP/1.1 {status} Whatever\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
        connection.sendall(head.encode("latin-1") + (b"" if status == 304 else data))

    return behave


def with_validators(body: bytes | str, *, etag: str, type: str = "text/html; charset=utf-8") -> Behaviour:
    """200 with an ETag, 304 for who holds it."""

    def behave(connection: socket.socket, asked: Asked) -> None:
        if asked.headers.get("if-none-match") == etag:
            answer(status=304, ETag=etag)(connection, asked)
        else:
            answer(body, type=type, ETag=etag)(connection, asked)

    return behave


def raw(*pieces: bytes | float) -> Behaviour:
    """Bytes as they are; a number is a pause in seconds."""

    def behave(connection: socket.socket, asked: Asked) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                connection.sendall(piece)
            else:
                time.sleep(piece)

    return behave


def reset(connection: socket.socket, asked: Asked) -> None:
    """The connection is torn down (RST), as firewalls do."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other; the last one stays."""
    left = list(behaviours)

    def behave(connection: socket.socket, asked: Asked) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(connection, asked)

    return behave


def article(text: str) -> str:
    return f"<!doctype html><html><head><title>{text}</title></head><body><h1>{text}</h1><p>{text}</p></body></html>"


@dataclass
class Site:
    """`paths` says what each path does; what was asked stands in `asked`."""

    port: int
    paths: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    open_now: int = 0
    open_most: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __setitem__(self, path: str, behaviour: Behaviour) -> None:
        self.paths[path] = behaviour

    def paths_asked(self) -> list[str]:
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def feed(self, *paths: str, **headers: str) -> bytes:
        items = "".join(f"<item><title>{path}</title><link>{self.url}{path}</link></item>" for path in paths)
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()

    def serve_feed(self, *paths: str) -> None:
        self["/feed"] = answer(self.feed(*paths), type="application/rss+xml")


def _read(connection: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ", 2)
    return Asked(method, path, headers, body, time.monotonic())


def _serve(site: Site, listener: socket.socket) -> None:
    def one(connection: socket.socket) -> None:
        site.open_now += 1
        site.open_most = max(site.open_most, site.open_now)
        with connection:
            try:
                asked = _read(connection)
                if asked is not None:
                    site.asked.append(asked)
                    missing = answer("nothing here", status=404)
                    site.paths.get(asked.path, site.paths.get(asked.path.split("?")[0], missing))(connection, asked)
            except OSError:
                pass  # the crawler hung up first, as it may
        site.open_now -= 1

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(connection,), daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site = Site(listener.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(site, listener), daemon=True)
        thread.start()
        yield site
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


FAST = {"timeout": 1.0, "robots_timeout": 0.6, "retry_wait": 0.02, "retry_wait_max": 1.0, "dns_timeout": 2.0}


class CrawlServer:
    """Starts crawls in processes of their own (crawl_server.py), one at a time."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "crawl_server.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def start(self, order: dict[str, Any]) -> int:
        """The pid of the crawl."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._answer()["pid"])

    def wait(self) -> int:
        """The exit code of the crawl."""
        return int(self._answer()["code"])

    def close(self) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def _answer(self) -> dict[str, int]:
        assert self._process.stdout is not None
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer


@pytest.fixture(scope="session")
def crawl_server() -> Iterator[CrawlServer]:
    server = CrawlServer()
    yield server
    server.close()


@dataclass
class Crawls:
    """Crawls of one source file, which share their memory like the runs of a daemon."""

    folder: Path
    server: CrawlServer
    file: str = "x"
    proxy: str | None = None
    user_agent: str = "zhiwen/0.1 (+mailto:ops@zhiwen-test.cn)"
    log: str = ""

    def of(self, file: str) -> Crawls:
        """Crawls of another source that share this memory."""
        return Crawls(self.folder, self.server, file)

    def source(self, **keys: Any) -> None:
        defaults = {"id": "x", "name": "x", "kind": "feed", "enabled": True, "schedule": {"every": "1h"}, "delay": 0}
        (self.folder / f"{self.file}.yaml").write_text(
            yaml.safe_dump({**defaults, **keys}, allow_unicode=True, sort_keys=False)
        )

    def start(self, **asked: Any) -> int:
        """Starts a crawl and returns its pid."""
        limits = {**FAST, **asked.pop("limits", {})}
        return self.server.start(
            {
                "source": str(self.folder / f"{self.file}.yaml"),
                "state": str(self.state_file),
                "to": str(self.folder / "out"),
                "asked": {"user_agent": self.user_agent, "limits": limits, **asked},
                "environment": {"http_proxy": self.proxy} if self.proxy else {},
            }
        )

    def run(self, **asked: Any) -> CrawlReport:
        self.start(**asked)
        return self.finish()

    def finish(self) -> CrawlReport:
        code = self.server.wait()
        self.log = (self.folder / "out.log").read_text(encoding="utf-8")
        assert code == 0, self.log
        return report_from_json((self.folder / "out.json").read_text(encoding="utf-8"))

    @property
    def state_file(self) -> Path:
        return self.folder / "state.json"

    @property
    def pages(self) -> list[dict[str, Any]]:
        state = json.loads(self.state_file.read_text()) if self.state_file.exists() else {"pages": []}
        return [{**page, "body": base64.b64decode(page["body"])} for page in state["pages"]]

    @property
    def visits(self) -> dict[str, dict[str, Any]]:
        state = json.loads(self.state_file.read_text()) if self.state_file.exists() else {"visits": []}
        return {visit["url"]: visit for visit in state["visits"]}


@pytest.fixture
def crawls(tmp_path: Path, crawl_server: CrawlServer) -> Crawls:
    return Crawls(tmp_path, crawl_server)


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Crawls]:
    """Crawls of another source that may run at the same time as those of `crawls`."""
    folder = tmp_path / "beside"
    folder.mkdir()
    server = CrawlServer()
    yield Crawls(folder, server)
    server.close()


@pytest.fixture
def make() -> Any:
    """The builders of answers, for tests that cannot import this file."""

    class Make:
        answer = staticmethod(answer)
        with_validators = staticmethod(with_validators)
        raw = staticmethod(raw)
        reset = staticmethod(reset)
        in_turn = staticmethod(in_turn)
        article = staticmethod(article)

        @staticmethod
        def fixture(name: str) -> bytes:
            return (FIXTURES / name).read_bytes()

        @staticmethod
        def gzipped(text: str) -> bytes:
            return gzip.compress(text.encode())

    return Make
