"""Articles, alerts and ledgers to test with, and a receiver of webhooks that misbehaves on request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from alerts.memory import MemoryLedger
from alerts.ports import QueryMatch
from alerts.records import Alert, Evidence
from alerts.ruleset import EventCondition, Rule
from nlp.records import Article, Entity, Event
from store.records import StoredArticle
from zhiwen.errors import QueryError

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Webhooks obey the proxy of the environment; the receiver of these tests is on loopback."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


# ── records ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def make_article() -> Callable[..., Article]:
    """An article; `companies` are found where they first stand in the text, `events` are (type, company, trigger)."""

    def build(
        text: str = "岚图智能今日通过港交所聆讯。公司拟募资十亿港元。",
        *,
        companies: tuple[str, ...] = (),
        events: tuple[tuple[Any, ...], ...] = (),
        **fields: Any,
    ) -> Article:
        entities = tuple(
            Entity(
                text=name, start=text.index(name), end=text.index(name) + len(name), type="COMPANY", canonical=name,
                found_by="test",
            )
            for name in companies
        )  # fmt: skip
        happened = tuple(
            Event(
                type=type_, company=company, date=None, trigger=trigger, start=text.index(trigger),
                end=text.index(trigger) + len(trigger), modality=modality[0] if modality else "fact",
            )
            for type_, company, trigger, *modality in events
        )  # fmt: skip
        given: dict[str, Any] = {
            "url": "https://news.example/1", "canonical_url": "https://news.example/1", "source": "example",
            "title": "岚图智能通过聆讯", "fetched_at": NOW, "language": "zh", "text": text, "entities": entities,
            "events": happened, "fingerprint": "f",
        }  # fmt: skip
        return Article(**(given | fields))

    return build


@pytest.fixture
def make_stored(make_article: Callable[..., Article]) -> Callable[..., StoredArticle]:
    def build(seq: int = 1, *, id: str | None = None, version: int = 1, **fields: Any) -> StoredArticle:
        article = make_article(**fields)
        return StoredArticle(
            id=id or f"article{seq}", version=version, seq=seq, stored_at=NOW, first_stored_at=NOW, article=article
        )

    return build


@pytest.fixture
def make_rule() -> Callable[..., Rule]:
    def build(id: str = "rule", **fields: Any) -> Rule:
        if events := fields.get("events"):
            conditions = [each if isinstance(each, EventCondition) else EventCondition(type=each) for each in events]
            fields["events"] = tuple(conditions)
        for key in ("companies", "sources"):
            fields[key] = frozenset(fields.get(key, ()))
        if query := fields.get("query"):
            fields["matcher"] = substring(query)
        return Rule(**({"id": id, "name": id, "channels": ("inbox",)} | fields))

    return build


@pytest.fixture
def make_alert() -> Callable[..., Alert]:
    def build(number: int = 1, *, created_at: datetime = NOW, **fields: Any) -> Alert:
        evidence = Evidence(kind="event", text="通过聆讯", sentence="岚图智能通过聆讯。", start=4, end=8)
        given: dict[str, Any] = {
            "id": f"{number:032x}", "rule": "filings", "article_id": f"article{number}", "version": 1, "seq": number,
            "url": f"https://news.example/{number}", "title": f"岚图智能通过聆讯 {number}", "source": "example",
            "publisher": None, "published_at": None, "companies": ("岚图智能",), "events": ("hearing_passed",),
            "evidence": (evidence,), "created_at": created_at,
        }  # fmt: skip
        return Alert(**(given | fields))

    return build


def substring(query: str) -> Callable[[Article], QueryMatch | None]:
    """The smallest query language that keeps the contract of `QueryCompiler`: every place where the words stand."""
    if query.count("(") != query.count(")"):
        raise QueryError("a bracket is not closed", column=query.index("(") + 1, hint="close it")

    def matcher(article: Article) -> QueryMatch | None:
        fields = {"title": article.title, "text": article.text}
        spans = tuple(
            (name, at, at + len(query))
            for name, value in fields.items()
            for at in range(len(value))
            if value.startswith(query, at)
        )
        return QueryMatch(spans=spans) if spans else None

    return matcher


@pytest.fixture
def compiler() -> Callable[[str], Callable[[Article], QueryMatch | None]]:
    return substring


class Feed:
    """Stored versions in a list: `alerts.ports.ArticleFeed`."""

    def __init__(self, *versions: StoredArticle) -> None:
        self.versions = list(versions)

    def since(self, seq: int, limit: int) -> list[StoredArticle]:
        return [each for each in self.versions if each.seq > seq][:limit]


@pytest.fixture
def make_feed() -> type[Feed]:
    return Feed


# ── ledgers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """Every ledger there is; a new one joins here and passes the contract."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    from store.store import open_store

    with open_store(f"sqlite:///{tmp_path / 'zhiwen.db'}") as store:
        yield store.ledger


# ── a receiver ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Received:
    """A request as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """A webhook's receiver. Answers come from `script`, one a request; when it is empty, 200."""

    url: str
    requests: list[Received] = field(default_factory=list)
    script: list[Answer] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def keys(self) -> list[str]:
        return [request.headers["idempotency-key"] for request in self.requests]

    def answers(self, *answers: Answer) -> None:
        self.script.extend(answers)

    @staticmethod
    def status(code: int, text: str = "", **headers: str) -> Answer:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            body = text.encode()
            handler.send_response(code)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return answer

    def hangs(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test is over."""
        self.closing.wait(30)
        handler.close_connection = True

    def drips(self, handler: BaseHTTPRequestHandler) -> None:
        """A header that never ends, a byte at a time: no single read ever times out."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not self.closing.wait(0.05):
            try:
                handler.wfile.write(b"x")
            except OSError:
                break
        handler.close_connection = True

    def pours(self, handler: BaseHTTPRequestHandler) -> None:
        """An error with a body that never ends."""
        handler.send_response(500)
        handler.end_headers()
        try:
            while not self.closing.is_set():
                handler.wfile.write(b"error " * 10_000)
        except OSError:
            pass
        handler.close_connection = True

    @staticmethod
    def closes_early(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    @staticmethod
    def talks_nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        handler.close_connection = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            there.requests.append(Received(path=self.path, headers=headers, body=body))
            answer = there.script.pop(0) if there.script else there.status(200)
            answer(self)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there = Receiver(url=f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield there
    there.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Clock:
    """A clock that the test moves."""

    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()
