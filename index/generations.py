"""Folders of an index, and the pointer that names the live one.

    index/CURRENT        "g-0000000002", replaced in one step
    index/g-0000000002/  what readers read, with stamp.json: who wrote it, and how
    index/write.lock     held for a batch; index/rebuild.lock: held while the next folder is filled

A rebuild fills a new folder while readers go on with the old one, then moves the pointer. The old folder stays for
a minute, for readers that have just read the old pointer, and goes with a later batch.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from zhiwen.errors import IndexError_, LockedError

GRACE_SECONDS = 60.0  # far longer than any reader needs between reading the pointer and opening the folder
REBUILD = "run `zhiwen index rebuild`: the store fills it again"

Stamp = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """The folder of all generations. `stamp` is what a folder must say to be readable by this code."""

    folder: Path
    stamp: Stamp
    lock_timeout: float = 30.0  # seconds; a batch takes well under one

    @property
    def pointer(self) -> Path:
        return self.folder / "CURRENT"

    def signature(self) -> tuple[int, int] | None:
        """Changes whenever the pointer does; None before the first generation."""
        try:
            state = os.stat(f"{self.folder}/CURRENT")  # every query asks: a path object costs as much as the call
        except FileNotFoundError:
            return None
        return state.st_ino, state.st_mtime_ns

    def live(self) -> Path | None:
        """The live folder, None before the first."""
        try:
            name = self.pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        if not name.startswith("g-") or "/" in name:
            raise IndexError_(f"{self.pointer} names no index folder: {name[:40]!r}", hint=REBUILD)
        return self.folder / name

    def check(self, generation: Path) -> None:
        """Raises IndexError_ where this code cannot read what `generation` holds."""
        try:
            found = json.loads((generation / "stamp.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError) as error:
            raise IndexError_(f"the index in {generation} has no readable stamp.json", hint=REBUILD) from error
        if found != dict(self.stamp):
            differing = ", ".join(
                f"{key} {found.get(key)} instead of {value}"
                for key, value in self.stamp.items()
                if found.get(key) != value
            )
            raise IndexError_(f"the index in {generation} was written otherwise: {differing or found}", hint=REBUILD)

    def create(self) -> Path:
        """A new stamped folder that nobody reads yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        highest = max((int(path.name[2:]) for path in self._all()), default=0)
        generation = self.folder / f"g-{highest + 1:010d}"
        generation.mkdir()
        (generation / "stamp.json").write_text(json.dumps(dict(self.stamp)), encoding="utf-8")
        return generation

    def switch(self, generation: Path) -> None:
        """Make `generation` the live one. Call under the write lock."""
        write_whole(self.pointer, generation.name + "\n")

    def _all(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("g-*") if path.is_dir() and path.name[2:].isdecimal())

    def sweep(self) -> None:
        """Remove folders that nobody can need: not live, not being filled, and the pointer moved on a while ago."""
        live = self.live()
        others = [path for path in self._all() if path != live]
        if not others or live is None or time.time() - self.pointer.stat().st_mtime < GRACE_SECONDS:
            return
        with suppress(LockedError), self.lock("rebuild", timeout=0):
            for path in others:
                shutil.rmtree(path, ignore_errors=True)  # what is left goes next time

    @contextmanager
    def lock(self, name: str, *, timeout: float | None = None) -> Iterator[None]:
        """The lock "write" or "rebuild" of this folder, across processes and threads. Raises LockedError."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        holder = self.folder / f"{name}.pid"
        lock = FileLock(self.folder / f"{name}.lock", timeout=self.lock_timeout if timeout is None else timeout)
        try:
            lock.acquire()
        except Timeout:
            pid = _read_pid(holder)
            what = "is being rebuilt" if name == "rebuild" else "is being written"
            by = f" by process {pid}" if pid else ""
            raise LockedError(
                f"the index in {self.folder} {what}{by}", pid=pid, hint="try again when it has ended"
            ) from None
        try:
            holder.write_text(str(os.getpid()), encoding="utf-8")
            yield
        finally:
            lock.release()


def write_whole(path: Path, text: str) -> None:
    """Whole or not at all, whenever the process is killed."""
    staged = path.with_name(f"{path.name}.next")
    with staged.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(staged, path)


def _read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
