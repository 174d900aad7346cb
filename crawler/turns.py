"""Whose turn it is to ask a host. Crawls are processes of their own; a host shall meet them as one polite visitor.

    request ─ turn(host) ─▶ lock of the host ─▶ the rest of the delay since anyone's last request ─▶ sent ─▶ answer ─▶ next

Two files a host in one folder of the home: a lock, which the kernel frees when its holder dies, and a note of when the
host was last asked and how long that crawl waits between its requests.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

_LOOK_AGAIN = 0.05  # seconds; a lock file tells nobody when it is free


@asynccontextmanager
async def turn(
    folder: Path, host: str, *, delay: float, pause: Callable[[float], Awaitable[None]]
) -> AsyncIterator[None]:
    """Holds the turn of `host` until the block ends: no other crawl of the same `folder` asks it meanwhile.

    delay  least seconds since the last request of any crawl; the longer one of two crawls counts for both
    pause  waits so many seconds; what it raises (the run ends) gives the turn back
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"host-{quote(host, safe='')}"
    note, lock = folder / name, FileLock(folder / f"{name}.lock")
    while not _taken(lock):
        await pause(_LOOK_AGAIN)
    try:
        left = seconds_left(_read(note), delay=delay, now=time.time())
        if left > 0:
            await pause(left)
        note.write_text(f"{time.time()} {delay}", encoding="ascii")
        yield
    finally:
        lock.release()


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _read(note: Path) -> str:
    return note.read_text(encoding="ascii") if note.exists() else ""


def seconds_left(note: str, *, delay: float, now: float) -> float:
    """What is left of the delay. A note that was cut short by a crash says nothing; a clock set back costs one delay.

    >>> seconds_left("100.0 5.0", delay=1.0, now=102.0), seconds_left("100.0 5.0", delay=9.0, now=102.0)
    (3.0, 7.0)
    """
    asked, _, of_the_other = note.partition(" ")
    if not of_the_other:
        return 0.0
    least = max(delay, float(of_the_other))
    return min(max(float(asked) + least - now, 0.0), least)
