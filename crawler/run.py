"""One run over one source: what was noted, what was kept. Spiders and middlewares tell it what came; it remembers and counts.

answer ─▶ Run ─▶ sink (new and changed pages, gone pages)
             ├─▶ visits (validators, when to look again)
             └─▶ CrawlReport
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawler.addresses import is_web
from crawler.challenge import is_challenge
from crawler.decide import Fetch, Skip, carries_article, decide
from crawler.items import Item, page_of
from crawler.judge import REFUSING, Answer, Noted, outcome_of
from crawler.limits import Limits
from crawler.ports import CrawlReport, PageSink, Problem, Visit, VisitMemory
from crawler.records import KEPT_HEADERS, RawPage
from crawler.revisit import GONE, next_visit
from crawler.sources import FeedSource, ListSource, UrlSource
from zhiwen.urls import canonical_url

WebSource = FeedSource | ListSource | UrlSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An answer as it came, without Scrapy's types. Header names in lower case."""

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, kw_only=True)
class Run:
    """Mutable on purpose: the one place where a run's state lives. `stop` is set when the run should end early."""

    source: WebSource
    sink: PageSink
    visits: VisitMemory
    now: Callable[[], datetime]
    limits: Limits
    started_at: datetime
    requests: int = 0
    pages: int = 0
    not_modified: int = 0
    gone: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    entries: list[Answer] = field(default_factory=list)
    page_answers: list[Answer] = field(default_factory=list)
    items: int | None = None
    errors: int = 0
    retry_after: float | None = None
    stop: str | None = None
    refusals_in_row: int = 0
    seen: set[str] = field(default_factory=set)
    pending: set[str] = field(default_factory=set)
    asked_for: int = 0  # articles, against max_pages
    left_out: bool = False  # something a list named was not even tried
    list_visits: list[Visit] = field(default_factory=list)
    index_visits: list[tuple[Visit, frozenset[str]]] = field(default_factory=list)  # with the documents each names

    # ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────

    def choose(self, item: Item) -> Fetch | Skip:
        """Decides about an item and counts a skip. An address is fetched once a run, under whatever spelling."""
        assert not isinstance(self.source, UrlSource)
        canonical = canonical_url(item.url) if is_web(item.url) else ""
        if not canonical:
            choice: Fetch | Skip = Skip(reason="not a web address")
        elif canonical in self.seen:
            choice = Skip(reason="named twice")
        else:
            choice = decide(item, source=self.source, visit=self.visits.get(canonical), now=self.now())
        # What an entry carries itself costs no request.
        free = carries_article(item, self.source)
        if isinstance(choice, Fetch) and not free and not self.has_room():
            self.left_out = True
            choice = Skip(reason="over max_pages, next run")
        if isinstance(choice, Skip):
            self.skipped[choice.reason] += 1
        elif free:
            self.seen.add(canonical)
        else:
            self.expect(canonical)
        return choice

    def expect(self, canonical: str) -> None:
        self.seen.add(canonical)
        self.pending.add(canonical)
        self.asked_for += 1

    def has_room(self) -> bool:
        return self.asked_for < self.source.max_pages

    def due(self) -> list[Visit]:
        """Known pages to look at again, as far as this run has room and has not seen them."""
        if isinstance(self.source, UrlSource) or self.source.full_text:
            return []
        room = self.source.max_pages - self.asked_for
        visits = self.visits.due(self.source.id, self.now(), max(room, 0) + len(self.seen)) if room > 0 else []
        unseen = [visit for visit in visits if visit.url not in self.seen][: max(room, 0)]
        for visit in unseen:
            self.expect(visit.url)
        return unseen

    def remembered(self, url: str) -> Visit | None:
        """The visit whose validators a request may carry; None for pages given by hand: they are wanted whole."""
        visit = None if isinstance(self.source, UrlSource) else self.visits.get(canonical_url(url))
        # A list that another source has read is new to this one.
        return visit if visit is not None and (visit.kind == "page" or visit.source == self.source.id) else None

    # ── entry points ────────────────────────────────────────────────────────────────────────────────────────────

    def list_came(self, arrived: Arrived, *, items: int) -> None:
        """A list was read anew. Its validators are kept at the end, when all it named has been tried."""
        self.entries.append(Answer.OK)
        self.items = (self.items or 0) + items
        # A list that links itself is no article.
        self.seen |= {canonical_url(arrived.url), canonical_url(arrived.final_url)}
        known = self.visits.get(canonical_url(arrived.url))
        self.list_visits.append(self._visit(arrived, known=known, kind="list", hints={}))

    def list_not_modified(self, arrived: Arrived) -> None:
        self.entries.append(Answer.NOT_MODIFIED)
        self.not_modified += 1
        known = self.visits.get(canonical_url(arrived.url))
        if known is not None:
            self.list_visits.append(self._again(known, status=304))

    def entry_failed(self, url: str, *, answer: Answer, what: str) -> None:
        self.entries.append(answer)
        self.problem(url, what)

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────

    def page_came(self, arrived: Arrived, *, hints: Mapping[str, str]) -> Answer:
        """Keeps, counts and remembers one answer for an article. `arrived.url` is the address it was asked by.

        `hints` add to those of earlier visits: a list that names the page no more, or says less of it, takes none away.
        """
        known = self.visits.get(canonical_url(arrived.url))
        hints = _joined(known, hints)
        if arrived.status == 304 and known is not None:
            self.not_modified += 1
            self.refusals_in_row = 0
            self._remember(replace(self._again(known, status=304), hints=hints))
            return self._page_done(arrived.url, Answer.NOT_MODIFIED)
        if arrived.status in GONE and known is not None and known.sha256 is not None:
            self.sink.put(self._page(arrived, hints=hints))
            self.gone += 1
            self._remember(self._again(known, status=arrived.status))
            return self._page_done(arrived.url, Answer.OK)
        if arrived.status == 200 and not is_challenge(arrived.body):
            return self._page_done(arrived.url, self._keep(arrived, known=known, hints=hints))
        return self._bad_page(arrived, hints=hints)

    def index_came(self, arrived: Arrived, *, links: list[str], hints: Mapping[str, str]) -> list[str]:
        """The documents of an index to fetch. The index counts as known when they have all been tried (see finish)."""
        self._page_done(arrived.url, Answer.OK)
        new = {canonical_url(link): link for link in links if self.visits.get(canonical_url(link)) is None}
        wanted = {canonical: link for canonical, link in new.items() if canonical not in self.seen}
        if self.asked_for + len(wanted) > self.source.max_pages:
            self.left_out = True
            return []
        for canonical in wanted:
            self.expect(canonical)
        known = self.visits.get(canonical_url(arrived.url))
        visit = self._visit(arrived, known=known, kind="page", hints=_joined(known, hints))
        self.index_visits.append((visit, frozenset(new)))
        return list(wanted.values())

    def entry_content(self, item: Item) -> None:
        """The article that a feed's entry or list's item carries itself."""
        headers = {"content-type": "text/html; charset=utf-8"}
        arrived = Arrived(url=item.url, final_url=item.url, status=200, headers=headers, body=page_of(item))
        known = self.visits.get(canonical_url(item.url))
        self._page_done(item.url, self._keep(arrived, known=known, hints=_joined(known, item.hints)))

    def page_failed(self, url: str, *, answer: Answer, what: str, hints: Mapping[str, str], status: int = 0) -> Answer:
        known = self.visits.get(canonical_url(url))
        moment = self.now()
        nothing = Visit(
            url=canonical_url(url), source=self.source.id, kind="page", status=status, fetched_at=moment,
            unchanged=-1, first_seen_at=moment,
        )  # fmt: skip
        # The next try may come when no list names the page any more.
        self._remember(replace(self._again(known or nothing, status=status), hints=_joined(known, hints)))
        self.problem(url, what)
        return self._page_done(url, answer)

    def page_forbidden(self, url: str, *, reason: str, passing: bool) -> None:
        """robots.txt says no. Where it is only closed for this run (`passing`), the next one shall try again."""
        self.skipped[reason] += 1
        self.left_out = self.left_out or passing
        self.pending.discard(canonical_url(url))

    def _bad_page(self, arrived: Arrived, *, hints: Mapping[str, str]) -> Answer:
        challenge = is_challenge(arrived.body)
        refused = challenge or arrived.status in REFUSING
        what = "a challenge page instead of the article" if challenge else f"HTTP {arrived.status}"
        answer = Answer.REFUSED if refused else Answer.WRONG
        self.page_failed(arrived.url, answer=answer, what=what, status=arrived.status, hints=hints)
        self.refusals_in_row = self.refusals_in_row + 1 if refused else 0
        if isinstance(self.source, UrlSource):
            return answer  # pages given by hand are of many sites: each gets its answer
        if arrived.status == 429 or self.refusals_in_row >= self.limits.refusals:
            self.stop = f"stopped: {what} on {arrived.url}"
        return answer

    def _keep(self, arrived: Arrived, *, known: Visit | None, hints: Mapping[str, str]) -> Answer:
        visit = self._visit(arrived, known=known, kind="page", hints=hints)
        if known is not None and known.sha256 == visit.sha256 and not isinstance(self.source, UrlSource):
            self.skipped["unchanged"] += 1
            self._remember(replace(visit, unchanged=known.unchanged + 1))
            return Answer.NOT_MODIFIED
        # The page first, the visit after it: a crash in between brings the page again, never loses it.
        self.sink.put(self._page(arrived, hints=hints))
        self.pages += 1
        self.refusals_in_row = 0
        self._remember(visit)
        return Answer.OK

    def _page_done(self, url: str, answer: Answer) -> Answer:
        self.pending.discard(canonical_url(url))
        (self.entries if isinstance(self.source, UrlSource) else self.page_answers).append(answer)
        return answer

    def _page(self, arrived: Arrived, *, hints: Mapping[str, str]) -> RawPage:
        return RawPage(
            url=arrived.url,
            final_url=arrived.final_url,
            source=self.source.id,
            fetched_at=self.now(),
            status=arrived.status,
            headers={name: value for name, value in arrived.headers.items() if name in KEPT_HEADERS},
            content_type=media_type(arrived.headers.get("content-type", "")),
            body=arrived.body,
            hints=dict(hints),
        )

    # ── remembering ─────────────────────────────────────────────────────────────────────────────────────────────

    def _visit(self, arrived: Arrived, *, known: Visit | None, kind: str, hints: Mapping[str, str]) -> Visit:
        moment = self.now()
        return Visit(
            url=canonical_url(arrived.url),
            # A page fetched by hand stays with the source that looks after it.
            source=known.source if known and isinstance(self.source, UrlSource) else self.source.id,
            kind=kind,
            status=arrived.status,
            fetched_at=moment,
            etag=arrived.headers.get("etag"),
            last_modified=arrived.headers.get("last-modified"),
            sha256=hashlib.sha256(arrived.body).hexdigest(),
            unchanged=0,
            first_seen_at=known.first_seen_at if known else moment,
            hints=dict(hints),
        )

    def _again(self, known: Visit, *, status: int) -> Visit:
        """`known` after one more look that brought nothing new."""
        return replace(known, status=status, fetched_at=self.now(), unchanged=known.unchanged + 1)

    def _remember(self, visit: Visit) -> None:
        policy = self.source.revisit_policy
        self.visits.record(replace(visit, next_visit_at=next_visit(visit, self.now(), policy=policy)))

    # ── ending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def problem(self, url: str, what: str) -> None:
        if len(self.problems) < self.limits.problems:
            self.problems.append(Problem(url=url, what=what))
        else:
            self.skipped["problems not listed"] += 1

    def finish(self) -> CrawlReport:
        """Remembers the lists and says how it went."""
        for visit in self.list_visits:
            # Without validators the list comes whole next time, and with it what was not tried this time.
            complete = not (self.pending or self.left_out)
            self._remember(visit if complete else replace(visit, etag=None, last_modified=None))
        for visit, documents in self.index_visits:
            if not documents & self.pending:
                self._remember(visit)
        if isinstance(self.source, UrlSource):
            for url in sorted(self.pending):
                self.problem(url, "not asked for: the run ended first")
        if self.stop is not None:
            self.problem(_first(self.source.urls), self.stop)
        self._note_health()
        return CrawlReport(
            source=self.source.id,
            started_at=self.started_at,
            finished_at=self.now(),
            outcome=outcome_of(self._noted()),
            requests=self.requests,
            pages=self.pages,
            not_modified=self.not_modified,
            gone=self.gone,
            skipped=dict(self.skipped),
            problems=tuple(self.problems),
            retry_after=self.retry_after,
        )

    def _noted(self) -> Noted:
        return Noted(
            entries=tuple(self.entries),
            pages=tuple(self.page_answers),
            # A list that answered 304 named as many as the last time: nothing to judge.
            items=None if Answer.NOT_MODIFIED in self.entries else self.items,
            min_items=self.source.healthy.min_items,
            max_items=self.source.healthy.max_items,
            errors=self.errors,
            stopped=self.stop is not None,
        )

    def _note_health(self) -> None:
        noted, healthy = self._noted(), self.source.healthy
        if noted.items is None or healthy.min_items <= noted.items <= healthy.max_items:
            return
        expected = f"{healthy.min_items} to {healthy.max_items}"
        self.problem(_first(self.source.urls), f"named {noted.items} articles; a healthy run names {expected}")


def _first(urls: tuple[str, ...]) -> str:
    return urls[0] if urls else ""


def media_type(content_type: str) -> str:
    """
    >>> media_type("Text/HTML; charset=GBK")
    'text/html'
    """
    return content_type.split(";")[0].strip().lower()


def _joined(known: Visit | None, hints: Mapping[str, str]) -> dict[str, str]:
    """What was said of a page up to now; what is said now counts more."""
    return {**(known.hints if known else {}), **hints}
