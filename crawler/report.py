"""A crawl report on its way from the child process to its parent, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from crawler.ports import CrawlOutcome, CrawlReport, Problem


def report_to_json(report: CrawlReport) -> str:
    """One line of JSON.

    >>> moment = datetime.fromisoformat("2026-07-02T08:00:00+00:00")
    >>> report = CrawlReport(source="x", started_at=moment, finished_at=moment, outcome=CrawlOutcome.OK)
    >>> report_from_json(report_to_json(report)) == report
    True
    """
    return json.dumps(asdict(report), default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a report")


def report_from_json(text: str) -> CrawlReport:
    """Raises ValueError, KeyError or TypeError for anything but the output of report_to_json."""
    values: dict[str, Any] = json.loads(text)
    return CrawlReport(
        **{
            **values,
            "started_at": datetime.fromisoformat(values["started_at"]),
            "finished_at": datetime.fromisoformat(values["finished_at"]),
            "outcome": CrawlOutcome(values["outcome"]),
            "problems": tuple(Problem(**problem) for problem in values["problems"]),
        }
    )
