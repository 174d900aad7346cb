"""Services built by hand: a few articles with everything a page can show, kept in plain dictionaries."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.records import Alert, Delivery, DeliveryState, Evidence
from index.aliases import AliasTable
from index.documents import document
from index.memory import MemoryIndex
from index.records import RiseRequest, Rises, SearchRequest, SearchResult, TrendRequest, Trends
from index.trends import rises, trends
from nlp.records import Article, Entity, Event, Figure, Line, LineLabel, Repair
from store.records import StoredArticle
from web.ports import AlertRow, SourceHealth

WHEN = datetime(2025, 12, 18, 1, 12, tzinfo=UTC)
TODAY = date(2025, 12, 24)
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"

BODY = (
    "12月17日晚，智谱在港交所网站披露聆讯后资料集，公司已通过港交所聆讯。\n"
    "收入逐年增长\n"
    "招股书显示，2024年智谱的收入为3.12亿元，复合年增长率约130%，市占率为6.6%。同期MiniMax也在推进港股上市。\n"
    "创始团队表示，GLM系列模型将继续开源，募资额预计在40亿元至50亿元之间。"
)


def make_article(**wanted: Any) -> Article:
    text: str = wanted.pop("text", BODY)
    base: dict[str, Any] = {
        "url": "https://news.example/zhipu.html",
        "canonical_url": "https://news.example/zhipu.html",
        "source": "samples",
        "title": "智谱通过港交所聆讯，招股书披露三年收入",
        "author": "林夏",
        "publisher": "海岬网",
        "published_at": WHEN,
        "published_precision": "minute",
        "published_from": "meta article:published_time",
        "fetched_at": WHEN + timedelta(hours=1),
        "language": "zh",
        "script": "Hans",
        "text": text,
        "fingerprint": "0123456789abcdef" * 4,
    }
    return Article(**{**base, **wanted})


def span(text: str, part: str) -> dict[str, Any]:
    start = text.index(part)
    return {"text": part, "start": start, "end": start + len(part)}


def understood(text: str = BODY) -> dict[str, Any]:
    """What the analysis would find in BODY, written down by hand."""
    revenue = span(text, "3.12亿元")
    raise_ = span(text, "40亿元至50亿元")
    passed = span(text, "通过港交所聆讯")
    return {
        "entities": (
            Entity(**span(text, "智谱"), type="COMPANY", canonical="智谱", found_by="gazetteer"),
            Entity(**span(text, "港交所"), type="ORG", canonical="香港联合交易所", found_by="gazetteer"),
            Entity(**span(text, "MiniMax"), type="COMPANY", canonical="MiniMax", found_by="gazetteer"),
            Entity(**span(text, "GLM"), type="PRODUCT", canonical="GLM", found_by="gazetteer"),
            Entity(**span(text, "12月17日"), type="DATE", found_by="dates"),
        ),
        "figures": (
            Figure(**revenue, kind="MONEY", value=Decimal("312000000"), unit="CNY", metric="revenue", subject="智谱",
                   period="2024"),
            Figure(**span(text, "130%"), kind="PERCENT", value=Decimal("130"), unit="percent", op="~", qualifier="约",
                   metric="cagr"),
            Figure(**span(text, "6.6%"), kind="PERCENT", value=Decimal("6.6"), unit="percent", metric="market_share",
                   subject="智谱"),
            Figure(**raise_, kind="MONEY", value=Decimal("4000000000"), value_high=Decimal("5000000000"), unit="CNY",
                   metric="ipo_raise"),
        ),
        "events": (
            Event(type="hearing_passed", company="智谱", date=date(2025, 12, 17), start=passed["start"],
                  end=passed["end"], trigger="通过港交所聆讯"),
        ),
        "keywords": ("招股书", "大模型", "聆讯"),
        "about": ("智谱",),
        "lines": (
            Line(text="免费影视|棋牌下载", clean="免费影视|棋牌下载", label=LineLabel.SPAM_KEYWORDS, reason="keywords"),
            *(Line(text=line, clean=line, label=LineLabel.SUBHEADING if line == "收入逐年增长" else LineLabel.BODY,
                   reason="prose") for line in text.split("\n")),
            Line(text="分享至", clean="分享至", label=LineLabel.CHROME, reason="share bar"),
        ),
        "repairs": (
            Repair(step="strip_pinyin_notes", before="智譜(pǔ)", after="智譜", why="the note is the reading of 譜", line=3),
        ),
    }  # fmt: skip


def make_stored(number: int, article: Article, **wanted: Any) -> StoredArticle:
    base: dict[str, Any] = {"version": 1, "seq": number, "stored_at": WHEN + timedelta(hours=2),
                            "first_stored_at": WHEN + timedelta(hours=2)}  # fmt: skip
    return StoredArticle(id=f"{number:020x}", article=article, **{**base, **wanted})


@dataclass
class FakeServices:
    """A real index in memory over what was put in; everything else is a list somebody filled."""

    kept: dict[str, list[StoredArticle]] = field(default_factory=dict)
    alerted: list[AlertRow] = field(default_factory=list)
    health: list[SourceHealth] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    grades: dict[str, str] = field(default_factory=dict)
    broken: Exception | None = None

    def put(self, *versions: StoredArticle) -> None:
        self.kept[versions[0].id] = list(versions)

    @property
    def index(self) -> MemoryIndex:
        made = MemoryIndex(aliases=AliasTable(companies={"智谱": "智谱", "智谱华章": "智谱", "MiniMax": "MiniMax"}))
        newest = [versions[-1] for versions in self.kept.values()]
        made.apply([document(each, grade=self.grades.get(each.article.source, "media")) for each in newest])
        return made

    def search(self, request: SearchRequest) -> SearchResult:
        self.asked.append(request)
        if self.broken:
            raise self.broken
        return self.index.search(request)

    def like(self, id: str, *, limit: int) -> SearchResult:
        if self.broken:
            raise self.broken
        return self.index.like(id, limit=limit)

    def trends(self, request: TrendRequest) -> Trends:
        self.asked.append(request)
        return trends(request, search=self.index.search)

    def rises(self, search: SearchRequest, *, by: str, days: int, top: int) -> Rises:
        self.asked.append((search, by, days, top))
        asked = RiseRequest(search=search, until=search.until or TODAY, by=by, days=days, top=top)
        return rises(asked, search=self.index.search)

    def figures(self, request: SearchRequest, *, limit: int) -> Mapping[str, Any]:
        self.asked.append((request, limit))
        return {"total": 1, "figures": [{"metric": "revenue", "value": Decimal("312000000")}]}

    def export(self, request: SearchRequest, *, form: str, address: str) -> Iterator[bytes]:
        found = self.search(replace(request, limit=1_000))
        return (f"{form} {address} {hit.title}\n".encode() for hit in found.hits)

    def article(self, id: str) -> StoredArticle | None:
        return self.kept[id][-1] if id in self.kept else None

    def versions(self, id: str) -> Sequence[StoredArticle]:
        return self.kept.get(id, [])

    def alerts(self, *, limit: int) -> Sequence[AlertRow]:
        return self.alerted[:limit]

    def sources(self) -> Sequence[SourceHealth]:
        return self.health

    def status(self) -> Mapping[str, Any]:
        return {"articles": len(self.kept), "since": WHEN}


@pytest.fixture
def empty() -> FakeServices:
    return FakeServices()


@pytest.fixture
def services() -> FakeServices:
    """One article with all there is and two versions, one hostile, one whose page is gone, alerts and sources."""
    made = FakeServices()
    first = make_article(**understood(), mirror=True)
    corrected = BODY.replace("3.12亿元", "3.24亿元")
    second = make_article(**understood(corrected.replace("3.24亿元", "3.12亿元")), text=BODY, mirror=True)
    second = replace(second, text=corrected, title="智谱通过港交所聆讯，招股书披露三年收入（更正）")
    later = WHEN + timedelta(days=1)
    made.put(make_stored(1, first), make_stored(1, second, version=2, seq=7, stored_at=later))
    hostile = make_article(
        title=f"智谱 {HOSTILE}", text=f"智谱 {HOSTILE}\n第二行 {HOSTILE}", url="javascript:document.title='owned'",
        canonical_url="javascript:document.title='owned'", author=HOSTILE, publisher=HOSTILE, published_from=HOSTILE,
        repairs=(Repair(step="s", before=HOSTILE, after=HOSTILE, why=HOSTILE),), keywords=(HOSTILE,), about=(HOSTILE,),
        lines=(Line(text=HOSTILE, clean=HOSTILE, label=LineLabel.CHROME, reason=HOSTILE),),
        entities=(Entity(text="智谱", start=0, end=2, type="COMPANY", canonical=HOSTILE, found_by="x"),),
    )  # fmt: skip
    made.put(make_stored(2, hostile))
    gone = make_article(
        url="file:///srv/drop/a.html", canonical_url="file:///srv/drop/a.html", title="智譜申請上市",
        text="智谱申请上市，估值约243.77亿元。", original_text="智譜申請上市，估值約243.77億元。", script="Hant",
        publisher=None, author=None, published_precision="day", published_at=datetime(2025, 12, 16, 16, tzinfo=UTC),
    )  # fmt: skip
    made.put(make_stored(3, gone, gone_at=WHEN + timedelta(days=2)))
    made.alerted = alert_rows()
    made.health = source_rows()
    return made


def alert_rows() -> list[AlertRow]:
    evidence = (
        Evidence(kind="event", text="通过港交所聆讯", sentence="公司已通过港交所聆讯。", start=22, end=29),
        Evidence(kind="company", text=HOSTILE, sentence=f"前 {HOSTILE} 后"),
    )
    alert = Alert(
        id="a1", rule="filings", article_id=f"{1:020x}", version=1, seq=1, url="https://news.example/zhipu.html",
        title="智谱通过港交所聆讯，招股书披露三年收入", source="samples", publisher="海岬网", published_at=WHEN,
        companies=("智谱",), events=("hearing_passed",), evidence=evidence, created_at=WHEN + timedelta(hours=2),
    )  # fmt: skip
    common = {"alert": alert, "next_attempt_at": WHEN + timedelta(hours=3)}
    deliveries = (
        Delivery(channel="inbox", state=DeliveryState.DELIVERED, attempts=1, delivered_at=WHEN, **common),
        Delivery(channel="hook", state=DeliveryState.PENDING, attempts=3, last_error="HTTP 500", **common),
        Delivery(channel="old", state=DeliveryState.DEAD, attempts=12, last_error=HOSTILE, **common),
    )
    return [AlertRow(alert=alert, deliveries=deliveries)]


def source_rows() -> list[SourceHealth]:
    return [
        SourceHealth(id="samples", name="示例页面", kind="folder", enabled=True, schedule="1h", outcome="ok", pages=20,
                     last_run_at=WHEN, next_run_at=WHEN + timedelta(hours=1)),
        SourceHealth(id="qbitai", name="量子位", kind="feed", enabled=True, every=timedelta(minutes=30), outcome="unreachable",
                     last_run_at=WHEN, next_run_at=WHEN + timedelta(hours=2), problem="https://feed.example/: DNS lookup failed",
                     problems=("https://feed.example/: DNS lookup failed", f"second {HOSTILE}")),
        SourceHealth(id="fresh", name="新来源", kind="list", enabled=True, schedule="0 9 * * mon-fri"),
        SourceHealth(id="hkex", name="披露易", kind="list", enabled=False, status="ack", note="Terms forbid automation."),
    ]  # fmt: skip


@pytest.fixture
def serving() -> Iterator[Callable[[Any], str]]:
    """A function that serves an ASGI app with uvicorn on a real loopback socket and returns its address."""
    import uvicorn

    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(app: Any) -> str:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline, "uvicorn did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    yield serve
    for server, thread in servers:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(name="make_article")
def make_article_fixture() -> Callable[..., Article]:
    """`make_article(text=…, subheadings=…)`: an article with lines labelled accordingly."""

    def make(*, subheadings: Sequence[str] = (), **wanted: Any) -> Article:
        lines = tuple(Line(text=line, clean=line, label=LineLabel.SUBHEADING, reason="") for line in subheadings)
        return make_article(lines=lines, **wanted)

    return make


@pytest.fixture(name="make_stored")
def make_stored_fixture() -> Callable[..., StoredArticle]:
    return make_stored
