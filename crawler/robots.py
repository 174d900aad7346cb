"""What an answer for robots.txt means, and what it allows.

404, 410, 200 and empty      no rules (which is not permission: terms are the operator's to check)
200 with rules               the rules
200 with HTML                closed: a challenge or a single-page application answers every address alike
everything else, no answer   closed for this run (RFC 9309: a server error is a complete disallow)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from crawler.charset import looks_like_html

# A longer file is cut, as RFC 9309 §2.5 lets parsers do.
ROBOTS_BYTES = 512 * 1024


class _Rules(Protocol):
    def can_fetch(self, url: str, user_agent: str) -> bool: ...
    def crawl_delay(self, user_agent: str) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The rules of one host. `closed` says why nothing may be fetched in this run, None where rules decide.

    `unanswered`: it is closed because the host did not answer at all.
    """

    rules: _Rules | None = None
    closed: str | None = None
    unanswered: bool = False

    def forbids(self, url: str, *, agent: str) -> str | None:
        """Why `url` may not be fetched, None where it may. `agent` is the product name, without version."""
        if self.closed is not None:
            return self.closed
        if self.rules is not None and not self.rules.can_fetch(url, agent):
            return "robots.txt forbids"
        return None

    def delay(self, *, agent: str) -> float:
        """Seconds between requests that the host asks for, 0.0 where it does not."""
        return float(self.rules.crawl_delay(agent) or 0.0) if self.rules is not None else 0.0


def read_robots(status: int, body: bytes) -> Robots:
    if status in (404, 410):
        return Robots()
    if status != 200:
        return Robots(closed=f"robots.txt answers HTTP {status}: closed for this run")
    if looks_like_html(body):
        return Robots(closed="robots.txt is an HTML page: closed for this run")
    from protego import Protego

    return Robots(rules=Protego.parse(body[:ROBOTS_BYTES].decode("utf-8-sig", "ignore")))


def no_robots(reason: str) -> Robots:
    """The host did not answer; `reason` says how."""
    return Robots(closed=f"{reason} (robots.txt)", unanswered=True)
