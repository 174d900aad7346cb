"""A drop folder. No Scrapy here: there is no host to be polite to, and a look every minute must be cheap.

A file is looked into when its time or size changed, and passed on when its bytes (or its sidecar's) did.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crawler.folder import SIDECAR, Refused, files_in, read_file
from crawler.ports import CrawlOutcome, CrawlReport, PageSink, Problem, Visit, VisitMemory
from crawler.sources import FolderSource
from zhiwen.errors import InputError

_PROBLEMS_LISTED = 200


def crawl_folder(
    source: FolderSource, *, sink: PageSink, visits: VisitMemory, now: Callable[[], datetime], folder: Path
) -> CrawlReport:
    """Passes new and changed files of `folder` on. A folder that is not there is `unreachable`: it may be a mount."""
    looking = _Looking(source=source, sink=sink, visits=visits, now=now)
    started_at = now()
    try:
        files = files_in(folder, recursive=source.recursive)
    except (OSError, InputError) as error:
        files = []
        looking.problems.append(Problem(url=str(folder), what=f"no answer: {error}"))
        outcome = CrawlOutcome.UNREACHABLE
    else:
        for file in files:
            looking.look(file)
        outcome = CrawlOutcome.PARTIAL if looking.problems else CrawlOutcome.OK
    return CrawlReport(
        source=source.id,
        started_at=started_at,
        finished_at=now(),
        outcome=outcome,
        pages=looking.pages,
        skipped=dict(looking.skipped),
        problems=tuple(looking.problems[:_PROBLEMS_LISTED]),
    )


@dataclass(slots=True, kw_only=True)
class _Looking:
    source: FolderSource
    sink: PageSink
    visits: VisitMemory
    now: Callable[[], datetime]
    pages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def look(self, file: Path) -> None:
        try:
            stamp = _stamp(file)
            known = self.visits.get(file.resolve().as_uri())
            if known is not None and known.etag == stamp:
                self.skipped["unchanged"] += 1
                return
            digest = _digest(file)
        except OSError as error:  # it went, or may not be read
            self.problems.append(Problem(url=str(file), what=f"cannot be read: {error.strerror or error}"))
            return
        if known is not None and known.sha256 == digest:
            self.skipped["unchanged"] += 1
        else:
            self._pass_on(file)
        self._remember(file, known=known, stamp=stamp, digest=digest)

    def _pass_on(self, file: Path) -> None:
        for read in read_file(file, source=self.source.id, now=self.now()):
            if isinstance(read, Refused):
                self.problems.append(Problem(url=read.path, what=read.reason))
            else:
                self.sink.put(read)
                self.pages += 1

    def _remember(self, file: Path, *, known: Visit | None, stamp: str, digest: str) -> None:
        moment = self.now()
        visit = Visit(
            url=file.resolve().as_uri(),
            source=self.source.id,
            kind="list",  # an archive names many pages; and lists are not asked for one by one
            status=200,
            fetched_at=moment,
            etag=stamp,
            sha256=digest,
            first_seen_at=known.first_seen_at if known else moment,
        )
        self.visits.record(visit)


def _with_sidecar(file: Path) -> list[Path]:
    sidecar = file.with_name(file.name + SIDECAR)
    return [file, sidecar] if sidecar.is_file() else [file]


def _stamp(file: Path) -> str:
    """Time and size of the file and its sidecar: while it is the same, nobody wrote to them."""
    stats = [path.stat() for path in _with_sidecar(file)]
    return " ".join(f"{stat.st_mtime_ns}-{stat.st_size}" for stat in stats)


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    for path in _with_sidecar(file):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
