"""The composition root: joins the stages and runs them. It is the only module that knows them all.

    Source (YAML) ─ crawl ─▶ RawPage ─ spool ─ analyse ─▶ Article | Dropped ─ finish ─▶ store ─ catch_up ─▶ index
                                                                                          └─ match_new ─▶ ledger ─ deliver_due ─▶ channel

    zhiwen run
      ├─ APScheduler   `crawl:<source>` on its interval or cron, each run in a child process; deliveries every few seconds
      ├─ main thread   the ingest loop: `work` until nothing waits, then a short pause
      └─ web           search page and JSON API on a thread of their own

Every stage may die and come back: pages wait in the spool, the index follows the store by sequence, alerts follow it
by the ledger's position, deliveries wait in the ledger. Nothing is handed on in memory only.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiwen.errors import InputError, LockedError, ZhiwenError
from zhiwen.times import now

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

    from alerts.backtest import BackTest
    from alerts.channels import Channel
    from alerts.rules import RuleSet
    from config.settings import Loaded
    from crawler.folder import Refused
    from crawler.limits import Limits
    from crawler.ports import CrawlReport, PageSink
    from crawler.records import RawPage
    from crawler.sources import Source
    from index.records import SearchIndex, SearchRequest, SearchResult
    from nlp.analyse import Analyser
    from nlp.lexicon import Lexicon
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

        return open_index(self.settings.index, self.home / "index", resolve=self.lexicon.canonical_company)

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
        from index.matching import compile_query

        return load_rules(
            self.loaded.folder / "rules",
            compiler=compile_query,
            channels=self.channels,
            known_sources=[source.id for source in self.sources],
            known_events=self.event_types,
            resolve_company=self.lexicon.canonical_company,
        )

    @cached_property
    def crawl_limits(self) -> Limits:
        from crawler.limits import Limits

        return Limits(page_bytes=self.settings.crawl.max_page_bytes, run_seconds=self.settings.crawl.timeout_seconds)

    def search(self, request: SearchRequest) -> SearchResult:
        """Search this home. The memory engine holds nothing at first: it is filled from the store."""
        if self.settings.index == "memory":
            index_new(self)
        return self.index.search(request)


# ── the ingest loop ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class WorkReport:
    """What `work` did. `outcomes` counts (outcome, reason); the sum is the number of pages ended."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    indexed: int = 0
    alerts: int = 0

    @property
    def pages(self) -> int:
        return self.outcomes.total()


def work(
    monitor: Monitor,
    *,
    stop: threading.Event,
    ids: Sequence[int] | None = None,
    ended: Callable[[SpoolEntry, Finished], None] | None = None,
) -> WorkReport:
    """End the pages that wait (all, or those of `ids`), make them searchable, and match rules. Returns when none waits.

    Safe beside any number of other workers on the same store. `ended` hears of each page as it ends.
    """
    report = WorkReport()
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
        report.indexed += index_new(monitor)
        report.alerts += match_rules(monitor)
        if not entries:
            break
    return report


def end_page(monitor: Monitor, entry: SpoolEntry) -> Finished | None:
    """Analyse one claimed page and finish it. None: another worker has taken it over meanwhile, and ends it."""
    from store.errors import StaleClaim

    try:
        result = monitor.analyser.analyse(entry.page)
    except Exception:  # once per page: a bug in understanding one page must not stop the others
        log.exception("page %d (%s) failed", entry.id, entry.page.url)
        return monitor.store.spool.fail(entry, error=traceback.format_exc())
    try:
        return monitor.store.finish(entry, result)
    except StaleClaim:
        log.warning("page %d (%s) took longer than its lease; another worker has it", entry.id, entry.page.url)
        return None


def index_new(monitor: Monitor) -> int:
    """Bring the index up to the store; returns how many documents went in."""
    from index.sync import catch_up

    return catch_up(monitor.index, monitor.store.articles).applied


def match_rules(monitor: Monitor) -> int:
    """Match rules on all versions stored since the last time; returns the number of new alerts."""
    from alerts.match import match_new

    return match_new(monitor.store.ledger, monitor.store.articles, monitor.rules).alerts


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


