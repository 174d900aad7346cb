"""One spider for each kind of source: feed, list, pages given by hand; and the drop folder, which needs no Scrapy."""
