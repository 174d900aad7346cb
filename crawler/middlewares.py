"""What every request passes on its way out and every answer on its way in.

    request ─▶ AddressGuard ─▶ RobotsTxt ─▶ ConditionalGet ─▶ (Scrapy: headers, proxy) ─▶
    delay of the host ─▶ StoppableHandler, the host's turn ─▶ network
    answer  ◀─ BackoffRetry ◀─ StrictDecoding ◀─ (Scrapy: redirects) ◀─ network

Each decides by a pure function next door (robots, decoding, waiting) and reads the run's state from the spider.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK

from crawler.addresses import is_private
from crawler.decoding import decode_body
from crawler.gate import product_of
from crawler.robots import Robots, no_robots, read_robots
from crawler.spiders.base import SourceSpider
from crawler.trouble import Forbidden, OffLimits, Stopping, trouble_of
from crawler.turns import turn
from crawler.waiting import pause_before_retry, retry_after_seconds

if TYPE_CHECKING:
    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler

# Answers that may be different a little later. 429 is not among them: it asks us to stop, and we do.
_RETRY_STATUSES = frozenset({408, 500, 502, 503, 504, 522, 524})
_RETRY_EXCEPTIONS = (
    exceptions.CannotResolveHostError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
    exceptions.ResponseDataLossError,
)


def _spider_of(crawler: Crawler) -> SourceSpider:
    spider = crawler.spider
    assert isinstance(spider, SourceSpider)
    return spider


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.spider = _spider_of(crawler)
        self.run = self.spider.run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> _Middleware:
        return cls(crawler)


class AddressGuard(_Middleware):
    """Keeps pages and redirects from sending us into our own network. A source that lives there itself may."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.at_home = any(is_private(url) for url in self.run.source.urls)

    def process_request(self, request: Request) -> None:
        if not self.at_home and is_private(request.url):
            raise OffLimits(f"sent to a private address ({request.url})")


class StoppableHandler(HTTP11DownloadHandler):
    """Counts what is really sent, and sends nothing more once the run is to end: here, after the host's delay, because
    a request may have waited out a minute before the answer that stopped the run came."""

    async def download_request(self, request: Request) -> Response:
        spider = _spider_of(self.crawler)
        async with self._turn(request, spider):
            if spider.stopping.is_set():
                raise Stopping("the run ends")
            spider.run.requests += 1
            return await super().download_request(request)

    def _turn(self, request: Request, spider: SourceSpider) -> AbstractAsyncContextManager[None]:
        """Other crawls may be asking the same host: they and we keep one delay together (crawler.turns)."""
        folder = spider.run.limits.hosts
        if folder is None:
            return nullcontext()
        host = request.meta["download_slot"]

        async def pause(seconds: float) -> None:
            if await spider.stops_within(seconds):
                raise Stopping("the run ends")

        return turn(folder, host, delay=self.crawler.engine.downloader.slots[host].delay, pause=pause)


class RobotsTxt(_Middleware):
    """Asks each host for its robots.txt once a run, before anything else, and keeps to it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.agent = product_of(crawler.settings["USER_AGENT"])
        self.hosts: dict[str, asyncio.Task[Robots]] = {}

    async def process_request(self, request: Request) -> None:
        if request.meta.get("is_robots"):
            return
        origin = "/".join(request.url.split("/", 3)[:3])
        if origin not in self.hosts:
            self.hosts[origin] = asyncio.ensure_future(self._ask(origin))
        robots = await self.hosts[origin]
        reason = robots.forbids(request.url, agent=self.agent)
        if reason is not None:
            raise Forbidden(reason, robots)

    async def _ask(self, origin: str) -> Robots:
        limits = self.run.limits
        meta = {"is_robots": True, "download_timeout": limits.robots_timeout, "dont_retry": True}
        request = Request(f"{origin}/robots.txt", priority=1000, meta=meta, callback=NO_CALLBACK, dont_filter=True)
        try:
            response = await self.crawler.engine.download_async(request)
        except Stopping:
            raise
        except Exception as exception:  # noqa: BLE001, whatever went wrong: without robots.txt the host is closed
            return no_robots(trouble_of(exception, request, timeout=limits.robots_timeout).what)
        robots = read_robots(response.status, response.body)
        self._slow_down(response, robots.delay(agent=self.agent))
        return robots

    def _slow_down(self, response: Response, seconds: float) -> None:
        """A Crawl-delay longer than our own delay becomes the host's least delay (see PoliteThrottle)."""
        key = response.request.meta.get("download_slot", "") if response.request else ""
        slot = self.crawler.engine.downloader.slots.get(key)
        if slot is not None and seconds > slot.delay:
            self.spider.least_delay[slot] = min(seconds, self.run.limits.max_delay)
            slot.delay = self.spider.least_delay[slot]


class PoliteThrottle(AutoThrottle):
    """AutoThrottle that never goes below a host's Crawl-delay."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        slot.delay = max(slot.delay, _spider_of(self.crawler).least_delay.get(slot, 0.0))


class ConditionalGet(_Middleware):
    """Sends the validators of the last visit, so that an unchanged page costs its site no body."""

    def process_request(self, request: Request) -> None:
        asked = request.meta.get("asked")
        if asked is None or request.method != "GET":
            return
        visit = self.run.remembered(asked)
        if visit is None or visit.sha256 is None:
            return
        if visit.etag:
            request.headers.setdefault("If-None-Match", visit.etag)
        if visit.last_modified:
            request.headers.setdefault("If-Modified-Since", visit.last_modified)


class StrictDecoding(_Middleware):
    """Takes gzip and deflate off; a body that ends early is a failure. Others (br) are not asked for: some servers
    break them (facts/sources.md §6)."""

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", "gzip, deflate")

    def process_response(self, request: Request, response: Response) -> Response:
        encodings = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if not encodings or not response.body:
            return response
        limit = request.meta.get("download_maxsize") or self.run.limits.page_bytes
        body = decode_body(response.body, encodings.split(","), limit=limit)
        del response.headers["Content-Encoding"]
        return response.replace(body=body)


class BackoffRetry(_Middleware):
    """Tries again after a wait that doubles, or after what Retry-After asks for; gives up where that is too long."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        asked = retry_after_seconds((response.headers.get("Retry-After") or b"").decode("latin-1"), now=self.run.now())
        if response.status == 429 and asked is not None:
            self.run.retry_after = asked
        if response.status not in _RETRY_STATUSES or request.meta.get("dont_retry"):
            return response
        again = await self._again(request, asked=asked)
        if again is None and asked is not None:
            self.run.retry_after = asked
        return again or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if isinstance(exception, IgnoreRequest) or not isinstance(exception, _RETRY_EXCEPTIONS):
            return None
        return None if request.meta.get("dont_retry") else await self._again(request, asked=None, cause=exception)

    async def _again(self, request: Request, *, asked: float | None, cause: Exception | None = None) -> Request | None:
        attempt = request.meta.get("attempt", 0)
        # One more try is enough for a server that takes its whole time: the run must end.
        most = min(self.run.limits.retries, 1 if isinstance(cause, exceptions.DownloadTimeoutError) else 99)
        wait = pause_before_retry(attempt, asked=asked, limits=self.run.limits)
        if attempt >= most or wait is None:
            return None
        if await self.spider.stops_within(wait):
            raise Stopping("the run ends")
        again = request.copy()
        again.meta["attempt"] = attempt + 1
        again.dont_filter = True
        return again
