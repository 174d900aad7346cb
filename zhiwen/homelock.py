"""One daemon a home: a lock that the kernel releases when its holder dies, and a note of who holds it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from zhiwen.errors import LockedError
from zhiwen.times import now


@contextmanager
def held_lock(home: Path) -> Iterator[None]:
    """One daemon a home. The kernel releases the lock when its holder dies, however it dies."""
    lock = FileLock(home / "daemon.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = holder(home)
        raise LockedError(
            f"another zhiwen already runs on {home} (pid {pid or 'unknown'})",
            pid=pid,
            hint="stop it, or give this one another folder with ZHIWEN_HOME",
        ) from error
    write_holder(home, None)
    try:
        yield
    finally:
        (home / "daemon.json").unlink(missing_ok=True)
        lock.release()


def write_holder(home: Path, address: str | None) -> None:
    """Say who holds the home: pid, address of the page, since when."""
    data = {"pid": os.getpid(), "address": address, "started_at": now().isoformat()}
    temporary = home / "daemon.json.tmp"
    temporary.write_text(json.dumps(data), encoding="utf-8")
    temporary.replace(home / "daemon.json")


def holder(home: Path) -> int | None:
    """The pid that `daemon.json` names, if it does."""
    try:
        return int(json.loads((home / "daemon.json").read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
