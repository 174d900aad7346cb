"""`zhiwen run` on an Elasticsearch that dies: pages and alerts go on, and the index catches up when it is back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from elasticsearch_prefix import own_prefix
from elasticsearch_server import Server

pytestmark = pytest.mark.elasticsearch


def found(address: str, query: str) -> list[str]:
    answer = httpx.get(f"{address}api/search", params={"q": query}, timeout=30)
    return [hit["id"] for hit in answer.json()["hits"]] if answer.is_success else []


def test_a_dead_server_stops_neither_articles_nor_alerts_and_is_caught_up(
    fragile_elasticsearch: Server, make_home: Any, start: Any, until: Any, page: Any
) -> None:
    with own_prefix(fragile_elasticsearch.url) as prefix:
        home = make_home(
            ZHIWEN_INDEX="elasticsearch",
            ZHIWEN_ELASTICSEARCH_URL=fragile_elasticsearch.url,
            ZHIWEN_ELASTICSEARCH_PREFIX=prefix,
        )
        page(home.drop, 1, company="寒武纪")
        daemon = start(home)
        until(lambda: found(daemon.address(), "公告"), timeout=60, what="the first hit")

        fragile_elasticsearch.kill()
        page(home.drop, 1, company="寒武纪", extra="此前所说的数字有误，现予更正。")
        page(home.drop, 2, company="智谱", extra="公司已于12月1日通过港交所聆讯。")
        until(lambda: (home.folder / "alerts.jsonl").exists(), timeout=60, what="the alert")
        until(lambda: any("the index stays behind" in line for line in daemon.said), timeout=60, what="the warning")
        status = httpx.get(f"{daemon.address()}api/status", timeout=30).json()
        assert status["articles"] == 2
        assert "does not answer" in status["index"]["error"]

        fragile_elasticsearch.start_again()
        until(lambda: len(found(daemon.address(), "公告")) == 2, timeout=60, what="both articles")
        until(lambda: found(daemon.address(), "现予更正"), timeout=60, what="the newest version")

        assert daemon.stop() == 0
        assert home.json("index", "status")["lag"] == 0
