"""A page that names articles: HTML, JSON or JSONP."""

from __future__ import annotations

from crawler.items import Item, NotAList
from crawler.listing import read_list
from crawler.run import Arrived
from crawler.sources import ListSource
from crawler.spiders.entry import EntrySpider


class ListingSpider(EntrySpider):
    accept = "text/html, application/json, text/javascript;q=0.9, */*;q=0.8"

    def read(self, arrived: Arrived) -> list[Item] | NotAList:
        assert isinstance(self.source, ListSource)
        header = arrived.headers.get("content-type", "")
        return read_list(arrived.body, self.source, url=arrived.final_url, header=header)
