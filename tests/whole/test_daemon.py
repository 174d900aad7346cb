"""`zhiwen run` as people run it: one process, stopped and started, two beside each other."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import httpx
import pytest


def found(address: str, query: str) -> list[dict[str, Any]]:
    return list(httpx.get(f"{address}api/search", params={"q": query}, timeout=5).json()["hits"])


def test_what_is_dropped_becomes_a_hit_and_an_alert(make_home: Any, start: Any, until: Any, page: Any) -> None:
    home = make_home()
    page(home.drop, 1, company="智谱", extra="公司已于12月1日通过港交所聆讯。")
    daemon = start(home)

    hits = until(lambda: found(daemon.address(), "智譜 公告"), timeout=60, what="a hit")
    until(lambda: (home.folder / "alerts.jsonl").exists(), timeout=20, what="a delivered alert")

    assert [hit["source"] for hit in hits] == ["drop"]
    assert "智谱" in hits[0]["companies"]
    assert daemon.stop() == 0


def test_a_corrected_page_is_a_new_version(make_home: Any, start: Any, until: Any, page: Any) -> None:
    home = make_home()
    page(home.drop, 1)
    daemon = start(home)
    hit = until(lambda: found(daemon.address(), "公告"), timeout=60, what="a hit")[0]

    page(home.drop, 1, extra="此前所说的数字有误，现予更正。")
    until(lambda: found(daemon.address(), "现予更正"), timeout=60, what="the correction")

    article = httpx.get(f"{daemon.address()}api/articles/{hit['id']}", timeout=5).json()
    assert len(article["versions"]) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_in_the_middle_of_work(
    make_home: Any, start: Any, until: Any, page: Any, number: signal.Signals
) -> None:
    home = make_home()
    for each in range(60):
        page(home.drop, each)
    daemon = start(home)
    until(lambda: found(daemon.address(), "公告"), timeout=60, what="the first hit")

    assert daemon.stop(number) == 0

    states = {row["state"] for row in home.json("spool", "list", "--limit", "1000")["pages"]}
    assert states <= {"new", "done"}
    assert not (home.folder / "daemon.json").exists()


def test_a_second_daemon_on_a_home_is_refused_with_the_pid(make_home: Any, start: Any) -> None:
    home = make_home()
    daemon = start(home)
    daemon.address()

    refused = home.run("run", check=False)

    assert refused.returncode == 1
    assert str(daemon.process.pid) in refused.stderr
    assert "ZHIWEN_HOME" in refused.stderr
    assert daemon.process.poll() is None


def test_a_daemon_killed_hard_can_be_started_again(make_home: Any, start: Any, until: Any, page: Any) -> None:
    home = make_home(ZHIWEN_INGEST_LEASE_SECONDS="10")
    for each in range(20):
        page(home.drop, each)
    first = start(home)
    until(lambda: found(first.address(), "公告"), timeout=60, what="the first hit")
    first.process.kill()
    first.process.wait()

    second = start(home)
    hits = until(
        lambda: len(found(second.address(), "公告")) == 20 and found(second.address(), "公告"),
        timeout=60,
        what="all pages, also those that the first had in hand",
    )

    assert len({hit["url"] for hit in hits}) == 20


def test_two_homes_do_not_disturb_each_other(make_home: Callable[..., Any], start: Any, until: Any, page: Any) -> None:
    one, other = make_home("one"), make_home("other")
    page(one.drop, 1, company="智谱")
    page(other.drop, 2, company="寒武纪")

    first, second = start(one), start(other)

    until(lambda: found(first.address(), "智谱"), timeout=60, what="a hit in the first")
    until(lambda: found(second.address(), "寒武纪"), timeout=60, what="a hit in the second")
    assert found(first.address(), "寒武纪") == []
    assert found(second.address(), "智谱") == []


def test_a_taken_port_is_an_error_in_words(make_home: Any, start: Any) -> None:
    one = make_home("one")
    port = start(one).address().rsplit(":", 1)[1].strip("/")
    other = make_home("other", ZHIWEN_WEB_PORT=port)

    refused = other.run("run", check=False)

    assert refused.returncode == 2
    assert port in refused.stderr
    assert "ZHIWEN_WEB_PORT=0" in refused.stderr


def test_an_index_that_is_down_stops_neither_articles_nor_alerts(
    make_home: Any, start: Any, until: Any, page: Any
) -> None:
    home = make_home()
    page(home.drop, 1, company="智谱", extra="公司已于12月1日通过港交所聆讯。")
    home.folder.mkdir(parents=True)
    (home.folder / "index").write_text("a file where the index's folder should be", encoding="utf-8")
    daemon = start(home)

    until(lambda: (home.folder / "alerts.jsonl").exists(), timeout=60, what="the alert")
    until(lambda: any("the index stays behind" in line for line in daemon.said), timeout=20, what="the warning")
    (home.folder / "index").unlink()
    hits = until(lambda: found(daemon.address(), "公告"), timeout=60, what="the hit, once the index is back")

    assert len(hits) == 1
    assert daemon.stop() == 0
