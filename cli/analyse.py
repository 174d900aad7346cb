"""The engine of `zhiwen analyse --jsonl`: lines in, results out, in the same order, as soon as each is known.

One process: read a line, answer it, next. More: a reader thread hands lines to a pool and the results are taken in
order; at most a few lines per worker are on the way, so memory does not grow with the input.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.settings import Loaded
    from nlp.analyse import Analyser
    from scheduler import Monitor

_LINES_PER_WORKER = 4


def stream(parts: Monitor, lines: IO[bytes], *, jobs: int) -> Iterator[dict[str, Any]]:
    """Results for request lines, in order; blank lines are passed over."""
    if jobs == 1:
        from nlp.requests import answer

        analyser = parts.analyser
        for line in _requests(lines):
            yield answer(line, analyser)
    else:
        yield from _pooled(parts, lines, jobs=jobs)


def _requests(lines: IO[bytes]) -> Iterator[str]:
    for line in lines:
        # Replacing a bad byte leaves JSON that may still parse: only that string is damaged, and visibly so.
        text = line.decode("utf-8", "replace").strip()
        if text:
            yield text


def _pooled(parts: Monitor, lines: IO[bytes], *, jobs: int) -> Iterator[dict[str, Any]]:
    import multiprocessing

    waiting: queue.Queue[Future[dict[str, Any]] | None] = queue.Queue(maxsize=jobs * _LINES_PER_WORKER)
    # spawn, not fork: this process has threads by now, and a forked child could inherit a held lock.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_build, initargs=(parts.loaded,)) as pool:

        def read() -> None:
            try:
                for line in _requests(lines):
                    waiting.put(pool.submit(_answer, line))
            finally:
                waiting.put(None)

        threading.Thread(target=read, name="requests", daemon=True).start()
        while (future := waiting.get()) is not None:
            yield future.result()


_analyser: Analyser | None = None  # of a worker process


def _build(loaded: Loaded) -> None:
    global _analyser
    from scheduler import Monitor

    _analyser = Monitor(loaded).analyser


def _answer(line: str) -> dict[str, Any]:
    from nlp.requests import answer

    assert _analyser is not None, "the pool's initializer ran"
    return answer(line, _analyser)
