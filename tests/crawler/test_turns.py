"""Crawls that ask the same host at the same time, in processes of their own, on real sockets."""

from __future__ import annotations

import doctest
import os
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from crawler import turns
from crawler.ports import CrawlOutcome
from crawler.turns import seconds_left

HOST = "host-127.0.0.1"


def serve(site: Any, make: Any, *names: str) -> None:
    for name in names:
        paths = [f"/{name}/{number}" for number in range(4)]
        site[f"/{name}"] = make.answer(site.feed(*paths), type="application/rss+xml")
        for path in paths:
            site[path] = make.answer(make.article(path))


def test_two_sources_on_one_host_keep_one_delay(site: Any, crawls: Any, beside: Any, make: Any, tmp_path: Path) -> None:
    serve(site, make, "slow", "quick")
    crawls.source(urls=f"{site.url}/slow", delay=0.3)
    beside.source(urls=f"{site.url}/quick", delay=0.2)

    for each in (beside, crawls):
        each.start(hosts=str(tmp_path / "hosts"))
    outcomes = [each.finish().outcome for each in (beside, crawls)]

    times = [asked.at for asked in site.asked]
    assert outcomes == [CrawlOutcome.OK, CrawlOutcome.OK]
    assert site.open_most == 1
    assert len(times) == 12
    whose = [
        "slow" if asked.path.startswith("/slow") else "quick" for asked in site.asked if "/robots" not in asked.path
    ]
    changes = [
        later - earlier
        for (a, earlier), (b, later) in pairwise(zip(whose, times[-len(whose) :], strict=True))
        if a != b
    ]
    assert changes, "they did not run at the same time: this tests nothing"
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.18
    assert min(changes) > 0.28, "the longer delay counts for both"


def test_crawl_that_was_killed_in_its_turn_holds_up_nobody(
    site: Any, crawls: Any, beside: Any, make: Any, tmp_path: Path
) -> None:
    serve(site, make, "b")
    reached = threading.Event()

    def hang(connection: Any, asked: Any) -> None:
        reached.set()
        time.sleep(5)

    site["/a"] = hang
    crawls.source(urls=f"{site.url}/a")
    beside.source(urls=f"{site.url}/b")
    pid = crawls.start(hosts=str(tmp_path / "hosts"), limits={"timeout": 30.0})
    assert reached.wait(20)
    beside.start(hosts=str(tmp_path / "hosts"))
    time.sleep(1.0)
    waited = not any(asked.path.startswith("/b") for asked in site.asked)

    os.kill(pid, signal.SIGKILL)
    crawls.server.wait()

    assert beside.finish().pages == 4
    assert waited, "the host was asked while it was answering"


def test_crawl_that_waits_for_its_turn_can_be_stopped(site: Any, crawls: Any, tmp_path: Path) -> None:
    site.serve_feed()
    crawls.source(urls=f"{site.url}/feed")
    (tmp_path / "hosts").mkdir()
    with FileLock(tmp_path / "hosts" / f"{HOST}.lock"):
        pid = crawls.start(hosts=str(tmp_path / "hosts"))
        time.sleep(1.5)
        os.kill(pid, signal.SIGTERM)
        begun = time.monotonic()
        report = crawls.finish()

    assert time.monotonic() - begun < 4
    assert site.asked == []
    assert "SIGTERM" in report.problems[0].what


@pytest.mark.parametrize(
    ("note", "left"),
    [("", 0.0), ("100.0", 0.0), ("100.0 ", 0.0), ("100.0 5.0", 3.0), ("90.0 5.0", 0.0), ("9000.0 5.0", 5.0)],
    ids=["never asked", "cut short", "cut at the space", "two seconds ago", "long ago", "clock set back"],
)
def test_what_is_left_of_the_delay(note: str, left: float) -> None:
    assert seconds_left(note, delay=1.0, now=102.0) == left


def test_examples_in_the_module_run() -> None:
    outcome = doctest.testmod(turns)

    assert (outcome.attempted, outcome.failed) == (1, 0)
