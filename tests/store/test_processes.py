"""Many processes on one database, some of them killed: nothing is lost, nothing is done twice, the sums agree.

Workers are forks of this process, which keeps no connection open while it forks: neither SQLite nor libpq survives that.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any

from sqlalchemy import event, func, select, update

from crawler.records import RawPage
from nlp.records import Article
from store.database import reading, writing
from store.errors import StaleClaim
from store.records import Outcome, PageState, SpoolEntry
from store.schema import articles, counters, pages, versions
from store.spool import Spool
from store.store import Store, open_store

FORK = multiprocessing.get_context("fork")
LONG = timedelta(minutes=10)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@contextmanager
def running(count: int, work: Callable[..., None], *args: Any) -> Iterator[list[BaseProcess]]:
    """`count` processes that run `work(*args)`; killed at the end if need be, so that no test leaves any behind."""
    processes: list[BaseProcess] = [FORK.Process(target=work, args=args) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def join(processes: list[BaseProcess]) -> list[int | None]:
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def fill(url: str, *, count: int, of_articles: int) -> None:
    """Pages 0 … count-1, a minute apart; page n shows article n % of_articles, every third time with another text."""
    with open_store(url) as store:
        for n in range(count):
            address = f"https://news.example/{n % of_articles}"
            text = f"{n // of_articles // 3}"
            fetched_at = NOON + timedelta(minutes=n)
            store.spool.put(
                RawPage(
                    url=address, final_url=address, source="news", fetched_at=fetched_at, body=f"{text} {n}".encode()
                )
            )


def understand(page: RawPage) -> Article:
    text = page.body.decode().split()[0]
    return Article(
        url=page.url,
        canonical_url=page.url,
        source=page.source,
        title="t",
        fetched_at=page.fetched_at,
        language="zh",
        text=text,
        fingerprint=text,
    )


def work_until_done(url: str, lease: timedelta, seconds_a_page: float = 0) -> None:
    with open_store(url) as store:
        # Here pages are not what kills the workers, however often it happens to one.
        spool = Spool(store.engine, max_attempts=1000)
        while spool.counts().states[PageState.DONE] < total_pages(store):
            for entry in spool.claim(f"pid {os.getpid()}", limit=4, lease=lease):
                time.sleep(seconds_a_page)
                with suppress(StaleClaim):  # slower than the lease: another has it
                    store.finish(entry, understand(entry.page))


def total_pages(store: Store) -> int:
    return sum(store.spool.counts().states.values())


def assert_sums_agree(url: str, *, count: int) -> None:
    """Every page ended once; every version has its page, its number and its place in the sequence."""
    with open_store(url) as store, reading(store.engine) as connection:
        outcomes = Counter(connection.execute(select(pages.c.outcome)).scalars())
        seqs = list(connection.execute(select(versions.c.seq).order_by(versions.c.seq)).scalars())
        sources = list(connection.execute(select(versions.c.page_id)).scalars())
        counted = connection.execute(
            select(articles.c.version, func.count(), func.max(versions.c.version), func.max(versions.c.seq))
            .join(versions, versions.c.article_id == articles.c.id)
            .group_by(articles.c.id, articles.c.version)
        ).all()
        assert store.spool.counts().states == {"new": 0, "claimed": 0, "done": count, "failed": 0}
        assert store.articles.latest_seq() == len(seqs)
        assert store.articles.count() == outcomes[Outcome.ADDED] == len(counted)
    assert outcomes.total() == count
    assert len(seqs) == outcomes[Outcome.ADDED] + outcomes[Outcome.UPDATED]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(set(sources)) == len(sources)
    assert all(newest == how_many == highest for newest, how_many, highest, _ in counted)


def test_each_of_500_pages_is_claimed_by_exactly_one_of_many_workers(database_url: str) -> None:
    fill(database_url, count=500, of_articles=500)
    claimed = FORK.SimpleQueue()
    together = FORK.Barrier(6)

    def work() -> None:
        with open_store(database_url) as store:
            together.wait(30)
            while entries := store.spool.claim(f"pid {os.getpid()}", limit=7, lease=LONG):
                claimed.put((os.getpid(), [entry.id for entry in entries]))
                time.sleep(0.01)  # the work itself: without it one worker can hold SQLite's lock to the end
        claimed.put((os.getpid(), []))

    by_worker: Counter[int] = Counter()
    ids: list[int] = []
    with running(6, work) as workers:
        ended = 0
        while ended < len(workers):
            pid, batch = claimed.get()
            ended += not batch
            by_worker[pid] += len(batch)
            ids += batch

    assert sorted(ids) == list(range(1, 501))
    assert sum(claims > 0 for claims in by_worker.values()) > 1, "one worker did it all: nothing was tested"


def put_the_same_pages(url: str) -> None:
    with open_store(url) as store:
        for n in range(60):
            address = f"https://news.example/{n}"
            store.spool.put(RawPage(url=address, final_url=address, source="news", fetched_at=NOON, body=b"same"))


def test_the_same_pages_put_by_many_processes_at_once_wait_once(database_url: str) -> None:
    open_store(database_url).close()

    with running(4, put_the_same_pages, database_url) as workers:
        assert join(workers) == [0] * 4

    with open_store(database_url) as store:
        assert total_pages(store) == 60


def test_many_workers_end_every_page_once(database_url: str) -> None:
    fill(database_url, count=120, of_articles=7)

    with running(4, work_until_done, database_url, LONG) as workers:
        assert join(workers) == [0] * 4

    assert_sums_agree(database_url, count=120)


def test_kill_9_of_workers_again_and_again_loses_nothing_and_doubles_nothing(database_url: str) -> None:
    fill(database_url, count=250, of_articles=20)
    chance = random.Random(20260302)
    killed = 0

    for _ in range(6):
        with running(3, work_until_done, database_url, timedelta(seconds=0.2), 0.005) as workers:
            time.sleep(chance.uniform(0.1, 0.25))
            for worker in workers:
                if worker.exitcode is None:
                    worker.kill()
            killed += join(workers).count(-signal.SIGKILL)
    with running(2, work_until_done, database_url, timedelta(seconds=0.2)) as workers:
        assert join(workers) == [0, 0]

    assert killed >= 3, "the pages were done before anybody was killed: nothing was tested"
    assert_sums_agree(database_url, count=250)


def finish_and_die(url: str, at_statement: int) -> None:
    """SIGKILL right before the n-th statement of `finish`; COMMIT counts as one, and so does what follows it."""
    with open_store(url) as store:
        (entry,) = store.spool.claim("victim", limit=1, lease=timedelta(seconds=-1))
        statements = iter(range(1, 1000))

        def count(*_: object) -> None:
            if next(statements) == at_statement:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(store.engine, "before_cursor_execute", count)
        event.listen(store.engine, "commit", count)
        store.finish(entry, understand(entry.page))
        count()


def test_kill_9_at_any_statement_of_finish_is_all_or_nothing(database_url: str) -> None:
    """One page, its first version. Each round dies one statement later than the one before, the last after COMMIT."""
    fill(database_url, count=1, of_articles=1)
    for at_statement in range(1, 100):
        with running(1, finish_and_die, database_url, at_statement) as victims:
            assert join(victims) == [-signal.SIGKILL]
        with open_store(database_url) as store:
            entry = store.spool.get(1)
            if entry.state is PageState.DONE:
                break
            assert (store.articles.count(), store.articles.latest_seq()) == (0, 0)
            retry(store, entry)

    assert at_statement > 6, "the transaction has more steps than that"
    assert_sums_agree(database_url, count=1)


def retry(store: Store, entry: SpoolEntry) -> None:
    """Count the victims out, so that the page is not set aside as deadly."""
    (again,) = store.spool.claim("next", limit=1, lease=LONG)
    assert (again.id, again.attempts) == (entry.id, 2)
    store.spool.fail(again, error="to start the next round afresh")
    store.spool.retry([entry.id])


def test_a_consumer_beside_many_writers_misses_no_version(database_url: str) -> None:
    """It reads on from the highest sequence it has seen; a lower one that appeared afterwards would be lost."""
    fill(database_url, count=300, of_articles=300)
    seen: list[int] = []
    looks = 0

    with running(4, work_until_done, database_url, LONG) as workers, open_store(database_url) as store:
        working = True
        while working:
            working = any(worker.is_alive() for worker in workers)  # before the look, so that the last look sees all
            new = [stored.seq for stored in store.articles.since(seen[-1] if seen else 0, 1000)]
            seen += new
            looks += bool(new)
            time.sleep(0.002)

    assert seen == list(range(1, 301))
    assert looks > 10, "it saw everything at once: nothing was tested"


def test_a_writer_waits_for_the_sequence_until_the_one_before_has_committed(database_url: str) -> None:
    """Else the higher number could be seen first, by a consumer that never looks back."""
    fill(database_url, count=1, of_articles=1)
    with open_store(database_url) as store:
        (entry,) = store.spool.claim("w", limit=1, lease=LONG)
        second: list[int | None] = []
        finishing = Thread(target=lambda: second.append(store.finish(entry, understand(entry.page)).seq))
        with writing(store.engine) as connection:
            connection.execute(update(counters).where(counters.c.name == "seq").values(value=41))
            finishing.start()
            finishing.join(0.3)
            assert finishing.is_alive()
        finishing.join(30)

    assert second == [42]
