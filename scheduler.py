"""The composition root: joins the stages and runs them. It is the only module that knows them all.

    Source (YAML) ─ crawl ─▶ RawPage ─ spool ─ analyse ─▶ Article | Dropped ─ finish ─▶ store ─ catch_up ─▶ index
                                                                                          └─ match_new ─▶ ledger ─ deliver_due ─▶ channel

    zhiwen run
      ├─ APScheduler   `crawl:<source>` on its interval or cron, each run in a child process; deliveries every few seconds
      ├─ main thread   the ingest loop: `work` until nothing waits, then a short pause
      ├─ index         follows the store on a thread of its own: a slow or dead server holds up nothing else
      └─ web           search page and JSON API on a thread of their own

Every stage may die and come back: pages wait in the spool, the index follows the store by sequence, alerts follow it
by the ledger's position, deliveries wait in the ledger. Nothing is handed on in memory only.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.children import Children, ChildrenStopped
from zhiwen.errors import IndexError_, InputError, LockedError, StoreError
from zhiwen.homelock import held_lock, write_holder
from zhiwen.times import now

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler
    from fastapi import FastAPI

    from alerts.channels import Channel
    from alerts.match import MatchReport, RuleProblem
    from alerts.ports import CompiledQuery
    from alerts.rules import RuleSet
    from config.settings import Loaded
    from crawler.limits import Limits
    from crawler.ports import CrawlReport, PageSink
    from crawler.sources import Source
    from index.aliases import AliasResolver
    from index.elastic.client import Server
    from index.matching import Subjects
    from index.records import SearchIndex, SearchRequest, SearchResult
    from nlp.analyse import Analyser
    from nlp.lexicon import Lexicon
    from nlp.records import Article
    from store.records import Finished, SpoolEntry
    from store.store import Store

log = logging.getLogger("zhiwen.scheduler")


class Monitor:
    """The parts of one home, each built on first use: a command pays only for what it needs."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.settings = loaded.settings

    def __enter__(self) -> Monitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; parts never used were never built."""
        for name in ("index", "store"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    @cached_property
    def home(self) -> Path:
        home = self.loaded.home
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"ZHIWEN_HOME: {home} cannot be created: {error}", hint="name another folder") from error
        return home

    @cached_property
    def store(self) -> Store:
        from store.store import open_store

        _ = self.home
        return open_store(self.loaded.database_url)

    @cached_property
    def index(self) -> SearchIndex:
        from index.open import open_index

        server = self._elasticsearch() if self.settings.index == "elasticsearch" else None
        return open_index(self.settings.index, self.home / "index", aliases=self.aliases, server=server)

    def _elasticsearch(self) -> Server:
        from index.elastic.client import Server

        given = self.settings.elasticsearch
        return Server(
            urls=tuple(url.strip() for url in given.url.get_secret_value().split(",") if url.strip()),
            prefix=given.prefix,
            api_key=given.api_key.get_secret_value() or None,
            user=given.user or None,
            password=given.password.get_secret_value() or None,
            ca_file=Path(given.ca_file).expanduser() if given.ca_file else None,
            fingerprint=given.fingerprint or None,
            timeout=given.timeout_seconds,
            shards=given.shards,
        )

    @cached_property
    def aliases(self) -> AliasResolver:
        """Names as queries may spell them: `company:智譜AI` means 智谱, `event:通过聆讯` means hearing_passed.

        The lexicon takes longer to read than most questions to answer: it is read when one needs it.
        """
        from index.aliases import AliasTable
        from web.labels import EVENTS, GRADES, LANGUAGES

        return AliasTable(
            companies=lambda: self._canonical("COMPANY", "INVESTOR"),
            people=lambda: self._canonical("PERSON"),
            events={label: code for code, label in EVENTS.items()},
            metrics=_metric_words,
            languages={label: code for code, label in LANGUAGES.items()},
            grades={label: code for code, label in GRADES.items()},
        )

    def _canonical(self, *types: str) -> dict[str, str]:
        """The lexicon's names of entries of these types, each with the entry's own."""
        names = self.lexicon.names.values()
        return {name.text: name.entry.name for name in names if name.entry.type in types}

    @cached_property
    def grades(self) -> dict[str, str]:
        """How close each source stands to what it reports, by its id."""
        return {source.id: source.grade for source in self.sources}

    @cached_property
    def lexicon(self) -> Lexicon:
        from nlp.lexicon import load_lexicon

        return load_lexicon(self.loaded.folder / "lexicon")

    @cached_property
    def analyser(self) -> Analyser:
        from nlp.analyse import Analyser
        from nlp.restore import Restorer
        from nlp.stages import Overrides
        from nlp.understand import Understander

        overrides = {source.id: Overrides(**source.overrides) for source in self.sources}
        return Analyser(restorer=Restorer(overrides), understander=Understander(self.lexicon))

    @cached_property
    def sources(self) -> Sequence[Source]:
        from crawler.sources import load_sources

        return load_sources(self.loaded.folder / "sources")

    def source(self, id_: str) -> Source:
        """The source of that id; raises InputError naming those there are."""
        for source in self.sources:
            if source.id == id_:
                return source
        raise InputError(f"there is no source '{id_}'", hint=f"sources: {', '.join(s.id for s in self.sources)}")

    @cached_property
    def channels(self) -> dict[str, Channel]:
        from alerts.channels import load_channels

        return load_channels(self.loaded.folder / "channels.yaml", home=self.home)

    @cached_property
    def rules(self) -> RuleSet:
        from alerts.rules import load_rules

        return load_rules(
            self.loaded.folder / "rules",
            compiler=self._compile,
            channels=self.channels,
            known_sources=[source.id for source in self.sources],
            known_events=self.event_types,
            resolve_company=self.canonical_company,
        )

    def _compile(self, query: str) -> CompiledQuery:
        """The index's matcher as the alert stage wants it: the same language, the same answer."""
        from alerts.ports import CompiledQuery, QueryMatch
        from index.matching import compile_query

        match = compile_query(query, aliases=self.aliases, subjects=self._subjects)

        def matched(article: Article) -> QueryMatch | None:
            found = match(article)
            return QueryMatch(spans=found.spans) if found else None

        return CompiledQuery(matches=matched, required=match.required)

    @cached_property
    def _subjects(self) -> Subjects:
        """Shared by all rules, so that an article is folded and analysed once for all of them."""
        from index.matching import Subjects

        return Subjects(grades=self.grades)

    def canonical_company(self, name: str) -> str | None:
        """The lexicon's name for a company in any spelling; None for one it does not have."""
        entry = self.lexicon.company(name)
        return entry.name if entry else None

    @cached_property
    def event_types(self) -> frozenset[str]:
        """The events that the analysis can find: what a rule may ask for."""
        from nlp.components.events import load_event_types

        return frozenset(each.type for each in load_event_types())

    @cached_property
    def crawl_limits(self) -> Limits:
        from crawler.limits import Limits

        crawl = self.settings.crawl
        # The child ends itself, with its report, before the daemon would end it without.
        return Limits(
            page_bytes=crawl.max_page_bytes, run_seconds=crawl.timeout_seconds * 0.9, hosts=self.home / "hosts"
        )

    def search(self, request: SearchRequest) -> SearchResult:
        """Search this home. The memory engine holds nothing at first: it is filled from the store."""
        if self.settings.index == "memory":
            index_new(self)
        return self.index.search(request)


