"""What rises, as the command and the API ask it: up to today, against eight windows of history."""

from __future__ import annotations

from collections.abc import Callable

from index.counting import zone
from index.records import RiseRequest, Rises, SearchRequest, SearchResult
from index.trends import rises as all_rises
from zhiwen.times import now

WINDOWS = 8  # of history: two months beside a week


def rises(
    request: SearchRequest, *, by: str, days: int, top: int, search: Callable[[SearchRequest], SearchResult]
) -> Rises:
    """In the `days` days up to `request.until`, or today in the reader's time zone. Raises as index.trends.rises does."""
    until = request.until or now().astimezone(zone(request.timezone)).date()
    asked = RiseRequest(search=request, until=until, by=by, days=days, windows=WINDOWS, top=top)
    return all_rises(asked, search=search)
