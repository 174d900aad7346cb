"""The command `zhiwen`. Data on stdout, messages on stderr; exit 0 done, 1 done but something failed, 2 wrong input,
141 when whoever read stdout (`| head`) went away before the end: quietly, and with what a shell says of a cat or grep
that ended so (128 + SIGPIPE), because the output is not complete.

Commands live in cli/commands, one module a verb; they import what is heavy only when they run.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.commands import (
    alerts,
    analysis,
    config,
    demo,
    figures,
    index,
    ingest,
    query,
    run,
    search,
    sources,
    spool,
    store,
    trends,
)
from cli.context import command_line
from cli.output import lead_nowhere
from zhiwen.errors import InputError, SettingsError, ZhiwenError

_CLOSED_PIPE = 141


class Commands(TyperGroup):
    """Typer's group, which ends quietly where Typer itself takes a closed pipe for a failure (exit 1)."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _closed_pipe_is_an_end():  # --help is printed here
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _closed_pipe_is_an_end():
            done = super().invoke(ctx)
            # What is still buffered would fail when the interpreter ends, with words about it that nobody can stop.
            sys.stdout.flush()
            return done


@contextmanager
def _closed_pipe_is_an_end() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        if not [stream for stream in (sys.stdout, sys.stderr) if _dropped(stream.fileno())]:
            raise  # some other pipe than those to our reader
        raise typer.Exit(_CLOSED_PIPE) from error


def _dropped(descriptor: int) -> bool:
    """Whether nobody reads it any more; then it leads nowhere from now on."""
    import select

    poll = select.poll()
    poll.register(descriptor, 0)  # errors are always reported
    closed = any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
    if closed:
        lead_nowhere(descriptor)
    return closed


app = typer.Typer(
    name="zhiwen",
    cls=Commands,
    help="智闻: a news monitor for the AI industry.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    home: Annotated[Path | None, typer.Option(help="Folder of store, spool, index and logs (ZHIWEN_HOME).")] = None,
    config_folder: Annotated[
        Path | None, typer.Option("--config", help="Folder of zhiwen.yaml, sources, rules, lexicon (ZHIWEN_CONFIG).")
    ] = None,
    log_level: Annotated[str | None, typer.Option(help="DEBUG, INFO, WARNING or ERROR (ZHIWEN_LOG_LEVEL).")] = None,
) -> None:
    # Also through the environment, so that child processes of this command see the same.
    given = {"ZHIWEN_HOME": home, "ZHIWEN_CONFIG": config_folder, "ZHIWEN_LOG_LEVEL": log_level}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    named = {"home": home, "log.level": log_level}
    command_line.update({path: str(value) for path, value in named.items() if value is not None})


run.register(app)
ingest.register(app)
analysis.register(app)
search.register(app)
figures.register(app)
trends.register(app)
sources.register(app)
config.register(app)
store.register(app)
demo.register(app)
app.add_typer(query.app, name="query")
app.add_typer(alerts.app, name="alerts")
app.add_typer(spool.app, name="spool")
app.add_typer(index.app, name="index")


_QUERY = re.compile(r"-(?:[^\x00-\x7f]|[(\"]|[a-z]+:)", re.IGNORECASE)


def _refuse_queries_as_options(arguments: list[str]) -> None:
    """`zhiwen search -智谱` asks for a query, as -figure:收入 and -(a OR b) do: no option of ours begins so."""
    for argument in arguments:
        if argument == "--":
            return
        if _QUERY.match(argument):
            raise InputError(
                f"'{argument}' begins as an option does", hint=f"put -- before it: zhiwen … -- '{argument}'"
            )


def main() -> None:
    """Entry point of the console script: turns our errors into one readable line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Half a surrogate pair in a title, or a terminal without Chinese, is shown as an escape and no crash.
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_queries_as_options(sys.argv[1:])
        app()
    except ZhiwenError as error:
        sys.stderr.write(f"zhiwen: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"        {error.hint}\n")
        sys.exit(2 if isinstance(error, InputError | SettingsError) else 1)


if __name__ == "__main__":
    main()
