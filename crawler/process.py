"""One crawl, in the process that calls it. The composition root gives every run a child process of its own.

    source ─▶ gate (terms, contact) ─▶ spider of its kind ─▶ answers ─▶ Run ─▶ CrawlReport

Twisted's reactor cannot be started twice in a process, so `crawl` works once a process for sources on the web;
folders need no reactor. See docs/decisions/0003-scrapy-process-model.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crawler.gate import refusal
from crawler.limits import DEFAULT_LIMITS, Limits
from crawler.ports import CrawlOutcome, CrawlReport, PageSink, Problem, VisitMemory
from crawler.run import Run, WebSource
from crawler.sources import FeedSource, FolderSource, ListSource, Source, UrlSource
from zhiwen import times

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerProcess
    from twisted.internet.base import ReactorBase

    from crawler.spiders.base import SourceSpider

logger = logging.getLogger(__name__)


def crawl(
    source: Source,
    *,
    sink: PageSink,
    visits: VisitMemory,
    user_agent: str,
    config_folder: Path,
    now: Callable[[], datetime] = times.now,
    limits: Limits = DEFAULT_LIMITS,
) -> CrawlReport:
    """Crawls `source` once and says how it went; what came is in `sink` when this returns.

    `user_agent` identifies the operator, like "zhiwen/0.1 (+mailto:ops@…)". SIGTERM and SIGINT end the run early, with
    its report, within `limits.stop_grace` seconds. What goes wrong on the way is in the report; only errors of
    `sink` and `visits` outside of an answer raise.
    """
    started_at = now()
    reason = refusal(source, user_agent=user_agent)
    if reason is not None:
        return _ended(source, CrawlOutcome.REFUSED, reason, started_at=started_at, finished_at=now())
    if isinstance(source, FolderSource):
        from crawler.spiders.folder import crawl_folder

        return crawl_folder(source, sink=sink, visits=visits, now=now, folder=source.folder(config_folder))
    run = Run(source=source, sink=sink, visits=visits, now=now, limits=limits, started_at=started_at)
    _run_scrapy(run, user_agent=user_agent)
    report = run.finish()
    logger.info("%s: %s, %d pages, %d requests", source.id, report.outcome, report.pages, report.requests)
    return report


def _ended(
    source: Source, outcome: CrawlOutcome, what: str, *, started_at: datetime, finished_at: datetime
) -> CrawlReport:
    where = source.path if isinstance(source, FolderSource) else source.urls[0]
    return CrawlReport(
        source=source.id,
        started_at=started_at,
        finished_at=finished_at,
        outcome=outcome,
        problems=(Problem(url=where, what=what),),
    )


def _run_scrapy(run: Run, *, user_agent: str) -> None:
    from scrapy.crawler import AsyncCrawlerProcess

    with _quiet_start():
        process = AsyncCrawlerProcess(settings_of(run.source, run.limits, user_agent=user_agent))
    task = process.crawl(_spider_of(run.source), run=run)
    with _stopped_by_signals(process, run):
        process.start(install_signal_handlers=False)
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        logger.error("%s: the crawl failed", run.source.id, exc_info=error)
        run.errors += 1
        run.problem(run.source.urls[0], f"zhiwen failed: {type(error).__name__}: {error}")


def _spider_of(source: WebSource) -> type[SourceSpider]:
    from crawler.spiders.feed import FeedSpider
    from crawler.spiders.listing import ListingSpider
    from crawler.spiders.urls import UrlsSpider

    match source:
        case FeedSource():
            return FeedSpider
        case ListSource():
            return ListingSpider
    return UrlsSpider


@contextmanager
def _stopped_by_signals(process: AsyncCrawlerProcess, run: Run) -> Iterator[None]:
    """SIGTERM and SIGINT stop the crawl gracefully, and hard when that takes longer than `stop_grace`.

    Scrapy's own handlers wait for every request that is in flight or queued behind a delay, which can be minutes.
    """
    from crawler.spiders.base import SourceSpider

    loop = asyncio.get_event_loop()
    ending: list[asyncio.Task[None]] = []  # the loop itself holds tasks only weakly

    def stop(name: str) -> None:
        run.stop = run.stop or f"stopped before the end ({name})"
        for crawler in process.crawlers:
            if isinstance(crawler.spider, SourceSpider):
                crawler.spider.stopping.set()
        ending.append(loop.create_task(process.stop()))
        loop.call_later(run.limits.stop_grace, _stop_reactor)

    signals = (signal.SIGTERM, signal.SIGINT)
    installed = []
    for signum in signals:
        # Only the main thread may; elsewhere the caller stops us in its own way.
        with contextlib.suppress(ValueError, RuntimeError):
            loop.add_signal_handler(signum, stop, signum.name)
            installed.append(signum)
    try:
        yield
    finally:
        for signum in installed:
            if not loop.is_closed():
                loop.remove_signal_handler(signum)


def _stop_reactor() -> None:
    from twisted.internet import reactor
    from twisted.internet.error import ReactorNotRunning

    with contextlib.suppress(ReactorNotRunning):
        cast("ReactorBase", reactor).stop()


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Logs go through standard logging to wherever the process sends it; without a handler, INFO and up to stderr.

    Making a crawler process writes a page of settings and components, and sets the levels of Scrapy's loggers.
    """
    if not logging.getLogger().handlers:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
    logging.getLogger("scrapy").setLevel(logging.INFO)
    for name in ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.core.engine"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A page over the size limit is in the report; here it would be said twice.
    logging.getLogger("scrapy.core.downloader").setLevel(logging.ERROR)


def settings_of(source: WebSource, limits: Limits, *, user_agent: str) -> dict[str, Any]:
    """Scrapy's settings for one run. What is not named here is as Scrapy has it."""
    here = "crawler.middlewares"
    builtin = "scrapy.downloadermiddlewares"
    return {
        "BOT_NAME": "zhiwen",
        "USER_AGENT": user_agent,
        "ROBOTSTXT_OBEY": True,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DEFAULT_REQUEST_HEADERS": {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"},
        "HTTPERROR_ALLOW_ALL": True,  # every status is for the run to judge
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",  # in the order of the feed
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        # A source is one host or few: in turn. What a person gave by hand may be of many.
        "CONCURRENT_REQUESTS": limits.hosts_at_once if isinstance(source, UrlSource) else 1,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), f"{here}.StoppableHandler"),
        "DOWNLOAD_DELAY": source.delay,
        "DOWNLOAD_DELAY_JITTER": 0.0,  # `delay` is the least time, not the mean
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": source.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(limits.max_delay, source.delay),
        "DOWNLOAD_TIMEOUT": limits.timeout,
        "DNS_TIMEOUT": limits.dns_timeout,
        "DOWNLOAD_MAXSIZE": limits.page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": limits.redirects,
        "CLOSESPIDER_TIMEOUT": limits.run_seconds,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_VERSIONS": [],
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            f"{here}.PoliteThrottle": 0,
        },
        "DOWNLOADER_MIDDLEWARES": {
            f"{builtin}.robotstxt.RobotsTxtMiddleware": None,
            f"{builtin}.retry.RetryMiddleware": None,
            f"{builtin}.httpcompression.HttpCompressionMiddleware": None,
            f"{here}.AddressGuard": 90,
            f"{here}.RobotsTxt": 100,
            f"{here}.ConditionalGet": 450,
            f"{here}.BackoffRetry": 550,
            f"{here}.StrictDecoding": 590,
        },
    }
