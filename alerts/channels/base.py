"""What a channel is: it takes an alert somewhere, and says whether it arrived.

A new channel is a module beside this one with a `KIND`, and its name in `alerts.channels.KINDS`
(docs/recipes/add-a-channel.md). Retries, back-off, leases and counting are done by the caller, for all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from alerts.records import Alert
from zhiwen.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """It arrived. `detail` for the log."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """It did not arrive. `retryable` False: no later attempt can help. `retry_after`: what the receiver asked for."""

    reason: str
    retryable: bool
    retry_after: timedelta | None = None


class Channel(Protocol):
    """One configured way out. `send` is called by one thread at a time, `close` once, after the last `send`."""

    def send(self, alert: Alert, *, attempt: int, now: datetime) -> Receipt | Refusal:
        """Take the alert there. `attempt` counts from 1.

        The same alert may come again (after a crash nobody knows whether it arrived): `alert.id` is the same then.
        What can be foreseen to go wrong is a Refusal; an exception is a bug, and retried too. Must end in a minute.
        """

    def close(self) -> None: ...


class Options(BaseModel):
    """What config/channels.yaml may say about a channel of one kind. Strict: nothing is converted or ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a channel is built with beside its options: its name, the home folder, the environment (for secrets)."""

    name: str
    home: Path
    environ: Mapping[str, str]

    def secret(self, variable: str) -> str:
        """A secret from the environment. Raises SettingsError where it is not set; its value is never shown."""
        value = self.environ.get(variable, "")
        if not value:
            raise SettingsError(
                f"channel '{self.name}': the environment variable {variable} is not set",
                hint=f"export {variable}=… before starting, or take the channel out of channels.yaml",
            )
        return value


OptionsOf = TypeVar("OptionsOf", bound=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[OptionsOf]):
    """A kind of channel: what it can be told, and how it is built. `build` raises SettingsError."""

    options: type[OptionsOf]
    build: Callable[[OptionsOf, Setup], Channel]
