"""`zhiwen config`: every setting in force, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.context import loaded
from cli.output import emit_json, table

if TYPE_CHECKING:
    from pydantic import BaseModel


def register(app: typer.Typer) -> None:
    app.command()(config)


def config(json: Annotated[bool, typer.Option("--json", help="As JSON on stdout.")] = False) -> None:
    """Show the settings in force with their origin. Secrets print as stars.

    Example: ZHIWEN_WEB_PORT=9000 zhiwen config
    """
    from config.settings import leaves, variable

    current = loaded()
    rows = [
        {
            "setting": path,
            "value": _shown(_value(current.settings, path)),
            "origin": current.origins[path],
            "variable": variable(path),
            "meaning": field.description or "",
        }
        for path, field in leaves()
    ]
    if json:
        emit_json({"folder": str(current.folder), "home": str(current.home), "settings": rows})
        return
    table(
        ["setting", "value", "origin", "meaning"],
        [[row["setting"], str(row["value"]), row["origin"], row["meaning"]] for row in rows],
        empty="there are no settings",
    )


def _value(settings: BaseModel, path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _shown(value: Any) -> Any:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return "*****" if value.get_secret_value() else ""
    return value if isinstance(value, int | float | bool) else str(value)
