"""A feed: RSS, Atom or JSON Feed."""

from __future__ import annotations

from crawler.feeds import read_feed
from crawler.items import Item, NotAList
from crawler.run import Arrived
from crawler.spiders.entry import EntrySpider


class FeedSpider(EntrySpider):
    accept = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"

    def read(self, arrived: Arrived) -> list[Item] | NotAList:
        header = arrived.headers.get("content-type", "")
        return read_feed(arrived.body, url=arrived.final_url, header=header, timezone=self.source.timezone)
