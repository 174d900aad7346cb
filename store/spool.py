"""The spool: raw pages wait here until they are understood, and stay as the evidence of what was seen.

    put ─▶ new ─claim─▶ claimed ─┬─ Store.finish ─▶ done     (added, updated, unchanged, dropped)
            ▲  ◀─release / lease ran out─┘├─ fail ─────────▶ failed   (our code raised)
            └──────────── retry ──────────┴─ died too often ▶ failed

Any number of workers, on any number of machines, share it. A claim is a lease with a fencing token: who holds the
token may end the page, and nobody else, so a worker that was thought dead cannot end a page a second time.

Leases compare the clocks of the workers' machines. A skew of seconds against leases of minutes costs at worst a
second analysis of a page; the token keeps it from being stored twice.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice, takewhile
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, func, or_, select, update

from crawler.records import RawPage
from store.database import lock_name, reading, writing
from store.errors import StaleClaim
from store.records import Finished, Outcome, OutcomeCount, PageState, SpoolCounts, SpoolEntry
from store.schema import CLAIMED, NOT_ENDED, bodies, pages
from zhiwen.errors import InputError
from zhiwen.times import now
from zhiwen.urls import canonical_url

# Of bound values in one statement; SQLite takes 32,766, PostgreSQL 65,535.
_IDS_AT_ONCE = 10_000

_WITH_BODY: Select[Any] = select(*pages.c, bodies.c.body).join(bodies, bodies.c.page_id == pages.c.id)


class Spool:
    """`max_attempts`: how many workers may die or stall over a page before it is set aside as failed."""

    def __init__(self, engine: Engine, *, max_attempts: int = 3) -> None:
        self._engine = engine
        self._max_attempts = max_attempts

    def put(self, page: RawPage) -> int:
        """Keep `page` durably; returns its number. The same answer of the same URL, still waiting, is kept once."""
        body = zlib.compress(page.body)  # before the lock is taken: it is the slow part
        with writing(self._engine) as connection:
            lock_name(connection, f"put {page.url}")
            waiting = connection.execute(
                select(pages.c.id).where(
                    pages.c.url == page.url,
                    pages.c.sha256 == page.sha256,
                    pages.c.status == page.status,  # a 404 can have the (empty) body of a 200
                    pages.c.state == PageState.NEW,
                )
            ).scalar()
            if waiting is not None:
                return int(waiting)
            number = connection.execute(pages.insert().values(**_columns(page)).returning(pages.c.id)).scalar_one()
            connection.execute(bodies.insert().values(page_id=number, body=body))
            return int(number)

    def claim(self, worker: str, *, limit: int, lease: timedelta, ids: Sequence[int] | None = None) -> list[SpoolEntry]:
        """Up to `limit` waiting pages with their bodies, the oldest first, for `worker` alone until the lease ends.

        `ids`: only of these. Empty means that nothing waits; fewer than `limit` does not.

        A page whose worker vanished comes back when its lease has run out, and comes alone: should it be the one
        that kills workers, it takes no innocent neighbours along, time after time. After `max_attempts` it has failed.
        """
        with writing(self._engine) as connection:
            self._set_aside_killers(connection)
            taken: list[int] = []
            for some_ids in [None] if ids is None else _portions(sorted(ids)):
                taken = taken or _take(connection, limit=limit, ids=some_ids)
            rows = _mark_claimed(connection, taken, worker=worker, lease=lease)
        return [_entry(row) for row in rows]  # bodies are unpacked when the others may go on

    def renew(self, entry: SpoolEntry, lease: timedelta) -> SpoolEntry:
        """Hold `entry` for `lease` from now on. Raises StaleClaim where it is in other hands already."""
        until = now() + lease
        with writing(self._engine) as connection:
            _update_claimed(connection, entry, {"lease_until": until})
        return replace(entry, lease_until=until)

    def release(self, entry: SpoolEntry) -> None:
        """Give `entry` back untouched (a clean shutdown): the attempt does not count.

        Where it is in other hands already there is nothing to give back, and nothing happens.
        """
        values = {"state": PageState.NEW, "attempts": pages.c.attempts - 1, **_UNCLAIMED}
        with writing(self._engine) as connection:
            connection.execute(update(pages).where(_is_held(entry)).values(**values))

    def fail(self, entry: SpoolEntry, *, error: str) -> Finished:
        """End `entry` as failed: our code raised, `error` is the traceback. Raises StaleClaim."""
        with writing(self._engine) as connection:
            end(connection, entry, outcome=Outcome.FAILED, error=error)
        return Finished(outcome=Outcome.FAILED)

    def get(self, page_id: int) -> SpoolEntry:
        """One page with its body. Raises InputError for a number that no page has."""
        with reading(self._engine) as connection:
            row = connection.execute(_WITH_BODY.where(pages.c.id == page_id)).one_or_none()
        if row is None:
            raise InputError(f"there is no page {page_id}", hint="`zhiwen spool list` shows the numbers")
        return _entry(row)

    def latest(self, url: str) -> SpoolEntry | None:
        """The page of `url` that was fetched last, with its body; None for a URL that never came."""
        query = (
            _WITH_BODY.where(pages.c.url.in_([url, canonical_url(url)]))
            .order_by(pages.c.fetched_at.desc(), pages.c.id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _entry(row)

    def list(
        self,
        *,
        state: PageState | None = None,
        outcome: Outcome | None = None,
        reason: str | None = None,
        source: str | None = None,
        limit: int = 100,
    ) -> list[SpoolEntry]:
        """Pages without their bodies, newest first."""
        wanted = {"outcome": outcome, "reason": reason, "source": source}
        query = select(pages).order_by(pages.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(_in_state(state))
        for name, value in wanted.items():
            if value is not None:
                query = query.where(pages.c[name] == value)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def retry(self, ids: Iterable[int] | None = None) -> int:
        """Let ended pages wait again: these, or all that failed. Returns how many.

        A page that did not fail is analysed anew (by better code, say); what that may change is told in
        `store.versioning`. Pages that wait or are being worked on stay as they are.
        """
        failed_or_given: list[ColumnElement[bool]] = (
            [_in_state(PageState.FAILED)]
            if ids is None
            else [
                and_(pages.c.state.in_([PageState.FAILED, PageState.DONE]), pages.c.id.in_(portion))
                for portion in _portions(sorted(ids))
            ]
        )
        with writing(self._engine) as connection:
            return sum(
                connection.execute(update(pages).where(condition).values(**_FRESH)).rowcount
                for condition in failed_or_given
            )

    def counts(self) -> SpoolCounts:
        columns = (pages.c.state, pages.c.outcome, pages.c.reason, pages.c.source)
        with reading(self._engine) as connection:
            rows = connection.execute(select(*columns, func.count().label("pages")).group_by(*columns)).all()
        states = {state: sum(row.pages for row in rows if row.state == state) for state in PageState}
        ended = (
            OutcomeCount(outcome=Outcome(row.outcome), reason=row.reason, source=row.source, pages=row.pages)
            for row in rows
            if row.outcome is not None
        )
        order = list(Outcome)
        return SpoolCounts(
            states=states,
            outcomes=tuple(sorted(ended, key=lambda one: (order.index(one.outcome), one.reason or "", one.source))),
        )

    def waiting(self) -> int:
        """How many pages a claim could take now: new ones, and those whose lease has run out."""
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.count()).where(_claimable())).scalar_one())

    def _set_aside_killers(self, connection: Connection) -> None:
        killers = connection.execute(
            select(pages.c.id, pages.c.attempts, pages.c.claimed_by, pages.c.lease_until)
            .where(CLAIMED, _lease_ran_out(), pages.c.attempts >= self._max_attempts)
            .with_for_update(skip_locked=True)
        ).all()
        for row in killers:
            error = (
                f"{row.attempts} workers took this page and none came back with it; the last was {row.claimed_by},"
                f" whose lease ran out at {row.lease_until.isoformat(timespec='seconds')}."
                " It may be the page that ends or stalls them, so it is not tried again by itself:"
                f" look at it with `zhiwen spool show {row.id}`, then `zhiwen spool retry {row.id}`."
            )
            connection.execute(update(pages).where(pages.c.id == row.id).values(**_ended(Outcome.FAILED, error=error)))


def lock_claimed(connection: Connection, entry: SpoolEntry) -> None:
    """Make sure that `entry` is still its holder's, and that it stays so until the transaction ends."""
    held = connection.execute(select(pages.c.id).where(_is_held(entry)).with_for_update()).scalar()
    if held is None:
        raise StaleClaim(entry.id, claim=entry.claim)


