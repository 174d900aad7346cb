"""The real Elasticsearch as Maven Central carries it: `mvn dependency:copy` ─▶ cache, once a version and machine.

It is other people's software: fetched when a test needs it, into a folder outside git, never committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from filelock import FileLock

ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
SECONDS = 540  # about 100 MB, five seconds on a good line


class Missing(Exception):
    """This machine cannot run the server; the message says what to install."""


def cache() -> Path:
    return Path(os.environ.get("ZHIWEN_CACHE") or Path.home() / ".cache" / "zhiwen") / "elasticsearch"


def fetch(version: str) -> Path:
    """The zip of that version; from the cache where it is there. Raises Missing without Maven."""
    kept = cache() / f"elasticsearch-{version}.zip"
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            _download(version, kept)
    return kept


def _download(version: str, kept: Path) -> None:
    """Into a folder beside first: under its own name there is only ever a whole file."""
    if not (maven := shutil.which("mvn")):
        raise Missing(f"Elasticsearch {version} is not in {cache()} and there is no Maven to fetch it: install maven")
    beside = kept.with_suffix(".part")
    shutil.rmtree(beside, ignore_errors=True)  # of one that was killed: we hold the lock
    beside.mkdir()
    try:
        _copy(maven, version, beside)
        (fetched,) = beside.iterdir()
        with zipfile.ZipFile(fetched):  # its table stands at the end: half a file has none
            pass
        fetched.replace(kept)
    finally:
        shutil.rmtree(beside)


def _copy(maven: str, version: str, folder: Path) -> None:
    command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT.format(version=version)}"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={folder}"],
        cwd=folder,  # a pom.xml in the caller's folder is none of our business
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"Maven could not fetch Elasticsearch {version}: {done.stdout.strip()[-2000:]}")
