"""How long to wait before asking again."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from crawler.limits import Limits


def pause_before_retry(attempt: int, *, asked: float | None, limits: Limits) -> float | None:
    """Seconds before the next try after `attempt` retries; None where the site asks for more than this run can wait.

    Without a wish of the site (`asked`) the wait doubles each time, up to a third longer, so that many do not return at once.
    """
    if asked is not None:
        return asked if asked <= limits.retry_wait_max else None
    wait: float = min(limits.retry_wait * 2**attempt, limits.retry_wait_max)
    return wait * (1 + random.random() / 3)  # noqa: S311, no secret


def retry_after_seconds(value: str, *, now: datetime) -> float | None:
    """Retry-After, which is seconds or an HTTP date; None for neither.

    >>> retry_after_seconds("120", now=datetime.now(UTC))
    120.0
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), 7 * 86400.0)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - now).total_seconds(), 0.0)
