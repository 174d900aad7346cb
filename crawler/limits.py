"""Bounds of one crawl: how much, how long, how often again. Tests and demo give smaller ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes after decompression."""

    list_bytes: int = 10 * MEBIBYTE  # the largest feed seen was 360 KB (facts/sources.md §6)
    page_bytes: int = 10 * MEBIBYTE  # a source may say more (`max_bytes`): filings run to tens of MB
    timeout: float = 30.0  # for a whole answer, body included, so that dripping servers end too
    robots_timeout: float = 10.0
    dns_timeout: float = 10.0
    retries: int = 2  # after the first attempt
    retry_wait: float = 2.0  # doubles each time, with jitter
    retry_wait_max: float = 60.0  # a site that asks for more (Retry-After) is left alone until the next run
    redirects: int = 5
    max_delay: float = 60.0  # AutoThrottle and Crawl-delay never wait longer between two requests
    hosts_at_once: int = 4  # one connection to each; for pages given by hand, a source asks one after the other
    stop_grace: float = 5.0  # from SIGTERM to the end, whatever is still in flight
    run_seconds: float = 1800.0
    refusals: int = 3  # pages in a row that answer 401, 403, 451 or a challenge: we are not wanted, stop
    problems: int = 200  # kept in the report, the rest is counted
    hosts: Path | None = None  # folder in which crawls agree whose turn it is at a host (crawler.turns); None: alone


DEFAULT_LIMITS = Limits()
