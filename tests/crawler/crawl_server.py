"""Crawls in processes of their own, as the composition root runs them, with their memory in a file.

Reads one order a line: {"source": file, "state": file, "to": file, "asked": {user_agent, at, limits, urls, broken},
"environment": {…}}. Forks a process for each, after Scrapy is imported: importing it is most of a short crawl. Answers
{"pid": …} when it runs and {"code": …} when it ended; the report is in TO.json, the log in TO.log.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
import traceback
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from crawler.limits import Limits
from crawler.memory import MemoryVisits
from crawler.ports import Visit
from crawler.process import crawl
from crawler.records import RawPage
from crawler.report import report_to_json
from crawler.sources import ingest_source, load_source
from zhiwen import times

_TIMES = ("fetched_at", "first_seen_at", "next_visit_at")


class FileState:
    """A sink and a visit memory that write through to one JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken = False
        state: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"pages": [], "visits": []}
        self.pages: list[dict[str, Any]] = state["pages"]
        self.memory = MemoryVisits()
        for values in state["visits"]:
            self.memory.record(Visit(**{k: _moment(v) if k in _TIMES else v for k, v in values.items()}))
        self.get, self.due = self.memory.get, self.memory.due

    def put(self, page: RawPage) -> int:
        if self.broken:
            raise OSError("the disk is full")
        values = asdict(page)
        self.pages.append({**values, "body": base64.b64encode(page.body).decode()})
        self._write()
        return len(self.pages)

    def record(self, visit: Visit) -> None:
        self.memory.record(visit)
        self._write()

    def _write(self) -> None:
        visits = [asdict(visit) for visit in self.memory.visits.values()]
        scratch = self.path.with_suffix(".tmp")
        scratch.write_text(json.dumps({"pages": self.pages, "visits": visits}, default=str))
        scratch.replace(self.path)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def crawl_for(order: dict[str, Any]) -> None:
    asked, source_file = order["asked"], Path(order["source"])
    state = FileState(Path(order["state"]))
    state.broken = asked.get("broken", False)
    at = _moment(asked.get("at"))
    source = ingest_source(tuple(asked["urls"]), delay=0) if asked.get("urls") else load_source(source_file)
    report = crawl(
        source,
        sink=state,
        visits=state,
        user_agent=asked["user_agent"],
        config_folder=source_file.parent,
        now=(lambda: at) if at else times.now,
        limits=Limits(**asked["limits"], hosts=Path(asked["hosts"]) if "hosts" in asked else None),
    )
    Path(order["to"] + ".json").write_text(report_to_json(report), encoding="utf-8")


def child(order: dict[str, Any]) -> None:
    """Never returns: the fork must not go on with its parent's loop."""
    code = 1
    try:
        os.environ.update(order["environment"])
        os.dup2(os.open(order["to"] + ".log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY), sys.stderr.fileno())
        crawl_for(order)
        code = 0
    except BaseException:  # noqa: BLE001, whatever it is belongs into the log of this crawl
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def say(**values: int) -> None:
    print(json.dumps(values), flush=True)


def main() -> None:
    for module in ("crawler", "crawler.spiders.feed", "crawler.spiders.listing", "crawler.spiders.urls"):
        importlib.import_module(module)
    for module in ("scrapy.core.engine", "scrapy.core.scraper", "scrapy.core.scheduler", "crawler.middlewares"):
        importlib.import_module(module)
    assert "twisted.internet.reactor" not in sys.modules, "each fork needs a reactor of its own"
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork() or child(order)
        assert pid is not None
        say(pid=pid)
        say(code=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
