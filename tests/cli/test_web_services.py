"""The page and the API over a real home: they answer as the commands do."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import httpx
import lxml.html
import pytest

from cli.services import WebServices
from config.settings import load_settings
from crawler.records import RawPage
from scheduler import Monitor, work
from web.app import create_app
from zhiwen.times import now

SAMPLES = Path(__file__).parent.parent.parent / "config" / "samples"

Ask = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def ask(filled: Any, environment: dict[str, str]) -> Iterator[Ask]:
    with Monitor(load_settings(environ=environment)) as parts:
        app = create_app(WebServices(parts))

        async def once(path: str) -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                return await client.get(path)

        yield lambda path: asyncio.run(once(path))


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        (
            "/api/search?q=智谱&facet=event&facet=grade&histogram=week&sort=newest&limit=2",
            ["search", "智谱", "--facet", "event", "--facet", "grade", "--histogram", "week", "--sort", "newest",
             "--limit", "2"],
        ),
        ("/api/search?only=company:智谱AI&only=grade:media", ["search", "", "--only", "company:智谱AI", "--only", "grade:media"]),
        ("/api/trends?q=融资&by=event&interval=month", ["trends", "融资", "--by", "event", "--interval", "month"]),
        ("/api/trends?compare=智譜&compare=MiniMax", ["trends", "--compare", "智譜", "--compare", "MiniMax"]),
        ("/api/trends?rising=1&until=2025-12-24&days=3", ["trends", "--rising", "--until", "2025-12-24", "--days", "3"]),
        ("/api/figures?q=metric:revenue&company=智谱&limit=3",
         ["figures", "metric:revenue", "--company", "智谱", "--limit", "3"]),
    ],
)  # fmt: skip
def test_the_api_answers_as_the_command_does(ask: Ask, zhiwen: Any, path: str, arguments: list[str]) -> None:
    answer = ask(path)
    said = zhiwen(*arguments, "--json")

    assert answer.status_code == 200
    assert said.code == 0, said.err
    assert answer.json() == said.json()


@pytest.mark.parametrize(
    "path",
    ["/api/figures?q=metric:revenue OR 融资", "/api/figures?q=title:(", "/api/trends?q=(", "/api/search?q=colour:red"],
)
def test_what_cannot_be_answered_is_400_with_a_hint(ask: Ask, path: str) -> None:
    answer = ask(path)

    assert answer.status_code == 400
    assert answer.json()["hint"]


def test_page_that_goes_is_marked_in_the_hits_at_once_though_the_index_learns_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """docs/decisions/0002: no version, no sequence; the pages ask the store about each hit."""
    url, stop = "https://news.example/tech/20251218/zhipu-prospectus.html", threading.Event()
    page = RawPage(url=url, final_url=url, source="ingest", fetched_at=now(), content_type="text/html",
                   body=(SAMPLES / "zhipu-prospectus.html").read_bytes())  # fmt: skip
    with Monitor(load_settings(environ={**environment, "ZHIWEN_HOME": str(tmp_path)})) as parts:
        parts.store.spool.put(page)
        work(parts, stop=stop)
        before = hits_of(parts)
        parts.store.spool.put(replace(page, status=410, body=b"", sha256="", fetched_at=now()))
        report = work(parts, stop=stop)

        assert report.outcomes == {("dropped", "gone"): 1}
        assert report.indexed == 0
        assert ("原网页已失效" in before, "原网页已失效" in hits_of(parts)) == (False, True)


def hits_of(parts: Monitor) -> str:
    async def once() -> str:
        transport = httpx.ASGITransport(create_app(WebServices(parts)))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return (await client.get("/?q=聆讯")).text

    (hit,) = lxml.html.fromstring(asyncio.run(once())).cssselect(".hits > li")
    return str(hit.text_content())


def test_articles_like_one_are_others(ask: Ask) -> None:
    first = ask("/api/search?q=智谱 聆讯&limit=1").json()["hits"][0]
    alike = ask(f"/api/like/{first['id']}?limit=3").json()

    assert 0 < len(alike["hits"]) <= 3
    assert first["id"] not in {hit["id"] for hit in alike["hits"]}
    assert lxml.html.fromstring(ask(f"/articles/{first['id']}").text).cssselect("#alike li a")


def test_files_hold_all_results_newest_first(ask: Ask) -> None:
    hits = ask("/api/search?q=智谱&sort=newest&limit=100").json()["hits"]
    ids = [hit["id"] for hit in hits]
    table = ask("/export.csv?q=智谱&limit=1&offset=1&collapse=1")
    lines = ask("/export.jsonl?q=智谱&sort=relevance").text.splitlines()
    feed = feedparser.parse(ask("/export.rss?q=智谱").content)

    assert table.content.startswith(b"\xef\xbb\xbf")
    assert [row["id"] for row in csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline=""))] == ids
    assert len(lines) == len(ids) > 3
    assert [entry.id for entry in feed.entries] == ids
    assert feed.feed.link == "http://localhost/?q=%E6%99%BA%E8%B0%B1"


@pytest.mark.parametrize("path", ["/", "/?q=智谱&collapse=1", "/trends", "/trends?by=keyword&until=2025-12-24"])
def test_pages_stand_on_a_real_home(ask: Ask, path: str) -> None:
    document = lxml.html.fromstring(ask(path).text)

    assert document.cssselect(".chart svg a")
    assert document.cssselect(".hits > li, table.series tbody tr")
