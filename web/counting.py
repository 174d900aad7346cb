"""The search behind the page: hits, facets and a histogram whose intervals suit the time that the articles span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.records import Count, SearchRequest, SearchResult
from web.charts import Chart, chart, readable
from web.narrowing import FACET_SIZE, FACETS, search_address
from web.ports import Services
from web.searching import at_offset
from zhiwen.errors import InputError, QueryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`histogram` may be empty: articles without dates, or dates further apart than anybody can draw."""

    result: SearchResult
    interval: str
    histogram: Sequence[Count]

    def chart(self, request: SearchRequest) -> Chart | None:
        """Bars that lead to the articles of their days."""
        start = at_offset(request, 0)

        def address(since: date, until: date) -> str:
            return search_address(replace(start, since=since, until=until))

        buckets = [date.fromisoformat(count.value) for count in self.histogram]
        counts = [count.documents for count in self.histogram]
        return chart(buckets, counts, interval=self.interval, address=address)


def counted_search(services: Services, request: SearchRequest) -> Found:
    """Raises as `Services.search` does."""
    asked = replace(request, facets=FACETS, facet_size=FACET_SIZE, histogram="month")
    try:
        result = services.search(asked)
    except QueryError:
        raise
    except InputError:
        # One article dated in the year 200 makes more months than an engine counts: the hits are worth more than the
        # bars. Whatever else is wrong is wrong without them too.
        return Found(result=services.search(replace(asked, histogram=None)), interval="month", histogram=())
    interval = readable(len(result.histogram))
    histogram = result.histogram if interval == "month" else _counts(services, request, interval)
    return Found(result=result, interval=interval, histogram=histogram)


def _counts(services: Services, request: SearchRequest, interval: str) -> Sequence[Count]:
    bare = replace(at_offset(request, 0), limit=0, sort="newest", collapse=False, highlight=False)
    return services.search(replace(bare, histogram=interval)).histogram
