"""Pages in, politely: sources (YAML) ─▶ spiders ─▶ RawPage, and a report of how it went.

Decisions are pure modules (decide, revisit, robots, judge, decoding, waiting, gate); feeds, listing, folder and warc read
bytes; run remembers and counts; spiders, middlewares and process are the thin shell around Scrapy.
"""
