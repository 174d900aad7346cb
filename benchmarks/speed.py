"""Pages a second on one core: `zhiwen analyse` beside trafilatura's extract, on the same pages, in one run.

    make bench                         our own sample pages
    make bench ARGS="FOLDER --rounds 3"   the .html files of a folder

The two do not do the same work: trafilatura extracts; zhiwen also decodes, repairs, labels every line, and reads
companies, figures and events. On shared machines only the ratio within one run means something.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.settings import SHIPPED, load_settings
from crawler.records import RawPage
from scheduler import Monitor
from zhiwen.times import now


def pages_in(folder: Path) -> list[RawPage]:
    files = sorted(file for file in folder.rglob("*") if file.suffix in {".html", ".htm"})
    return [
        RawPage(
            url=f"https://example.com/{file.name}",
            final_url=f"https://example.com/{file.name}",
            source="bench",
            fetched_at=now(),
            content_type="text/html",
            body=file.read_bytes(),
        )
        for file in files
    ]


def rate(work: Callable[[RawPage], object], pages: list[RawPage], *, rounds: int) -> float:
    """Pages a second of processor time, the best of `rounds`."""
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for page in pages:
            work(page)
        best = min(best, time.process_time() - started)
    return len(pages) / best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SHIPPED / "samples")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pages = pages_in(arguments.folder)
    if not pages:
        print(f"no .html files in {arguments.folder}", file=sys.stderr)
        return 2

    from trafilatura import extract

    from nlp.restore import Restorer

    analyser = Monitor(load_settings()).analyser
    restorer = Restorer({})
    for page in pages[:3]:  # tables and models are loaded on first use: not part of a page's time
        analyser.analyse(page)
        extract(page.body)
    size = sum(len(page.body) for page in pages) / len(pages) / 1024
    print(f"{len(pages)} pages of {size:.0f} KiB on average, pages a second on one core, best of {arguments.rounds}")
    baseline = rate(lambda page: extract(page.body), pages, rounds=arguments.rounds)
    for name, work in (
        ("trafilatura extract", lambda page: extract(page.body)),
        ("zhiwen restore (decode, repair, extract, label)", restorer.restore),
        ("zhiwen analyse (all of it)", analyser.analyse),
    ):
        pages_a_second = rate(work, pages, rounds=arguments.rounds)
        print(f"{name:50} {pages_a_second:8.1f}   {pages_a_second / baseline:5.2f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
