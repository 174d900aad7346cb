"""The processes that crawl: started one a run, ended in order when whoever started them goes down."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Children:
    """The crawl processes that run now; `stop` ends them, politely first."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    @contextmanager
    def started(self, command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        with self._lock:
            if self._stopped:
                raise ChildrenStopped
            process = subprocess.Popen(command, **options)
            self._running.add(process)
        try:
            yield process
        finally:
            end_process(process, patience=5)
            if process.stdout is not None:
                process.stdout.close()
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.send_signal(signal.SIGTERM)


class ChildrenStopped(Exception):
    """No new crawl is started: the daemon is going down."""


def end_process(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """Make sure `process` has ended: SIGTERM, `patience` seconds to leave, then SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