class Children:
    """The crawl processes that run now; `stop` ends them, politely first."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    @contextmanager
    def started(self, command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        with self._lock:
            if self._stopped:
                raise ChildrenStopped
            process = subprocess.Popen(command, **options)
            self._running.add(process)
        try:
            yield process
        finally:
            end_process(process, patience=5)
            with self._lock:
                self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.send_signal(signal.SIGTERM)


class ChildrenStopped(Exception):
    """No new crawl is started: the daemon is going down."""


def end_process(process: subprocess.Popen[bytes], *, patience: float) -> None:
    """Make sure `process` has ended: SIGTERM, `patience` seconds to leave, then SIGKILL."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def crawl_in_child(monitor: Monitor, source_id: str, *, children: Children) -> CrawlReport:
    """Run one crawl in a child process. Whatever becomes of the child, a report is recorded and comes back."""
    from crawler.report import report_from_json

    command = [sys.executable, "-m", "cli.main", "crawl", source_id, "--json"]
    environment = {**os.environ, "ZHIWEN_HOME": str(monitor.home), "ZHIWEN_CONFIG": str(monitor.loaded.folder)}
    started_at = now()
    logs = monitor.home / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / "crawl.log").open("ab") as stderr:
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": stderr, "stdin": subprocess.DEVNULL}
        # In a session of its own: Ctrl-C reaches the daemon alone, which then ends its children in order.
        with children.started(command, env=environment, start_new_session=True, **options) as process:
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
    pause = min(base * 2 ** min(failures - 1, 16), cap)
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


class Daemon:
    """`zhiwen run`: schedule, ingest loop, deliveries and web page over one home, until SIGTERM or Ctrl-C."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.stop = threading.Event()
        self.children = Children()

    def run(self, *, started: Callable[[str | None], None]) -> None:
        """Run until told to stop. `started` hears the address of the web page, or None, once all is up.

        Raises LockedError when another daemon holds this home.
        """
        global _daemon
        with held_lock(self.monitor.home), stop_signals(self.stop, self.children), self._web() as address:
            _daemon = self
            self.monitor.rules  # noqa: B018  # a rule or channel that cannot work is an error now, not at the first page
            schedule = build_schedule(self.monitor)
            write_holder(self.monitor.home, address)
            started(address)
            try:
                self._ingest_until_stopped()
            finally:
                self.stop.set()
                self.children.stop()
                schedule.shutdown(wait=True)
                _daemon = None

    def crawl(self, source_id: str) -> None:
        """One scheduled crawl, unless the source failed lately and its pause is not over."""
        from crawler.ports import CrawlOutcome

        runs = self.monitor.store.runs
        failures, last = runs.failures_in_a_row(source_id), runs.latest(source_id)
        if failures and last and now() < self._retry_at(source_id, last, failures):
            return
        try:
            report = crawl_in_child(self.monitor, source_id, children=self.children)
        except ChildrenStopped:
            return
        level = logging.INFO if report.outcome == CrawlOutcome.OK else logging.WARNING
        log.log(level, "%s", report_line(report))

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
                work(self.monitor, stop=self.stop)
                pause = idle
            except Exception:  # once per turn: an outage queues the work, it does not end the daemon
                log.exception("ingest stopped; trying again in %.0f s. Pages wait in the spool, nothing is lost", pause)
                pause = min(pause * 2, 60.0)
            self.stop.wait(pause)

    @contextmanager
    def _web(self) -> Iterator[str | None]:
        if not self.monitor.settings.web.enabled:
            yield None
            return
        with serving(self.monitor) as address:
            yield address


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


@contextmanager
def held_lock(home: Path) -> Iterator[None]:
    """One daemon a home. The kernel releases the lock when its holder dies, however it dies."""
    from filelock import FileLock, Timeout

    lock = FileLock(home / "daemon.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = holder(home)
        raise LockedError(
            f"another zhiwen already runs on {home} (pid {pid or 'unknown'})",
            pid=pid,
            hint="stop it, or give this one another folder with ZHIWEN_HOME",
        ) from error
    write_holder(home, None)
    try:
        yield
    finally:
        (home / "daemon.json").unlink(missing_ok=True)
        lock.release()


def write_holder(home: Path, address: str | None) -> None:
    """Say who holds the home: pid, address of the page, since when."""
    data = {"pid": os.getpid(), "address": address, "started_at": now().isoformat()}
    temporary = home / "daemon.json.tmp"
    temporary.write_text(json.dumps(data), encoding="utf-8")
    temporary.replace(home / "daemon.json")


def holder(home: Path) -> int | None:
    """The pid that `daemon.json` names, if it does."""
    try:
        return int(json.loads((home / "daemon.json").read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def serving(monitor: Monitor) -> Iterator[str]:
    """The web page on a thread, on a socket bound before anything else starts: a taken port is an error at once."""
    import uvicorn

    from web.app import create_app

    web = monitor.settings.web
    try:
        listening = socket.create_server((web.host, web.port))
    except OSError as error:
        raise InputError(
            f"cannot listen on {web.host}:{web.port}: {error.strerror}",
            hint="another program has the port; ZHIWEN_WEB_PORT=0 takes a free one",
        ) from error
    server = uvicorn.Server(uvicorn.Config(create_app(WebServices(monitor)), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="web", daemon=True)
    thread.start()
    host, port = listening.getsockname()[:2]
    try:
        yield f"http://{host}:{port}/"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


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


# ── pages given by hand ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What `zhiwen ingest` took: pages in the spool, files it refused, and how fetching went."""

    ids: tuple[int, ...]
    refused: tuple[Refused, ...] = ()
    crawl: CrawlReport | None = None