def end(
    connection: Connection,
    entry: SpoolEntry,
    *,
    outcome: Outcome,
    reason: str | None = None,
    detail: str | None = None,
    error: str | None = None,
    article_id: str | None = None,
) -> None:
    """Write the one outcome of a page. Raises StaleClaim."""
    values = _ended(outcome, reason=reason, detail=detail, error=error, article_id=article_id)
    _update_claimed(connection, entry, values)


_UNCLAIMED: dict[str, Any] = {"claim": None, "claimed_by": None, "lease_until": None}
_FRESH: dict[str, Any] = {
    "state": PageState.NEW,
    "attempts": 0,
    **_UNCLAIMED,
    **dict.fromkeys(("outcome", "reason", "detail", "error", "article_id", "finished_at")),
}


def _ended(outcome: Outcome, **why: str | None) -> dict[str, Any]:
    state = PageState.FAILED if outcome is Outcome.FAILED else PageState.DONE
    # claimed_by stays: it tells whose log to read
    return {"state": state, "claim": None, "lease_until": None, "finished_at": now(), "outcome": outcome, **why}


def _columns(page: RawPage) -> dict[str, Any]:
    return {
        "put_at": now(),
        "url": page.url,
        "final_url": page.final_url,
        "source": page.source,
        "fetched_at": page.fetched_at,
        "status": page.status,
        "headers": dict(page.headers),
        "content_type": page.content_type,
        "hints": dict(page.hints),
        "sha256": page.sha256,
        "size": len(page.body),
        "state": PageState.NEW,
        "attempts": 0,
    }


