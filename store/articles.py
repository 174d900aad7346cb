"""The articles: every version ever stored, in the order of the ingest sequence.

The store is the truth. Index and alerts follow it by asking for what came after the sequence they reached, and can
start again at 0 whenever they like (docs/decisions/0002-store-and-index.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, func, or_, select, update

from crawler.records import RawPage
from nlp.records import Article, Dropped, DropReason
from store.database import insert, reading
from store.records import Finished, Outcome, SpoolEntry, StoredArticle
from store.schema import articles, counters, storable, versions
from store.serial import from_json, to_json
from store.versioning import Newest, judge
from zhiwen.times import now
from zhiwen.urls import article_id, canonical_url

_STORED = select(
    versions.c.article_id,
    versions.c.version,
    versions.c.seq,
    versions.c.stored_at,
    versions.c.article,
    articles.c.first_stored_at,
    articles.c.gone_at,
    articles.c.last_fetched_at,
).join(articles, articles.c.id == versions.c.article_id)

_NEWEST = _STORED.where(versions.c.seq == articles.c.seq)

_EVIDENCE = ("lines", "repairs")


class Articles:
    """Reading the store. Writing is `Store.finish`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, article_id: str) -> StoredArticle | None:
        """The newest version."""
        found = self._fetch(_NEWEST.where(articles.c.id == article_id))
        return found[0] if found else None

    def by_url(self, url: str) -> StoredArticle | None:
        """The newest version of the article whose canonical URL is `url`, in any spelling of it."""
        return self.get(article_id(storable(canonical_url(url))))

    def versions(self, article_id: str) -> list[StoredArticle]:
        """All versions, the first one first; empty for an unknown id."""
        return self._fetch(_STORED.where(versions.c.article_id == article_id).order_by(versions.c.version))

    def since(self, seq: int, limit: int) -> list[StoredArticle]:
        """Up to `limit` versions stored after `seq`, in the order of the sequence. Every version, newest or not."""
        return self._fetch(_STORED.where(versions.c.seq > seq).order_by(versions.c.seq).limit(limit))

    def newest_since(self, seq: int, limit: int) -> list[StoredArticle]:
        """As `since`, without versions that have been replaced by now: they come later, under a higher seq.

        Articles come without lines and repairs, which are evidence for people: nearly half of an article, and half of
        the time to read it.
        """
        query = _NEWEST.where(articles.c.seq > seq).order_by(articles.c.seq).limit(limit)
        return self._fetch(query, without=_EVIDENCE)

    def iter_latest(self, batch: int = 500) -> Iterator[StoredArticle]:
        """The newest version of every article, in the order of the sequence, as `newest_since` gives them.

        Each batch is a transaction of its own, so a rebuild keeps no snapshot open for an hour. An article that is
        updated meanwhile comes again with its new version.
        """
        seq = 0
        while found := self.newest_since(seq, limit=batch):
            yield from found
            seq = found[-1].seq

    def with_fingerprint(self, fingerprint: str) -> list[StoredArticle]:
        """Articles whose newest version has this text, wherever it was published; the first stored first."""
        query = _NEWEST.where(versions.c.fingerprint == fingerprint)
        return self._fetch(query.order_by(articles.c.first_stored_at, articles.c.id))

    def latest_seq(self) -> int:
        """The last ingest sequence given out; 0 for an empty store."""
        with reading(self._engine) as connection:
            query = select(counters.c.value).where(counters.c.name == "seq")
            return int(connection.execute(query).scalar_one())

    def count(self) -> int:
        """How many articles (not versions) there are."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.count()).select_from(articles)).scalar_one())

    def _fetch(self, query: Select[Any], *, without: Collection[str] = ()) -> list[StoredArticle]:
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [_stored(row, without=without) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a result did to the articles, and the sentence about it that the page keeps."""

    finished: Finished
    detail: str | None


def keep(connection: Connection, entry: SpoolEntry, article: Article) -> Kept:
    """Store what changed of `article`; see `store.versioning` for what counts as a change."""
    canonical = storable(article.canonical_url)
    key = article_id(canonical)
    moment = now()
    row = _lock_article(connection, key, canonical=canonical, page=entry.page, moment=moment)
    newest = _newest(connection, row)
    verdict = judge(newest, article, page_id=entry.id, fetched_at=entry.page.fetched_at)
    _note_seen(connection, row, page=entry.page)
    finished = Finished(outcome=verdict.outcome, reason=verdict.reason, article_id=key)
    if verdict.outcome is not Outcome.UNCHANGED:
        finished = replace(finished, version=row.version + 1, seq=_next_seq(connection))
        _store_version(connection, article, entry=entry, finished=finished, moment=moment)
    return Kept(finished=finished, detail=verdict.detail)


