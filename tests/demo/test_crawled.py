"""The newsroom under the real spiders and the real store: what the edition promises is what a crawl brings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.demo.newsroom import serve

# Scrapy's reactor runs once a process, so each crawl has one of its own, as in the product.
CRAWL = """
import json, sys
from pathlib import Path
from crawler.process import crawl
from crawler.sources import load_source
from store.store import open_store
from zhiwen.jsonable import jsonable

store = open_store(sys.argv[1])
source = load_source(Path(sys.argv[2]))
report = crawl(source, sink=store.spool, visits=store.visits, user_agent="zhiwen-test/1 (+mailto:test@localhost)",
               config_folder=Path(sys.argv[2]).parent)
print(json.dumps(jsonable(report)))
"""


def crawled(database: str, sources: list[Path]) -> list[dict[str, Any]]:
    reports = []
    for path in sources:
        command = [sys.executable, "-c", CRAWL, database, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        reports.append(json.loads(done.stdout))
    return reports


def total(reports: list[dict[str, Any]], field: str) -> int:
    return sum(report[field] for report in reports)


def test_crawl_of_both_rounds_brings_what_the_edition_promises(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/store.db"
    with serve() as newsroom:
        sources = newsroom.sources(tmp_path / "sources")
        first, expected = crawled(database, sources), newsroom.expected

        assert {report["outcome"] for report in first} == {"ok"}
        assert total(first, "pages") == expected.added + sum(expected.dropped.values())
        assert sum(report["skipped"].get("robots.txt forbids", 0) for report in first) == expected.robots

        newsroom.next_round()
        second, expected = crawled(database, sources), newsroom.expected

    lists_unchanged = 2  # the list of mirrors and the filings; the feed has a new entry
    assert {report["outcome"] for report in second} == {"ok"}
    assert total(second, "pages") == expected.added + expected.updated
    assert total(second, "not_modified") == expected.unchanged + lists_unchanged
    assert total(second, "gone") == expected.gone
