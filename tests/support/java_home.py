"""Which of the machine's Javas fits."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path


def java_home(at_least: int) -> Path | None:
    """The first of ES_JAVA_HOME, JAVA_HOME, /usr/lib/jvm/* (oldest first) and PATH whose major version is enough."""
    return next((home for home in _homes() if _major(home) >= at_least), None)


def _homes() -> Iterator[Path]:
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if named := os.environ.get(name):
            yield Path(named)
    yield from sorted(Path("/usr/lib/jvm").glob("*/"), key=lambda home: (_major(home), home))
    if java := shutil.which("java"):
        yield Path(java).resolve().parents[1]


def _major(home: Path) -> int:
    """0 where there is no Java. Each one since 8 carries a `release` file, so none needs to be started to be asked."""
    release = home / "release"
    if not (home / "bin" / "java").exists() or not release.exists():
        return 0
    said = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(encoding="utf-8"), re.MULTILINE)
    return int(said[1]) if said else 0
