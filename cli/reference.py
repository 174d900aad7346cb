"""The reference pages, written from the code itself: `python -m cli.reference` rewrites docs/commands.md and docs/settings.md.

A test fails when the pages and the code say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_EXITS = """\
Data goes to stdout, messages to stderr. Exit codes: 0 done; 1 done, but something failed; 2 wrong input; 130 Ctrl-C;
141 when the reader of stdout went away before the end (`zhiwen … | head`), as with cat or grep."""
DOCS = Path(__file__).parent.parent / "docs"


def commands() -> str:
    """docs/commands.md: every command with its help."""
    import typer

    from cli.main import app

    group: Any = typer.main.get_command(app)
    parts = [
        "# Commands",
        "",
        "Written from the code by `python -m cli.reference`.",
        "",
        _EXITS,
        "",
        *_options(group, "zhiwen"),
    ]
    for words, command in _walk(group, "zhiwen"):
        help_text = (command.help or "").strip()
        parts += [f"## `{words}`", "", *help_text.splitlines(), "", *_options(command, words)]
    return "\n".join(parts).rstrip() + "\n"


def _walk(group: Any, words: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _walk(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


def _options(command: Any, words: str) -> Iterator[str]:
    rows = [
        (", ".join(f"`{spelling}`" for spelling in parameter.opts), getattr(parameter, "help", None) or "")
        for parameter in command.params
        if parameter.name != "help"
    ]
    if rows:
        yield from ("| option or argument | meaning |", "|---|---|")
        yield from (f"| {spellings} | {meaning.replace('|', '/')} |" for spellings, meaning in rows)
        yield ""


def settings() -> str:
    """docs/settings.md: every setting with its default and variable."""
    from pydantic import SecretStr

    from config.settings import leaves, variable

    parts = [
        "# Settings",
        "",
        "Written from the code by `python -m cli.reference`. `config/zhiwen.yaml` overrides the defaults, the environment",
        "overrides the file, options of the command override both; `zhiwen config` shows what is in force and why.",
        "`ZHIWEN_CONFIG` names another folder of zhiwen.yaml, sources, rules, channels and lexicon than the shipped one.",
        "",
        "| setting | variable | default | meaning |",
        "|---|---|---|---|",
    ]
    for path, field in leaves():
        default = "" if isinstance(field.default, SecretStr) else field.default
        parts.append(f"| `{path}` | `{variable(path)}` | `{default}` | {field.description} |")
    return "\n".join(parts) + "\n"


PAGES = {"commands.md": commands, "settings.md": settings}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (DOCS / name).write_text(write(), encoding="utf-8")