def _in_state(state: PageState) -> ColumnElement[bool]:
    """`state`, said in the words of an index that finds it among a million ended pages."""
    in_state: ColumnElement[bool] = pages.c.state == state
    match state:
        case PageState.NEW | PageState.CLAIMED:
            return and_(NOT_ENDED, in_state)
        case PageState.FAILED:
            return and_(pages.c.outcome == Outcome.FAILED, in_state)
        case PageState.DONE:  # nearly all are
            return in_state


def _lease_ran_out() -> ColumnElement[bool]:
    return and_(pages.c.state == PageState.CLAIMED, pages.c.lease_until <= now())


def _claimable() -> ColumnElement[bool]:
    return and_(NOT_ENDED, or_(pages.c.state == PageState.NEW, _lease_ran_out()))


def _is_held(entry: SpoolEntry) -> ColumnElement[bool]:
    return and_(pages.c.id == entry.id, pages.c.state == PageState.CLAIMED, pages.c.claim == entry.claim)


def _take(connection: Connection, *, limit: int, ids: Sequence[int] | None) -> list[int]:
    """Lock the pages of the next claim. Those that others are locking just now are passed over, not waited for."""
    query = select(pages.c.id, pages.c.attempts).where(_claimable())
    if ids is not None:
        query = query.where(pages.c.id.in_(ids))
    rows = connection.execute(query.order_by(pages.c.id).limit(limit).with_for_update(skip_locked=True)).all()
    if rows and rows[0].attempts:
        return [rows[0].id]  # its last worker vanished: alone
    return [row.id for row in takewhile(lambda row: not row.attempts, rows)]


def _mark_claimed(connection: Connection, ids: list[int], *, worker: str, lease: timedelta) -> Sequence[Row[Any]]:
    if not ids:
        return []
    connection.execute(
        update(pages)
        .where(pages.c.id.in_(ids))
        .values(
            state=PageState.CLAIMED,
            attempts=pages.c.attempts + 1,
            claim=uuid.uuid4().hex,
            claimed_by=worker,
            lease_until=now() + lease,
        )
    )
    return connection.execute(_WITH_BODY.where(pages.c.id.in_(ids)).order_by(pages.c.id)).all()


def _update_claimed(connection: Connection, entry: SpoolEntry, values: dict[str, Any]) -> None:
    if connection.execute(update(pages).where(_is_held(entry)).values(**values)).rowcount == 0:
        raise StaleClaim(entry.id, claim=entry.claim)


def _entry(row: Row[Any]) -> SpoolEntry:
    columns = row._mapping
    return SpoolEntry(
        id=row.id,
        page=RawPage(
            url=row.url,
            final_url=row.final_url,
            source=row.source,
            fetched_at=row.fetched_at,
            status=row.status,
            headers=row.headers,
            content_type=row.content_type,
            body=zlib.decompress(columns["body"]) if "body" in columns else b"",
            hints=row.hints,
            sha256=row.sha256,
        ),
        state=PageState(row.state),
        attempts=row.attempts,
        claim=row.claim,
        claimed_by=row.claimed_by,
        lease_until=row.lease_until,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        reason=row.reason,
        detail=row.detail,
        error=row.error,
        article_id=row.article_id,
        size=row.size,
    )


def _portions(ids: Sequence[int]) -> Iterable[list[int]]:
    remaining = iter(ids)
    while portion := list(islice(remaining, _IDS_AT_ONCE)):
        yield portion
