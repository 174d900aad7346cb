"""The JSON API over ASGI, and once over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from web.app import create_app
from zhiwen.errors import IndexError_, StoreError

ARTICLE = f"{1:020x}"


def ask(services: Any, path: str, *, host: str = "127.0.0.1:8765", raise_errors: bool = True) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=raise_errors)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.get(path)

    return asyncio.run(once())


def test_search_answers_in_the_shape_of_the_command_line(services: Any) -> None:
    answer = ask(services, "/api/search?q=聆讯&limit=1").json()
    hit = answer["hits"][0]

    assert list(answer) == ["total", "hits"]
    assert answer["total"] == 1
    assert list(hit) == ["id", "url", "title", "source", "published_at", "score", "companies", "events", "highlights"]
    assert hit["published_at"] == "2025-12-18T01:12:00+00:00"
    assert hit["highlights"][0] == {
        "field": "title", "passage": "智谱通过港交所聆讯，招股书披露三年收入（更正）", "spans": [[7, 9]],
    }  # fmt: skip


def test_parameters_reach_the_search(services: Any) -> None:
    ask(services, "/api/search?q=a&company=智谱&source=s&event=listed&since=2025-12-01&sort=newest&limit=3&offset=4")
    asked = services.asked[-1]

    assert (asked.query, asked.companies, asked.sources, asked.events) == ("a", ("智谱",), ("s",), ("listed",))
    assert (str(asked.since), asked.until, asked.sort, asked.limit, asked.offset) == (
        "2025-12-01",
        None,
        "newest",
        3,
        4,
    )


def test_search_counts_and_pages_as_asked(services: Any) -> None:
    counted = ask(services, "/api/search?q=智谱&limit=0&facet=event&facet=grade&facet_size=1&histogram=day").json()
    first = ask(services, "/api/search?q=智谱&limit=2&sort=newest").json()
    second = ask(services, f"/api/search?q=智谱&limit=2&sort=newest&cursor={first['cursor']}").json()

    assert (counted["total"], counted["hits"]) == (3, [])
    assert counted["facets"]["grade"] == [{"value": "media", "documents": 3}]
    assert [bucket["value"] for bucket in counted["histogram"]] == ["2025-12-17", "2025-12-18"]
    assert len({hit["id"] for hit in first["hits"] + second["hits"]}) == 3
    assert "cursor" not in second


def test_conditions_of_only_hold_together_where_names_of_a_filter_do_not(services: Any) -> None:
    def total(query: str) -> int:
        return int(ask(services, f"/api/search?{query}").json()["total"])

    assert total("company=智谱&company=MiniMax") == 1
    assert total("only=company:智谱&only=company:MiniMax") == 1
    assert total("only=company:智谱华章&only=event:listing") == 0
    assert total("only=grade:media&only=lang:zh") == 3


def test_collapse_sort_and_timezone_reach_the_search(services: Any) -> None:
    ask(services, "/api/search?q=&collapse=1&sort=figure:revenue&timezone=Europe/Berlin")
    asked = services.asked[-1]

    assert (asked.collapse, asked.sort, asked.timezone) == (True, "figure:revenue", "Europe/Berlin")


def test_articles_like_one_come_as_a_search_answers(services: Any, make_article: Any) -> None:
    copy = replace(services.kept[ARTICLE][0], id="copy", seq=9, article=make_article(url="https://other.example/"))
    services.put(copy)
    answer = ask(services, f"/api/like/{ARTICLE}?limit=1").json()

    assert [hit["id"] for hit in answer["hits"]] == ["copy"]
    assert ask(services, "/api/like/unknown").status_code == 404


def test_trends_are_counts_of_a_search(services: Any) -> None:
    answer = ask(services, "/api/trends?q=智谱&by=company&compare=智谱华章&interval=day&until=2025-12-31").json()

    assert list(answer) == ["by", "interval", "timezone", "buckets", "all", "series"]
    assert answer["buckets"] == ["2025-12-17", "2025-12-18"]
    assert answer["all"] == {"name": "", "documents": 3, "counts": [1, 2]}
    assert answer["series"] == [{"name": "智谱华章", "documents": 1, "counts": [0, 1]}]


def test_rises_are_of_the_days_up_to_until(services: Any) -> None:
    answer = ask(services, "/api/trends?q=智谱&rising=1&by=event&days=3&until=2025-12-18").json()

    assert list(answer) == ["by", "window", "history", "terms"]
    assert answer["window"] == {"since": "2025-12-16", "until": "2025-12-18", "documents": 3}
    search, *rest = services.asked[-1]
    assert (search.query, str(search.until), rest) == ("智谱", "2025-12-18", ["event", 3, 10])


def test_figures_are_what_the_services_say(services: Any) -> None:
    answer = ask(services, "/api/figures?q=metric:revenue&company=智谱&limit=3").json()
    asked, limit = services.asked[-1]

    assert answer == {"total": 1, "figures": [{"metric": "revenue", "value": 312000000}]}
    assert (asked.query, asked.companies, limit) == ("metric:revenue", ("智谱",), 3)


def test_query_that_does_not_parse_names_the_column(services: Any) -> None:
    response = ask(services, '/api/search?q=a "b')

    assert response.status_code == 400
    assert response.json() == {"error": "column 3: this quote is never closed", "hint": 'close it with "', "column": 3}


@pytest.mark.parametrize(
    "path",
    [
        *("/api/search?limit=x", "/api/search?nonsense=1", "/api/search?facet=colour", "/api/search?histogram=year"),
        *(
            "/api/search?only=colour:red",
            "/api/search?only=grade",
            "/api/search?cursor=x",
            "/api/search?collapse=maybe",
        ),
        *("/api/search?timezone=Mars", "/api/search?offset=10001", "/api/search?sort=age", "/api/search?facet_size=0"),
        *("/api/trends?by=colour", "/api/trends?interval=year", "/api/trends?top=0", "/api/trends?sort=newest"),
        "/api/trends?" + "&".join(f"compare={number}" for number in range(21)),
        *("/api/trends?rising=1&since=2025-12-01", "/api/trends?rising=1&compare=智谱", "/api/trends?rising=1&days=0"),
        *("/api/figures?limit=0", "/api/figures?sort=newest", "/api/alerts?limit=0", f"/api/like/{ARTICLE}?limit=0"),
    ],
)
def test_wrong_parameter_is_400_with_a_hint(services: Any, path: str) -> None:
    response = ask(services, path)

    assert response.status_code == 400
    assert response.json()["hint"]
    assert "column" not in response.json()


@pytest.mark.parametrize("error", [StoreError("no database", hint="migrate"), IndexError_("broken", hint="rebuild")])
def test_store_or_index_that_cannot_answer_is_503(services: Any, error: Exception) -> None:
    services.broken = error
    response = ask(services, "/api/search?q=a")

    assert response.status_code == 503
    assert response.json()["hint"] in ("migrate", "rebuild")


def test_bug_is_500_and_tells_nothing(services: Any) -> None:
    services.broken = RuntimeError("password=secret")
    response = ask(services, "/api/search?q=a", raise_errors=False)

    assert response.status_code == 500
    assert "secret" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_article_has_what_was_understood_and_its_versions(services: Any) -> None:
    answer = ask(services, f"/api/articles/{ARTICLE}").json()

    assert (answer["id"], answer["version"], answer["seq"]) == (ARTICLE, 2, 7)
    assert answer["figures"][0]["value"] == 312000000
    assert answer["figures"][2]["value"] == 6.6
    assert answer["events"][0]["date"] == "2025-12-17"
    assert answer["entities"][1]["canonical"] == "香港联合交易所"
    assert [version["version"] for version in answer["versions"]] == [1, 2]
    assert "repairs" not in answer
    assert "lines" not in answer


def test_evidence_comes_when_asked_for(services: Any) -> None:
    answer = ask(services, f"/api/articles/{ARTICLE}?evidence=1").json()

    assert answer["repairs"][0]["step"] == "strip_pinyin_notes"
    assert answer["lines"][0]["label"] == "spam_keywords"


def test_wrong_flag_is_400(services: Any) -> None:
    response = ask(services, f"/api/articles/{ARTICLE}?evidence=maybe")

    assert response.status_code == 400
    assert "evidence" in response.json()["error"]


@pytest.mark.parametrize("path", ["/api/articles/unknown", "/api/nothing"])
def test_unknown_is_404_in_json(services: Any, path: str) -> None:
    response = ask(services, path)

    assert response.status_code == 404
    assert response.json()["error"]


def test_alerts_come_with_evidence_and_deliveries(services: Any) -> None:
    row = ask(services, "/api/alerts").json()[0]

    assert row["alert"]["evidence"][0]["text"] == "通过港交所聆讯"
    assert [delivery["state"] for delivery in row["deliveries"]] == ["delivered", "pending", "dead"]


def test_sources_and_status(services: Any) -> None:
    assert [row["id"] for row in ask(services, "/api/sources").json()] == ["samples", "qbitai", "fresh", "hkex"]
    assert ask(services, "/api/status").json() == {"articles": 3, "since": "2025-12-18T01:12:00+00:00"}
    assert ask(services, "/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8765"])
@pytest.mark.parametrize("path", ["/", "/api/search?q=", "/static/zhiwen.css"])
def test_another_host_name_is_refused(services: Any, host: str, path: str) -> None:
    """A site whose name points to 127.0.0.1 must not read us through a visitor's browser (DNS rebinding)."""
    assert ask(services, path, host=host).status_code == 400


def test_localhost_is_answered(services: Any) -> None:
    assert ask(services, "/healthz", host="localhost:8765").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/alerts",
        "/sources",
        f"/articles/{ARTICLE}",
        "/nothing",
        "/api/search?q=",
        "/api/nothing",
        "/static/zhiwen.css",
    ],
)
def test_every_answer_carries_the_security_headers(services: Any, path: str) -> None:
    headers = ask(services, path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_that_loads_scripts_from_elsewhere(services: Any, path: str) -> None:
    assert ask(services, path).status_code == 404


def test_schema_lists_the_api_and_no_page(services: Any) -> None:
    paths = ask(services, "/api/openapi.json").json()["paths"]

    assert "/api/search" in paths
    assert "/" not in paths


def test_over_a_real_socket(services: Any, serving: Callable[[Any], str]) -> None:
    address = serving(create_app(services))
    with httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/api/search", params={"q": "智谱"}).json()["total"] == 3
        assert client.get("/", params={"q": "智谱"}).status_code == 200
