"""The log as a channel: one line an alert. For a first look; nobody is told, so nothing can fail."""

from __future__ import annotations

import logging
from datetime import datetime

from alerts.channels.base import Kind, Options, Receipt, Setup
from alerts.records import Alert

log = logging.getLogger("zhiwen.alerts")


class LogChannel:
    def __init__(self, name: str) -> None:
        self._name = name

    def send(self, alert: Alert, *, attempt: int, now: datetime) -> Receipt:
        log.warning("%s: %s: %s %s", self._name, alert.rule, alert.title, alert.url)
        return Receipt()

    def close(self) -> None:
        pass


def _build(options: Options, setup: Setup) -> LogChannel:
    return LogChannel(setup.name)


KIND = Kind(options=Options, build=_build)
