"""What the spiders share: asking for articles, and handing every answer to the run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response

from crawler.challenge import is_challenge
from crawler.items import plain
from crawler.judge import Answer
from crawler.listing import document_links
from crawler.run import Arrived, Run
from crawler.trouble import Trouble, trouble_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

_ACCEPT_PAGE = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8"

# Of our own code in one run. When the disk is full, asking the site for more helps nobody.
_ERRORS = 3


class SourceSpider(Spider):
    """Entry points first; when they are done, known pages whose time has come. Subclasses say what the entries are.

    `stopping` is set when the run ends early: nothing more is asked for. `least_delay`: Crawl-delay by download slot.
    """

    name = "source"

    def __init__(self, *, run: Run) -> None:
        super().__init__(name=run.source.id)
        self.run = run
        self.stopping = asyncio.Event()
        self.least_delay: dict[Any, float] = {}
        self.looked_again = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        spider: SourceSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider._on_idle, signal=signals.spider_idle)
        crawler.signals.connect(spider._on_error, signal=signals.spider_error)
        crawler.signals.connect(spider._on_closed, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        for request in self.entries():
            yield request

    def entries(self) -> Iterator[Request]:
        raise NotImplementedError

    async def stops_within(self, seconds: float) -> bool:
        """Waits; True as soon as the run is to end, False after `seconds`."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    # ── articles ────────────────────────────────────────────────────────────────────────────────────────────────

    def ask_for(self, url: str, *, hints: Mapping[str, str]) -> Iterator[Request]:
        """The request for an article; none, and a failure noted, for an address that nothing can be asked at."""
        try:
            yield self.page_request(url, hints=hints)
        except ValueError as error:
            self.run.page_failed(url, answer=Answer.WRONG, what=f"no usable address: {error}", hints=hints)

    def page_request(self, url: str, *, hints: Mapping[str, str]) -> Request:
        limits, source = self.run.limits, self.run.source
        return Request(
            url,
            callback=self.index_came if self._is_index(url) else self.page_came,
            errback=self.page_failed,
            cb_kwargs={"asked": url, "hints": hints},
            headers={"Accept": _ACCEPT_PAGE, **source.page_headers},
            meta={"asked": url, "download_maxsize": source.max_bytes or limits.page_bytes},
            # We keep our own memory of what was asked; Scrapy's filter would swallow redirect loops in silence.
            dont_filter=True,
        )

    def _is_index(self, url: str) -> bool:
        documents = self.run.source.documents
        return documents is not None and re.search(documents.index, url) is not None

    def page_came(self, response: Response, *, asked: str, hints: Mapping[str, str]) -> None:
        self.run.page_came(arrived(response, asked=asked), hints=hints)
        self.stop_if_told()

    def index_came(self, response: Response, *, asked: str, hints: Mapping[str, str]) -> Iterator[Request]:
        """A filing's index: its documents are the articles. Any other answer is judged as a page's."""
        documents, came = self.run.source.documents, arrived(response, asked=asked)
        if documents is None or came.status != 200 or is_challenge(came.body):
            self.page_came(response, asked=asked, hints=hints)
            return
        links = document_links(came.body, documents, url=came.final_url)
        if not links:
            what = "an index that links no document (documents.links)"
            self.run.page_failed(asked, answer=Answer.WRONG, what=what, hints=hints)
        for link in self.run.index_came(came, links=links, hints=hints) if links else ():
            yield from self.ask_for(link, hints=hints)

    def page_failed(self, failure: Failure) -> None:
        asked, trouble = self.asked_in_vain(failure)
        if trouble.answer is None:
            return  # stays pending: the list will be asked for it again
        if trouble.forbidden and not self._given_by_hand:
            self.run.page_forbidden(asked, reason=trouble.what, passing=trouble.passing)
            return
        hints = failure.request.cb_kwargs["hints"]  # type: ignore[attr-defined]  # Scrapy puts it there
        self.run.page_failed(asked, answer=trouble.answer, what=trouble.what, hints=hints)

    def asked_in_vain(self, failure: Failure) -> tuple[str, Trouble]:
        """The address that was asked for, and why nothing came."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        assert failure.value is not None
        return request.meta["asked"], trouble_of(failure.value, request, timeout=self.run.limits.timeout)

    @property
    def _given_by_hand(self) -> bool:
        return self.run.source.kind == "urls"

    def stop_if_told(self) -> None:
        if self.run.stop is not None:
            self.stopping.set()
            raise CloseSpider(self.run.stop)

    # ── signals ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_idle(self) -> None:
        """The entries are done: look again at known pages, once a run, and only while the source answers."""
        good = any(answer in (Answer.OK, Answer.NOT_MODIFIED) for answer in self.run.entries)
        if self.looked_again or self.stopping.is_set() or not good:
            return
        self.looked_again = True
        visits = self.run.due()
        for visit in visits:
            for request in self.ask_for(visit.url, hints=visit.hints):
                self.crawler.engine.crawl(request)
        if visits:
            raise DontCloseSpider

    def _on_error(self, failure: Failure) -> None:
        self.run.errors += 1
        if self.run.errors >= _ERRORS:
            self.run.stop = "stopped: zhiwen itself fails"
            self.stopping.set()
        self.run.problem(self.run.source.urls[0], f"zhiwen failed: {type(failure.value).__name__}: {failure.value}")

    def _on_closed(self, reason: str) -> None:
        self.stopping.set()
        if reason != "finished" and self.run.stop is None:
            late = f"it took longer than {self.run.limits.run_seconds:g} s"
            self.run.stop = f"stopped before the end ({late if reason == 'closespider_timeout' else reason})"


def arrived(response: Response, *, asked: str) -> Arrived:
    headers = {
        name.decode("latin-1").lower(): plain(b", ".join(values).decode("latin-1"))
        for name, values in response.headers.items()
    }
    return Arrived(url=asked, final_url=response.url, status=response.status, headers=headers, body=response.body)
