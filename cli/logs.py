"""Logging of commands and of the daemon: stderr for people, a rotated file in the home for later."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Log

# Libraries whose INFO says nothing about our work; their warnings still come through.
_QUIET = ("apscheduler", "httpx", "httpcore", "uvicorn", "alembic", "jieba", "trafilatura", "filelock", "asyncio")

# Each failed request of theirs is a traceback in the log, and then one of our sentences about the same.
_SAID_BY_US = ("elastic_transport", "elasticsearch")


def start_logging(settings: Log, home: Path | None) -> None:
    """Log to stderr, and to `home`/logs/zhiwen.log where a home is given."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if home is not None:
        folder = home / "logs"
        folder.mkdir(exist_ok=True)
        handlers.append(RotatingFileHandler(folder / "zhiwen.log", maxBytes=settings.file_bytes, backupCount=5))
    logging.basicConfig(
        level=settings.level,
        handlers=handlers,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        force=True,
    )
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.level)))
    for name in _SAID_BY_US:
        logging.getLogger(name).setLevel(logging.CRITICAL)
