"""kill -9 anywhere: nothing is lost, nothing is doubled, and the sums agree."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import Any

import pytest

PAGES = 40


@pytest.mark.timeout(240)
def test_kill_9_during_ingest_loses_nothing_and_doubles_nothing(make_home: Any, page: Any) -> None:
    home = make_home(ZHIWEN_INGEST_LEASE_SECONDS="10")
    for number in range(PAGES):
        page(home.drop, number)
    command = home.command("ingest", str(home.drop))
    killed = 0
    for pause in (0.8, 2.0, 2.4, 2.8, 3.2, 3.6):
        process = subprocess.Popen(command, env=home.environment, stderr=subprocess.DEVNULL)
        time.sleep(pause)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert killed >= 3, "the kills must fall into the work, not behind it"

    summary = home.run("ingest", str(home.drop), timeout=120)
    time.sleep(11)  # leases of the dead run out
    home.run("run", "--once", timeout=120)

    spool = home.json("spool", "list", "--limit", "10000")["pages"]
    assert {row["state"] for row in spool} == {"done"}, summary.stderr
    assert {row["outcome"] for row in spool} <= {"added", "unchanged"}
    assert sum(row["outcome"] == "added" for row in spool) == PAGES
    status = home.json("index", "status")
    assert (status["documents"], status["articles"], status["lag"]) == (PAGES, PAGES, 0)
    hits = home.json("search", "公告", "--limit", "1000")["hits"]
    assert len({hit["url"] for hit in hits}) == len(hits) == PAGES


def test_alerts_fire_once_whatever_dies(make_home: Any, page: Any) -> None:
    home = make_home()
    page(home.drop, 1, company="智谱", extra="公司已于12月1日通过港交所聆讯。")
    home.run("ingest", str(home.drop))
    for _ in range(3):
        process = subprocess.Popen(home.command("alerts", "deliver"), env=home.environment, stderr=subprocess.DEVNULL)
        time.sleep(0.4)
        process.kill()
        process.wait()

    home.run("alerts", "deliver")

    lines = (home.folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    alerts = home.json("alerts", "list")
    assert len(alerts) >= 1
    assert len(lines) == len(set(lines)) == len(alerts)