def drop(connection: Connection, entry: SpoolEntry, dropped: Dropped) -> Kept:
    """A page without an article leaves articles alone, except where it says that one is gone."""
    key = _note_gone(connection, entry.page) if dropped.reason is DropReason.GONE else None
    finished = Finished(outcome=Outcome.DROPPED, reason=str(dropped.reason), article_id=key)
    return Kept(finished=finished, detail=dropped.detail)


def _lock_article(connection: Connection, key: str, *, canonical: str, page: RawPage, moment: datetime) -> Row[Any]:
    """The article's row, made where it is missing (version 0), and ours until the transaction ends.

    Two pages of a new article may come here at once. The second one waits in the INSERT for the first to commit,
    inserts nothing, and reads what the first one wrote.
    """
    fresh = {"version": 0, "seq": 0, "first_stored_at": moment, "last_fetched_at": page.fetched_at}
    connection.execute(
        insert(connection, articles).values(id=key, canonical_url=canonical, **fresh).on_conflict_do_nothing()
    )
    return connection.execute(select(articles).where(articles.c.id == key).with_for_update()).one()


def _newest(connection: Connection, row: Row[Any]) -> Newest | None:
    if row.version == 0:
        return None
    found = connection.execute(
        select(versions.c.article, versions.c.page_id).where(
            versions.c.article_id == row.id, versions.c.version == row.version
        )
    ).one()
    return Newest(
        article=from_json(Article, found.article),
        version=row.version,
        page_id=found.page_id,
        last_fetched_at=row.last_fetched_at,
    )


def _note_seen(connection: Connection, row: Row[Any], *, page: RawPage) -> None:
    came_back = row.gone_at is not None and page.fetched_at > row.gone_at
    connection.execute(
        update(articles)
        .where(articles.c.id == row.id)
        .values(
            last_fetched_at=max(row.last_fetched_at, page.fetched_at),
            gone_at=None if came_back else row.gone_at,
        )
    )


def _note_gone(connection: Connection, page: RawPage) -> str | None:
    """Mark the article of a page that answers 404 or 410, once; returns its id, None where we never had it.

    The article is the one at the page's own URL, or the one whose newest version was fetched from it. A page that
    was seen well *after* this answer (which waited) is not gone.
    """
    canonical_key = article_id(storable(canonical_url(page.url)))
    row = connection.execute(
        select(articles)
        .join(versions, versions.c.seq == articles.c.seq)
        .where(or_(articles.c.id == canonical_key, versions.c.url == page.url))
        .order_by((articles.c.id == canonical_key).desc(), articles.c.seq.desc())
        .limit(1)
        .with_for_update(of=articles)
    ).one_or_none()
    if row is None:
        return None
    if row.gone_at is None and page.fetched_at >= row.last_fetched_at:
        connection.execute(update(articles).where(articles.c.id == row.id).values(gone_at=page.fetched_at))
    return str(row.id)


def _store_version(
    connection: Connection, article: Article, *, entry: SpoolEntry, finished: Finished, moment: datetime
) -> None:
    connection.execute(
        versions.insert().values(
            article_id=finished.article_id,
            version=finished.version,
            seq=finished.seq,
            stored_at=moment,
            page_id=entry.id,
            url=entry.page.url,
            source=article.source,
            title=article.title,
            author=article.author,
            publisher=article.publisher,
            published_at=article.published_at,
            language=article.language,
            mirror=article.mirror,
            fingerprint=article.fingerprint,
            article=to_json(article),
        )
    )
    newest = update(articles).where(articles.c.id == finished.article_id)
    connection.execute(newest.values(version=finished.version, seq=finished.seq))


def _next_seq(connection: Connection) -> int:
    """The next ingest sequence, from a row that stays locked until this transaction commits.

    Not a database sequence: that hands out numbers without waiting, so of two transactions the one with the
    higher number may commit first, and a consumer that has read up to it would never see the lower one. Here the
    lower number is always visible first. Taken late in the transaction, because the others wait for this lock.
    """
    statement = update(counters).where(counters.c.name == "seq").values(value=counters.c.value + 1)
    return int(connection.execute(statement.returning(counters.c.value)).scalar_one())


def _stored(row: Row[Any], *, without: Collection[str]) -> StoredArticle:
    return StoredArticle(
        id=row.article_id,
        version=row.version,
        seq=row.seq,
        stored_at=row.stored_at,
        first_stored_at=row.first_stored_at,
        gone_at=row.gone_at,
        last_fetched_at=row.last_fetched_at,
        article=from_json(Article, row.article, without=without),
    )
