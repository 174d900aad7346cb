"""`zhiwen check`: is everything as a run needs it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhiwen.errors import ZhiwenError

if TYPE_CHECKING:
    from scheduler import Monitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `zhiwen check` looked at. level: "ok", "note" (works, but know this), "error" (must be mended)."""

    level: str
    what: str
    detail: str


def check_all(monitor: Monitor) -> list[Finding]:
    """Look at everything a run needs, without changing anything but what opening the home creates."""
    checks: dict[str, Callable[[], str]] = {
        "settings": lambda: f"{monitor.loaded.folder}, home {monitor.home}",
        "sources": lambda: f"{sum(s.enabled for s in monitor.sources)} of {len(monitor.sources)} switched on",
        "lexicon": lambda: f"{len(monitor.lexicon.entries)} names with {len(monitor.lexicon.names)} spellings",
        "channels": lambda: ", ".join(monitor.channels),
        "rules": lambda: f"{sum(rule.enabled for rule in monitor.rules)} of {len(monitor.rules)} switched on",
        "database": lambda: f"{monitor.store.articles.count()} articles, {monitor.store.spool.waiting()} pages wait",
        "index": lambda: _index_state(monitor),
    }
    findings = [_finding(what, check) for what, check in checks.items()]
    return [*findings, *_notes(monitor)]


def _finding(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(level="ok", what=what, detail=check())
    except ZhiwenError as error:
        return Finding(level="error", what=what, detail=str(error))


def _index_state(monitor: Monitor) -> str:
    status = monitor.index.status()
    lag = monitor.store.articles.latest_seq() - status.position
    return f"{status.engine}, {status.documents} documents" + (f", {lag} versions behind the store" if lag > 0 else "")


def _notes(monitor: Monitor) -> Iterator[Finding]:
    if not monitor.settings.operator.contact:
        yield Finding(
            level="note",
            what="operator.contact",
            detail="not set: sites cannot reach you, and SEC EDGAR is refused. Set it in zhiwen.yaml",
        )
    if monitor.settings.web.host not in ("127.0.0.1", "::1", "localhost"):
        yield Finding(level="note", what="web.host", detail="the page has no login and is not on loopback")