def _metric_words() -> dict[str, str]:
    """The words by which the analysis knows metrics (营收); of two that share one, the first. A code or label means itself."""
    from nlp.components.metrics import load_metrics
    from web.labels import METRICS

    words = {word: metric.id for metric in reversed(load_metrics()) for word in metric.words}
    return words | {code: code for code in METRICS} | {label: code for code, label in METRICS.items()}


# ── the ingest loop ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class WorkReport:
    """What `work` did. `outcomes` counts (outcome, reason); the sum is the number of pages ended."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    indexed: int = 0
    alerts: int = 0
    rule_problems: list[RuleProblem] = field(default_factory=list)

    @property
    def pages(self) -> int:
        return self.outcomes.total()


def work(
    monitor: Monitor,
    *,
    stop: threading.Event,
    ids: Sequence[int] | None = None,
    ended: Callable[[SpoolEntry, Finished], None] | None = None,
    index: Callable[[Monitor], int] | None = None,
) -> WorkReport:
    """End the pages that wait (all, or those of `ids`), match rules, and make them searchable. Returns when none waits.

    Safe beside any number of other workers on the same store. `ended` hears of each page as it ends. `index` brings the
    index up to the store; by default an index that cannot be written raises, and the next call goes on from there.
    """
    report = WorkReport()
    index = index or index_new
    limits = monitor.settings.ingest
    lease = timedelta(seconds=limits.lease_seconds)
    while not stop.is_set():
        entries = monitor.store.spool.claim(worker_name(), limit=limits.batch, lease=lease, ids=ids)
        for entry in entries:
            if stop.is_set():
                monitor.store.spool.release(entry)
            elif finished := end_page(monitor, entry):
                report.outcomes[finished.outcome.value, finished.reason or ""] += 1
                if ended:
                    ended(entry, finished)
        matched = match_rules(monitor)
        report.alerts += matched.alerts
        report.rule_problems += matched.problems
        report.indexed += index(monitor)
        if not entries:
            break
    return report


def end_page(monitor: Monitor, entry: SpoolEntry) -> Finished | None:
    """Analyse one claimed page and finish it. None: another worker has taken it over meanwhile, and ends it."""
    from store.errors import StaleClaim

    try:
        return _analysed(monitor, entry)
    except StaleClaim:
        log.warning("page %d (%s) took longer than its lease; another worker has it", entry.id, entry.page.url)
        return None


def _analysed(monitor: Monitor, entry: SpoolEntry) -> Finished:
    from sqlalchemy.exc import OperationalError

    try:
        return monitor.store.finish(entry, monitor.analyser.analyse(entry.page))
    except (StoreError, OperationalError):
        raise  # the database's trouble, not the page's: the page waits until its lease has run out
    except Exception:  # once per page: a bug in understanding one page must not stop the others
        log.exception("page %d (%s) failed", entry.id, entry.page.url)
        return monitor.store.spool.fail(entry, error=traceback.format_exc())


def index_new(monitor: Monitor) -> int:
    """Bring the index up to the store; returns how many documents went in."""
    from index.sync import catch_up

    return catch_up(monitor.index, monitor.store.articles, grades=monitor.grades).applied


def match_rules(monitor: Monitor) -> MatchReport:
    """Match rules on all versions stored since the last time."""
    from alerts.match import match_new

    return match_new(monitor.store.ledger, monitor.store.articles, monitor.rules)


def deliver(monitor: Monitor, *, stop: threading.Event) -> Any:
    """Send what is due; what fails waits in the ledger for its next time."""
    from alerts.delivery import deliver_due

    return deliver_due(monitor.store.ledger, monitor.channels, stop=stop)


def worker_name() -> str:
    """Who claims pages: host and process, for `zhiwen spool list`."""
    return f"{socket.gethostname()}:{os.getpid()}"


# ── crawling: a child process per run, so that nothing a site or a spider does can take the daemon with it ─────────────


def crawl_here(monitor: Monitor, source: Source, *, sink: PageSink | None = None) -> CrawlReport:
    """Run one crawl in this process (Scrapy's reactor runs once a process) and record the report."""
    from crawler.process import crawl

    report = crawl(
        source,
        sink=sink or monitor.store.spool,
        visits=monitor.store.visits,
        user_agent=monitor.loaded.user_agent,
        config_folder=monitor.loaded.folder,
        limits=monitor.crawl_limits,
    )
    monitor.store.runs.record(report)
    return report


def crawl_command(source_id: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", "crawl", source_id, "--json"]


def crawl_in_child(monitor: Monitor, source_id: str, *, children: Children) -> CrawlReport:
    """Run one crawl in a child process. Whatever becomes of the child, a report is recorded and comes back."""
    from crawler.report import report_from_json

    environment = {**os.environ, "ZHIWEN_HOME": str(monitor.home), "ZHIWEN_CONFIG": str(monitor.loaded.folder)}
    started_at = now()
    logs = monitor.home / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / "crawl.log").open("ab") as stderr:
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": stderr, "stdin": subprocess.DEVNULL}
        # In a session of its own: Ctrl-C reaches the daemon alone, which then ends its children in order.
        with children.started(crawl_command(source_id), env=environment, start_new_session=True, **options) as process:
            try:
                output, _ = process.communicate(timeout=monitor.settings.crawl.timeout_seconds)
            except subprocess.TimeoutExpired:
                problem = f"ran longer than {monitor.settings.crawl.timeout_seconds} s (crawl.timeout_seconds)"
                return _record_failure(monitor, source_id, started_at, problem)
    try:
        return report_from_json(output.decode())
    except (ValueError, KeyError, TypeError):
        problem = f"the crawl process ended with code {process.returncode} and no report; see {logs / 'crawl.log'}"
        return _record_failure(monitor, source_id, started_at, problem)


def _record_failure(monitor: Monitor, source_id: str, started_at: datetime, what: str) -> CrawlReport:
    from crawler.ports import CrawlOutcome, CrawlReport, Problem

    report = CrawlReport(
        source=source_id,
        started_at=started_at,
        finished_at=now(),
        outcome=CrawlOutcome.FAILED,
        problems=(Problem(url="", what=what),),
    )
    monitor.store.runs.record(report)
    return report


def retry_at(last: CrawlReport, *, failures: int, base: timedelta, cap: timedelta) -> datetime:
    """When a source that failed `failures` times in a row may be asked again: base · 2^(failures-1), at most `cap`.

    A site that said when to come back (Retry-After) is taken at its word.
    """
    pause = min(base * (1 << min(failures - 1, 16)), cap)
    if last.retry_after is not None:
        pause = max(pause, timedelta(seconds=last.retry_after))
    return last.finished_at + pause


# ── the daemon ───────────────────────────────────────────────────────────────────────────────────────────────────────

# APScheduler's persistent store keeps the *name* of a function and its arguments, so a job finds its daemon here.
_daemon: Daemon | None = None


def crawl_job(source_id: str) -> None:
    """What the persistent schedule calls for a source."""
    if _daemon is not None:
        _daemon.crawl(source_id)


def delivery_job() -> None:
    """What the schedule calls every few seconds."""
    if _daemon is not None:
        deliver(_daemon.monitor, stop=_daemon.stop)


_LOOK_AGAIN_SECONDS = 10.0
_LAST_BATCH_SECONDS = 10.0  # that a stopping daemon waits for; what was not written is written by the next one


class Daemon:
    """`zhiwen run`: schedule, ingest loop, deliveries and web page over one home, until SIGTERM or Ctrl-C."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.stop = threading.Event()
        self.children = Children()
        self.schedule: BackgroundScheduler | None = None
        self._stored = threading.Event()  # pages ended: the index has something to follow

    def run(self, *, app: FastAPI | None, started: Callable[[str | None], None]) -> None:
        """Run until told to stop. `started` hears the address of the page, or None without `app`, once all is up.

        Raises LockedError when another daemon holds this home.
        """
        global _daemon
        with held_lock(self.monitor.home), stop_signals(self.stop, self.children), self._page(app) as address:
            _daemon = self
            self.monitor.rules  # noqa: B018  # a rule or channel that cannot work is an error now, not at the first page
            self.schedule = build_schedule(self.monitor)
            write_holder(self.monitor.home, address)
            self._check_index()
            following = threading.Thread(target=self._index_until_stopped, name="index", daemon=True)
            following.start()
            started(address)
            try:
                self._ingest_until_stopped()
            finally:
                self.stop.set()
                self._stored.set()
                following.join(_LAST_BATCH_SECONDS)
                self.children.stop()
                self.schedule.shutdown(wait=True)
                _daemon = None

    def _check_index(self) -> None:
        """An engine that is set up wrongly, or a client that does not fit its server, is an error now. One that is down is not."""
        try:
            self.monitor.index.position()
        except (IndexError_, LockedError) as error:
            log.warning("the index cannot be used now: %s. Pages and alerts go on", error)

    def next_runs(self) -> dict[str, datetime]:
        """When each source is crawled next, by its id."""
        jobs = self.schedule.get_jobs(jobstore="default") if self.schedule else []
        return {job.args[0]: job.next_run_time for job in jobs if job.next_run_time}

    def crawl(self, source_id: str) -> None:
        """One scheduled crawl, unless the source failed lately and its pause is not over."""
        runs = self.monitor.store.runs
        failures, last = runs.failures_in_a_row(source_id), runs.latest(source_id)
        if failures and last and now() < self._retry_at(source_id, last, failures):
            return
        try:
            report = crawl_in_child(self.monitor, source_id, children=self.children)
        except ChildrenStopped:
            return
        log.log(_level(report), "%s", report_line(report))

    def _retry_at(self, source_id: str, last: CrawlReport, failures: int) -> datetime:
        base = self.monitor.source(source_id).when.every or timedelta(hours=1)
        cap = timedelta(seconds=self.monitor.settings.crawl.backoff_cap_seconds)
        return retry_at(last, failures=failures, base=base, cap=cap)

    def _ingest_until_stopped(self) -> None:
        """Work while something waits; after an outage (database, index) pause longer each time and go on."""
        idle = self.monitor.settings.ingest.idle_seconds
        pause = idle
        while not self.stop.is_set():
            try:
                work(self.monitor, stop=self.stop, index=self._wake_index)
                pause = idle
            except Exception:  # once per turn: an outage queues the work, it does not end the daemon
                log.exception("ingest stopped; trying again in %.0f s. Pages wait in the spool, nothing is lost", pause)
                pause = min(pause * 2, 60.0)
            self.stop.wait(pause)

    def _index_until_stopped(self) -> None:
        """Follow the store. An index that is down stays behind, is tried again after longer pauses, and catches up."""
        idle = self.monitor.settings.ingest.idle_seconds
        pause, followed, looked = 0.0, -1, 0.0
        while not self.stop.is_set():
            try:
                latest = self.monitor.store.articles.latest_seq()
                # Somebody may have cleared the index or gone back to an older one: now and then it is asked.
                if latest != followed or time.monotonic() - looked > _LOOK_AGAIN_SECONDS:
                    index_new(self.monitor)
                    followed, looked = latest, time.monotonic()
                pause = 0.0
            except (IndexError_, LockedError) as error:
                pause = min(max(1.0, pause * 2), 60.0)
                log.warning("the index stays behind the store: %s. Trying again in %.0f s", error, pause)
            except Exception:  # once per turn, as in the ingest loop: the store's outage is not the end of following it
                pause = min(max(1.0, pause * 2), 60.0)
                log.exception("indexing stopped; trying again in %.0f s. The store has everything", pause)
            if pause:
                self.stop.wait(pause)
            else:
                self._stored.wait(idle)
            self._stored.clear()

    def _wake_index(self, _: Monitor) -> int:
        self._stored.set()
        return 0

    def _page(self, app: FastAPI | None) -> AbstractContextManager[str | None]:
        from web.serve import serving

        web = self.monitor.settings.web
        return nullcontext() if app is None else serving(app, host=web.host, port=web.port)


def build_schedule(monitor: Monitor) -> BackgroundScheduler:
    """The running schedule: jobs of the last run are kept with their next time, changed or removed as the sources say.

    Misfires: a run that was missed while the daemon was down runs once, late, however many were missed. Overlap: a
    source that is still being crawled is not started again.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.memory import MemoryJobStore
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    schedule = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=monitor.store.engine), "memory": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(monitor.settings.crawl.parallel), "delivery": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    schedule.start(paused=True)
    wanted = {f"crawl:{source.id}": source for source in monitor.sources if source.enabled}
    for job in schedule.get_jobs(jobstore="default"):
        if job.id not in wanted:
            job.remove()
    for position, (id_, source) in enumerate(wanted.items()):
        _schedule_source(schedule, id_, source, first=now() + timedelta(seconds=0.2 * position))
    every = monitor.settings.delivery.every_seconds
    schedule.add_job(
        delivery_job,
        "interval",
        seconds=every,
        id="deliver",
        jobstore="memory",
        executor="delivery",
        next_run_time=now(),
    )
    schedule.resume()
    return schedule


