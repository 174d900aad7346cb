"""Alerts as lines of JSON in a file: the channel that needs no server. `tail -f var/alerts.jsonl` is a receiver.

An alert stands in the file once, however often it is sent: before a line is added, the ids already there are known.
Several processes may write at the same time (the daemon and `zhiwen alerts deliver`).
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock
from pydantic import Field

from alerts.channels.base import Kind, Options, Receipt, Refusal, Setup
from alerts.payload import body
from alerts.records import Alert


class FileOptions(Options):
    path: str = Field(min_length=1)


class FileChannel:
    """Remembers the ids up to `_read`, the byte after the last line it has seen, and the file it saw them in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A writer holds it for milliseconds; who cannot have it in ten seconds tries later (Timeout is an OSError).
        self._lock = FileLock(path.with_name(path.name + ".lock"), timeout=10)
        self._seen: set[str] = set()
        self._read = 0
        self._inode: int | None = None

    def send(self, alert: Alert, *, attempt: int, now: datetime) -> Receipt | Refusal:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, open(self._path, "a+b") as file:
                self._catch_up(file)
                if alert.id in self._seen:
                    return Receipt(detail="stands there already")
                self._append(file, alert)
        except OSError as error:  # full, read-only, not mounted: somebody can mend that
            return Refusal(reason=f"{self._path}: {error.strerror or error}", retryable=True)
        return Receipt(detail=str(self._path))

    def close(self) -> None:
        pass

    def _catch_up(self, file: BinaryIO) -> None:
        """Learn the ids of lines that others have written; start over in a file that was replaced or cut."""
        found = os.fstat(file.fileno())
        if found.st_ino != self._inode or found.st_size < self._read:
            self._seen, self._read, self._inode = set(), 0, found.st_ino
        file.seek(self._read)
        for line in file:
            id_ = _id(line)
            if not line.endswith(b"\n"):
                _mend(file, whole=id_ is not None, start=self._read)
            if id_:
                self._seen.add(id_)
            self._read += len(line)
        self._read = os.fstat(file.fileno()).st_size

    def _append(self, file: BinaryIO, alert: Alert) -> None:
        created = self._read == 0
        file.write(body(alert) + b"\n")
        file.flush()
        os.fsync(file.fileno())
        if created:
            _sync_folder(self._path.parent)


def _id(line: bytes) -> str | None:
    """The alert's id; None for a line that is none of ours, or only half of one."""
    try:
        data = json.loads(line)
    except ValueError:  # also half a character
        return None
    id_ = data.get("id") if isinstance(data, dict) else None
    return id_ if isinstance(id_, str) else None


def _mend(file: BinaryIO, *, whole: bool, start: int) -> None:
    """The last line has no end: a write was cut off by a crash or a full disk.

    Half a line goes: its alert was never reported as delivered, so it comes again. A whole one gets its end.
    """
    if whole:
        file.write(b"\n")
    else:
        file.truncate(start)
    file.flush()


def _sync_folder(folder: Path) -> None:
    """The name of a new file is durable only when its folder is."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _build(options: FileOptions, setup: Setup) -> FileChannel:
    return FileChannel(setup.home / options.path)  # an absolute path stays as it is


KIND = Kind(options=FileOptions, build=_build)
