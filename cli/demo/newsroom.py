"""A newsroom on a free loopback port: a real HTTP server over an edition, with validators and 304 answers.

with serve() as newsroom:
    newsroom.sources(folder)     # three source files for the crawler
    newsroom.next_round()        # one article new, one corrected, one gone
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from cli.demo.edition import Answer, Edition, Expected, edition
from zhiwen.errors import InputError

_MISSING = Answer(body=b"not found", content_type="text/plain; charset=utf-8", status=404)


def fresh(answer: Answer, headers: Mapping[str, str]) -> bool:
    """The asker holds this answer already. If-None-Match decides alone where it is sent (RFC 9110, 13.2.2)."""
    if answer.status != 200:
        return False
    tags = headers.get("If-None-Match")
    if tags is not None:
        return answer.etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = _date(headers.get("If-Modified-Since"))
    return since is not None and answer.modified.replace(microsecond=0) <= since


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None  # an unreadable date is no condition at all
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "zhiwen-demo"
    timeout = 30  # seconds an idle connection is kept
    server: _Server

    def do_GET(self) -> None:
        answer = self.server.edition.answers.get(urlsplit(self.path).path, _MISSING)
        status = 304 if fresh(answer, dict(self.headers.items())) else answer.status
        self.server.statuses[status] += 1
        self.send_response(status)
        for name, value in _headers(answer).items():
            self.send_header(name, value)
        body = b"" if status == 304 else answer.body
        if status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the demo prints what the crawler says."""


def _headers(answer: Answer) -> dict[str, str]:
    if answer.status != 200:
        return {}
    return {"ETag": answer.etag, "Last-Modified": format_datetime(answer.modified.astimezone(UTC), usegmt=True)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    edition: Edition

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: Counter[int] = Counter()


class Newsroom:
    """The running newsroom. `expected` says how the pages of the present round should end."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.base_url = f"http://127.0.0.1:{server.server_port}"
        self._print(1)

    def _print(self, number: int) -> None:
        self.round = number
        self._server.edition = edition(number, base_url=self.base_url)

    def next_round(self) -> None:
        """From round 1 to round 2; there is no third."""
        if self.round == 2:
            raise InputError("the newsroom has printed its last edition", hint="serve() starts again at round 1")
        self._print(2)

    @property
    def expected(self) -> Expected:
        return self._server.edition.expected

    @property
    def statuses(self) -> dict[int, int]:
        """How many requests were answered with which status since the start."""
        return dict(self._server.statuses)

    def sources(self, folder: Path) -> list[Path]:
        """Write the newsroom's three source files into `folder` (made if missing); returns their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for definition in source_definitions(self.base_url):
            path = folder / f"{definition['id']}.yaml"
            path.write_text(yaml.safe_dump(definition, allow_unicode=True, sort_keys=False), encoding="utf-8")
            written.append(path)
        return written


def source_definitions(base_url: str) -> list[dict[str, Any]]:
    """The newsroom as the crawler's source files say it. No delay and quick second looks: the site is our own."""
    common = {
        "enabled": True,
        "schedule": {"every": "1h"},
        "delay": 0,
        "revisit": {"first": "0.01s", "until": "30d"},
        "note": "智闻 demo newsroom on this machine",
    }
    return [
        {
            "id": "newsroom_feed",
            "name": "智闻示例社",
            "kind": "feed",
            **common,
            "urls": [f"{base_url}/feed.xml"],
            "article_pattern": "/news/",
            "publisher": "智闻示例社",
        },
        {
            "id": "newsroom_list",
            "name": "示例镜像频道",
            "kind": "list",
            "grade": "aggregator",
            **common,
            "urls": [f"{base_url}/channel/ai/"],
            "format": "html",
            "items": "ul.list > li",
            "fields": {"url": "a::attr(href)", "title": "a", "published": "time"},
            "article_pattern": "/(mirror|private)/",
        },
        {
            "id": "newsroom_filings",
            "name": "示例披露平台",
            "kind": "list",
            "grade": "filing",
            **common,
            "urls": [f"{base_url}/filings/list.json"],
            "format": "json",
            "items": "result",
            "ok_if": "state == `1`",
            "fields": {
                "url": "document",
                "title": "title",
                "company": "company",
                "form": "form",
                "published": "published",
            },
        },
    ]


@contextmanager
def serve() -> Iterator[Newsroom]:
    """The newsroom in round 1 on a free port of 127.0.0.1; it is gone when the block ends."""
    with _Server() as server:
        newsroom = Newsroom(server)
        # The pause of shutdown(); half a second, the default, would be most of a test.
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="demo-newsroom", daemon=True)
        thread.start()
        try:
            yield newsroom
        finally:
            server.shutdown()
            thread.join()
