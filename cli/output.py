"""How commands speak: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from zhiwen.errors import ZhiwenError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def emit_json(data: Any) -> None:
    """One JSON document on stdout, readable by people too."""
    write([_json(data, indent=2)])


def emit_line(data: Any) -> None:
    """One JSON line on stdout."""
    write([json_line(data)])


def json_line(data: Any) -> bytes:
    """One line of JSON in UTF-8. Half a surrogate pair, which UTF-8 has not, stays the escape that it came as."""
    return _json(data, indent=None)


def _json(data: Any, *, indent: int | None) -> bytes:
    from zhiwen.jsonable import jsonable

    text = json.dumps(jsonable(data), ensure_ascii=False, allow_nan=False, indent=indent)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write(chunks: Iterable[bytes]) -> None:
    """To stdout as the bytes they are, whatever the locale; each is there before the next is made."""
    sys.stdout.flush()
    out = sys.stdout.buffer
    for chunk in chunks:
        _put(out, chunk)


def _put(out: BinaryIO, chunk: bytes) -> None:
    try:
        out.write(chunk)
        out.flush()
    except BrokenPipeError:
        raise  # cli.main knows what it means
    except OSError as error:  # the disk is full
        lead_nowhere(out.fileno())
        raise ZhiwenError(
            f"stdout cannot be written: {error.strerror}", hint="what stands there so far is not complete"
        ) from error


def lead_nowhere(descriptor: int) -> None:
    """For what is still buffered: it would fail again when the interpreter ends, with words that nobody can stop."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def say(text: str) -> None:
    """A line for the person at the terminal."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# Columns of a table that goes into a file or a pipe, where nobody's window is the limit.
_PIPE_WIDTH = 220


def console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise  # the BrokenPipeError that rich has caught: cli.main knows what it means

    found = Ours(stderr=stderr, highlight=False)
    return found if found.is_terminal else Ours(stderr=stderr, highlight=False, width=_PIPE_WIDTH)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """Rows on stdout; `empty` says in words that there are none (on stderr, so that pipes stay clean)."""
    if not rows:
        say(empty)
        return
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))  # Text: "[" in a title is no markup
    console().print(shown)


@contextmanager
def progress(description: str, *, total: int | None = None) -> Iterator[Progress]:
    """A progress bar on stderr with one task (id 0). Silent where stderr is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    terminal = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        bar.add_task(description, total=total)
        yield bar
