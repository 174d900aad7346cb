"""What a command starts from: settings with the command line's word in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Loaded
    from scheduler import Monitor


# What the options before the command said, by dotted path of the setting. Set once, by cli.main.
command_line: dict[str, str] = {}


def loaded() -> Loaded:
    """Settings in force for this command. Raises SettingsError."""
    from config.settings import load_settings

    return load_settings(overrides=command_line)


def monitor() -> Monitor:
    """The parts, none of them built yet. Close it (it is a context manager)."""
    from scheduler import Monitor

    return Monitor(loaded())
