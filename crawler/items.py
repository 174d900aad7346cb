"""What a feed or list says about an article: where it is, and hints about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

# Hints that travel with a page; evidence for nlp, never the truth.
HINTS = ("title", "author", "publisher", "published", "company", "form")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry. `content` is its article as HTML where the feed or list carries it."""

    url: str
    hints: Mapping[str, str] = field(default_factory=dict)
    content: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAList:
    """The answer is not what the source says it should be; `what` says what came instead."""

    what: str


def plain(text: str) -> str:
    """`text` with white space folded, and without what no database takes: NUL, halves of surrogate pairs."""
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def hints_of(values: Mapping[str, str | None]) -> dict[str, str]:
    """Those of HINTS that say something."""
    folded = {name: plain(values.get(name) or "") for name in HINTS}
    return {name: text for name, text in folded.items() if text}


def published_hint(text: str, *, format: str | None, timezone: str) -> str:
    """A list's time as ISO 8601 with offset where `format` reads it, as it stands otherwise.

    format: strptime's, "unix", "unix_ms", or None for ISO. A time without offset is in `timezone`.

    >>> published_hint("07/02/2026 08:15:30", format="%m/%d/%Y %H:%M:%S", timezone="Asia/Shanghai")
    '2026-07-02T08:15:30+08:00'
    """
    moment = _moment(text.strip(), format)
    if moment is None:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).isoformat()


def _moment(text: str, format: str | None) -> datetime | None:
    try:
        match format:
            case None:
                return datetime.fromisoformat(text)
            case "unix":
                return _from_unix(float(text))
            case "unix_ms":
                return _from_unix(float(text) / 1000)
        return datetime.strptime(text, format)  # noqa: DTZ007, the caller adds the source's zone
    except (ValueError, OverflowError, OSError):
        return None


def _from_unix(seconds: float) -> datetime:
    # One site answers in seconds or milliseconds (stcn): 1e11 seconds are the year 5138.
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)


_TAG = re.compile(r"<(?:p|div|br|img|h[1-6]|ul|table|section|article|figure)\b", re.IGNORECASE)


def page_of(item: Item) -> bytes:
    """The article a feed carries, as a page of its own: UTF-8 HTML. Only what the feed said stands in it."""
    content = item.content if _TAG.search(item.content) else _paragraphs(item.content)
    title = escape(item.hints.get("title", ""))
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>\n{content}\n</article></body></html>"
    ).encode("utf-8", "replace")


def _paragraphs(text: str) -> str:
    return "\n".join(f"<p>{line.strip()}</p>" for line in text.splitlines() if line.strip())