def _schedule_source(schedule: BackgroundScheduler, id_: str, source: Source, *, first: datetime) -> None:
    """Add the source's job, or leave the one there is, with its next time, if the source says the same as then."""
    wording = str(source.when)
    known = schedule.get_job(id_, jobstore="default")
    if known is not None and known.name == wording:
        return
    # An interval starts now; a cron line says itself when, and a first look at once does no harm to either.
    schedule.add_job(
        "scheduler:crawl_job",
        trigger_for(source),
        args=[source.id],
        id=id_,
        name=wording,
        replace_existing=True,
        next_run_time=first,
    )


def trigger_for(source: Source) -> Any:
    """APScheduler's trigger for a source's schedule."""
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    when = source.when
    jitter = round(when.jitter.total_seconds()) or None
    if when.every is not None:
        return IntervalTrigger(seconds=max(1, round(when.every.total_seconds())), jitter=jitter)
    trigger = CronTrigger.from_crontab(when.cron, timezone=when.timezone)
    trigger.jitter = jitter
    return trigger


def _level(report: CrawlReport) -> int:
    """A run that went well and found nothing new is not worth a line a minute."""
    from crawler.ports import CrawlOutcome

    if report.outcome != CrawlOutcome.OK:
        return logging.WARNING
    return logging.INFO if report.pages or report.gone else logging.DEBUG


