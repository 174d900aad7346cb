"""Pages a person gave by hand (`zhiwen ingest URL`): asked for whole, whatever is remembered of them."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy import Request

from crawler.spiders.base import SourceSpider
from zhiwen.urls import canonical_url


class UrlsSpider(SourceSpider):
    def entries(self) -> Iterator[Request]:
        for url in self.run.source.urls:
            if canonical_url(url) not in self.run.seen:
                self.run.expect(canonical_url(url))
                yield from self.ask_for(url, hints={})
