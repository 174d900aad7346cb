"""One crawl in a process of its own, as the composition root runs it, with its memory in a file.

    python crawl_once.py SOURCE.yaml STATE.json < {"user_agent": …, "at": …, "limits": {…}, "urls": […], "broken": …}

prints the report as JSON; pages and visits are added to STATE.json.
"""

from __future__ import annotations

import base64
import json
import sys
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


def main() -> None:
    source_file, state_file = Path(sys.argv[1]), Path(sys.argv[2])
    asked = json.load(sys.stdin)
    state = FileState(state_file)
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
        limits=Limits(**asked["limits"]),
    )
    print(report_to_json(report))


main()