def report_line(report: CrawlReport) -> str:
    """A crawl in one line, for the log and for `zhiwen run --once`."""
    counts = f"{report.pages} new, {report.not_modified} unchanged, {report.gone} gone"
    first = f": {report.problems[0].url} {report.problems[0].what}" if report.problems else ""
    return f"{report.source}: {report.outcome.value}, {counts}{first}"


@contextmanager
def stop_signals(stop: threading.Event, children: Children | None = None) -> Iterator[None]:
    """SIGTERM and the first Ctrl-C set `stop` and end the children; a second Ctrl-C interrupts at once."""

    def asked(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        if children is not None:
            # On a thread of its own: the handler may have interrupted the very code that holds the children's lock.
            threading.Thread(target=children.stop, name="stop-children").start()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_once(monitor: Monitor, *, said: Callable[[str], None]) -> WorkReport:
    """Crawl every enabled source once, work until nothing waits, deliver what is due."""
    stop, children = threading.Event(), Children()
    with held_lock(monitor.home), stop_signals(stop, children):
        report = WorkReport()
        for source in monitor.sources:
            if source.enabled and not stop.is_set():
                try:
                    said(report_line(crawl_in_child(monitor, source.id, children=children)))
                except ChildrenStopped:
                    break
                _add(report, work(monitor, stop=stop))
        _add(report, work(monitor, stop=stop))
        deliver(monitor, stop=stop)
    return report


def _add(total: WorkReport, part: WorkReport) -> None:
    total.outcomes.update(part.outcomes)
    total.indexed += part.indexed
    total.alerts += part.alerts
    total.rule_problems += part.rule_problems


def rollback_index(monitor: Monitor) -> str:
    """Go back to the index before the last rebuild, and bring it up to the store; returns its name."""
    from index.records import Reversible

    if not isinstance(monitor.index, Reversible):
        raise InputError(
            f"the index engine '{monitor.settings.index}' keeps no older index",
            hint="`zhiwen index rebuild` makes it anew",
        )
    name = monitor.index.rollback()
    index_new(monitor)
    return name


def rebuild_index(monitor: Monitor, *, on_progress: Callable[[int], None]) -> Any:
    """Fill a new index from the store and switch to it."""
    from index.sync import rebuild

    return rebuild(monitor.index, monitor.store.articles, grades=monitor.grades, on_progress=on_progress)
