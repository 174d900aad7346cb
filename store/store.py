"""The one door to the database: everything that must outlive the process.

RawPage ─▶ spool.put … spool.claim ─▶ (nlp) ─▶ finish ─▶ articles ─▶ index, alerts ─▶ ledger
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Engine

from nlp.records import Article, Dropped
from store.articles import Articles, drop, keep
from store.database import open_engine, writing
from store.ledger import Ledger
from store.migrate import ensure_current
from store.migrate import migrate as run_migrations
from store.records import Finished, SpoolEntry
from store.runs import Runs
from store.spool import Spool, end, lock_claimed
from store.visits import Visits

if TYPE_CHECKING:
    from alerts.ports import ArticleFeed
    from alerts.ports import Ledger as AlertLedger
    from crawler.ports import PageSink, VisitMemory


class Store:
    """The rooms of one database. Threads share a store; processes open their own.

    `engine` is for others who keep tables of their own beside ours (the scheduler's jobs).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.spool = Spool(engine)
        self.articles = Articles(engine)
        self.ledger = Ledger(engine)
        self.visits = Visits(engine)
        self.runs = Runs(engine)

    def finish(self, entry: SpoolEntry, result: Article | Dropped) -> Finished:
        """End a claimed page with what was found in it, and store that: both or neither, in one transaction.

        Raises StaleClaim, and changes nothing, where the page is no longer `entry`'s holder's. `store.versioning`
        says when an article becomes a new version.
        """
        with writing(self.engine) as connection:
            lock_claimed(connection, entry)
            match result:
                case Article():
                    kept = keep(connection, entry, result)
                case Dropped():
                    kept = drop(connection, entry, result)
            done = kept.finished
            end(
                connection,
                entry,
                outcome=done.outcome,
                reason=done.reason,
                detail=kept.detail,
                article_id=done.article_id,
            )
        return done

    def close(self) -> None:
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


if TYPE_CHECKING:

    def _what_others_ask_for(store: Store) -> tuple[PageSink, VisitMemory, ArticleFeed, AlertLedger]:
        """mypy proves here that the rooms are what the other stages' ports say."""
        return store.spool, store.visits, store.articles, store.ledger


def open_store(url: str, *, migrate: bool = False) -> Store:
    """The store at `url` (see `open_engine`).

    An empty database is built. One with an older schema is migrated if `migrate` says so; else it is refused
    with StoreError, as is one that is newer than this code.
    """
    engine = open_engine(url)
    try:
        if migrate:
            run_migrations(engine)
        else:
            ensure_current(engine)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine)
