"""Channels by name, from config/channels.yaml.

    inbox: {kind: file, path: alerts.jsonl}
    ops:   {kind: webhook, url: "https://hooks.example.com/zhiwen", secret_env: ZHIWEN_WEBHOOK_SECRET}

Loading builds every channel and sends nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from alerts.channels.base import Channel, Kind, Receipt, Refusal, Setup
from zhiwen.complaints import refusal
from zhiwen.errors import SettingsError
from zhiwen.yamlfile import YamlFile, read_yaml

__all__ = ["KINDS", "Channel", "Receipt", "Refusal", "load_channels"]

# Each is a module of this package with a `KIND`; only those that are configured are imported.
KINDS = ("file", "log", "webhook")


def load_channels(path: Path, *, home: Path, environ: Mapping[str, str] | None = None) -> dict[str, Channel]:
    """The channels of a file; relative paths in it are below `home`. `environ` None: this process's environment.

    Raises SettingsError: an unknown kind or key, a value of the wrong type, a secret that is not set.
    """
    file = read_yaml(path)
    if file.data is None:
        return {}
    if not isinstance(file.data, dict):
        raise SettingsError(
            f"{file.place()}: expected names of channels with their options", hint="inbox: {kind: file, …}"
        )
    environ = os.environ if environ is None else environ
    return {
        _checked(name, file): _channel(file, Setup(name=name, home=home, environ=environ), options)
        for name, options in file.data.items()
    }


def _checked(name: object, file: YamlFile) -> str:
    if isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        return name
    where = file.place((str(name),))
    raise SettingsError(f"{where}: {name!r} is no name for a channel", hint="small letters, digits, '-' and '_'")


def _channel(file: YamlFile, setup: Setup, given: Any) -> Channel:
    what = f"channel '{setup.name}'"
    if not isinstance(given, dict) or "kind" not in given:
        raise SettingsError(f"{file.place((setup.name,))}: {what}: key 'kind' is missing", hint=_kinds())
    kind = _kind(given["kind"], f"{file.place((setup.name, 'kind'))}: {what}")
    options = {key: value for key, value in given.items() if key != "kind"}
    try:
        return kind.build(kind.options.model_validate(options), setup)
    except ValidationError as error:
        # Without values: who puts a secret where its name belongs must not find it in the log.
        raise refusal(error, what=what, file=file, model=kind.options, at=(setup.name,), values=False) from error


def _kind(name: object, where: str) -> Kind[Any]:
    if name not in KINDS:
        near = get_close_matches(str(name), KINDS, n=1)
        raise SettingsError(
            f"{where}: there is no kind of channel '{name}'", hint=f"did you mean '{near[0]}'?" if near else _kinds()
        )
    kind = import_module(f"alerts.channels.{name}").KIND
    assert isinstance(kind, Kind)
    return kind


def _kinds() -> str:
    return f"kinds: {', '.join(KINDS)}"
