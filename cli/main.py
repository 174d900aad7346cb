"""The command `zhiwen`. Data on stdout, messages on stderr; exit 0 done, 1 done but something failed, 2 wrong input.

Commands live in cli/commands, one module a verb; they import what is heavy only when they run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

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
from zhiwen.errors import InputError, SettingsError, ZhiwenError

app = typer.Typer(
    name="zhiwen",
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


def main() -> None:
    """Entry point of the console script: turns our errors into one readable line and an exit code."""
    try:
        app()
    except ZhiwenError as error:
        sys.stderr.write(f"zhiwen: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"        {error.hint}\n")
        sys.exit(2 if isinstance(error, InputError | SettingsError) else 1)
    except BrokenPipeError:
        # `zhiwen … | head` closed the pipe: not an error, and nothing more can be written there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