class _Remembering:
    """A sink that also remembers which pages it kept, once each."""

    def __init__(self, sink: PageSink) -> None:
        self._sink = sink
        self.ids: dict[int, None] = {}

    def put(self, page: RawPage) -> int:
        number = self._sink.put(page)
        self.ids[number] = None
        return number


def take(monitor: Monitor, *, paths: Sequence[Path], urls: Sequence[str]) -> Taken:
    """Put files, folders and URLs into the spool. URLs are fetched with the crawler's manners, robots.txt included."""
    from crawler.folder import read_pages
    from crawler.records import RawPage
    from crawler.sources import ingest_source

    sink = _Remembering(monitor.store.spool)
    refused: list[Refused] = []
    for path in paths:
        for page in read_pages(path, source="ingest", now=now()):
            if isinstance(page, RawPage):
                sink.put(page)
            else:
                refused.append(page)
    report = crawl_here(monitor, ingest_source(tuple(urls)), sink=sink) if urls else None
    return Taken(ids=tuple(sink.ids), refused=tuple(refused), crawl=report)


def outcomes_of(monitor: Monitor, ids: Sequence[int], *, stop: threading.Event) -> Counter[tuple[str, str]]:
    """How the pages of `ids` ended, waiting for those that another worker (a running daemon) has in hand."""
    outcomes: Counter[tuple[str, str]] = Counter()
    for number in ids:
        while (entry := monitor.store.spool.get(number)).outcome is None and not stop.wait(0.1):
            pass
        if entry.outcome is not None:
            outcomes[entry.outcome.value, entry.reason or ""] += 1
    return outcomes


# ── looking after things ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing `zhiwen check` looked at. level: "ok", "note" (works, but know this), "error" (must be mended)."""

    level: str
    what: str
    detail: str


def check_all(monitor: Monitor) -> list[Finding]:
    """Look at everything a run needs, without changing anything but what opening the home creates."""
    checks: dict[str, Callable[[], str]] = {
        "settings": lambda: f"{monitor.loaded.folder}, home {monitor.home}",
        "sources": lambda: f"{sum(s.enabled for s in monitor.sources)} of {len(monitor.sources)} switched on",
        "lexicon": lambda: str(monitor.lexicon),
        "channels": lambda: ", ".join(monitor.channels),
        "rules": lambda: f"{sum(rule.enabled for rule in monitor.rules)} of {len(monitor.rules)} switched on",
        "database": lambda: f"{monitor.store.articles.count()} articles, {monitor.store.spool.waiting()} pages wait",
        "index": lambda: _index_state(monitor),
    }
    findings = [_finding(what, check) for what, check in checks.items()]
    return [*findings, *_notes(monitor)]


def _finding(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(level="ok", what=what, detail=check())
    except ZhiwenError as error:
        return Finding(level="error", what=what, detail=str(error))


def _index_state(monitor: Monitor) -> str:
    status = monitor.index.status()
    lag = monitor.store.articles.latest_seq() - status.position
    return f"{status.engine}, {status.documents} documents" + (f", {lag} versions behind the store" if lag > 0 else "")


def _notes(monitor: Monitor) -> Iterator[Finding]:
    if not monitor.settings.operator.contact:
        yield Finding(
            level="note",
            what="operator.contact",
            detail="not set: sites cannot reach you, and SEC EDGAR is refused. Set it in zhiwen.yaml",
        )
    if monitor.settings.web.host not in ("127.0.0.1", "::1", "localhost"):
        yield Finding(level="note", what="web.host", detail="the page has no login and is not on loopback")


def rebuild_index(monitor: Monitor, *, on_progress: Callable[[int], None]) -> Any:
    """Fill a new index from the store and switch to it."""
    from index.sync import rebuild

    return rebuild(monitor.index, monitor.store.articles, on_progress=on_progress)


def test_rules(monitor: Monitor, rule: str | None) -> BackTest:
    """Try one rule, or all, on every stored version. Raises InputError for a rule there is not."""
    from alerts.backtest import backtest

    rules = list(monitor.rules)
    if rule is not None:
        chosen = monitor.rules.get(rule)
        if chosen is None:
            known = ", ".join(each.id for each in rules)
            raise InputError(f"there is no rule '{rule}'", hint=f"rules: {known}")
        rules = [chosen]
    return backtest(monitor.store.articles.iter_latest(), rules, now=now())
