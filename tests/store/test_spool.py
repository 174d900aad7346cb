from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event

from crawler.records import RawPage
from nlp.records import Dropped, DropReason
from store.database import reading
from store.errors import StaleClaim
from store.records import Finished, Outcome, OutcomeCount, PageState, SpoolEntry
from store.spool import Spool
from store.store import Store, open_store
from zhiwen.errors import InputError

Page = Callable[..., RawPage]
ClaimOne = Callable[..., SpoolEntry]
MINUTE = timedelta(minutes=1)
PAST = timedelta(seconds=-1)  # a lease that has run out already


def drop(store: Store, entry: SpoolEntry, reason: DropReason = DropReason.THIN) -> Finished:
    dropped = Dropped(url=entry.page.url, source=entry.page.source, reason=reason, detail="two lines")
    return store.finish(entry, dropped)


def test_a_page_comes_back_exactly_as_it_was_put(store: Store) -> None:
    page = RawPage(
        url="https://news.example/聆讯?a=1",
        final_url="https://news.example/moved",
        source="news",
        fetched_at=datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC),
        status=404,
        headers={"etag": '"x"', "link": "<a>; rel=canonical"},
        content_type="text/html",
        body=bytes(range(256)) * 100,
        hints={"title": "智谱“聆讯”"},
    )

    number = store.spool.put(page)

    assert store.spool.get(number) == SpoolEntry(
        id=number, page=page, state=PageState.NEW, attempts=0, size=len(page.body)
    )


def test_times_in_other_zones_are_kept_as_the_same_moment(store: Store, a_page: Page, noon: datetime) -> None:
    beijing = noon.astimezone(datetime.strptime("+0800", "%z").tzinfo)

    entry = store.spool.get(store.spool.put(a_page(fetched_at=beijing)))

    assert entry.page.fetched_at == noon
    assert entry.page.fetched_at.tzinfo is UTC


def test_text_that_no_database_takes_is_kept_with_replacement_characters(store: Store, a_page: Page) -> None:
    """JSON-LD can hold a NUL and half a surrogate pair; one page must not stop the spool."""
    entry = store.spool.get(store.spool.put(a_page(hints={"title": "a\x00b\ud83dc"}, content_type="x\x00")))

    assert entry.page.hints == {"title": "a\x00b\ufffdc"}  # JSON has a spelling for NUL
    assert entry.page.content_type == "x\ufffd"


def test_the_same_answer_still_waiting_is_kept_once(store: Store, a_page: Page) -> None:
    first = store.spool.put(a_page())

    assert store.spool.put(a_page(after=MINUTE)) == first
    assert store.spool.waiting() == 1


@pytest.mark.parametrize("changes", [{"body": b"other"}, {"url": "https://news.example/2"}, {"status": 404}])
def test_another_answer_is_another_page(store: Store, a_page: Page, changes: dict) -> None:
    first = store.spool.put(a_page())

    assert store.spool.put(a_page(**changes)) != first


def test_a_page_that_is_being_worked_on_does_not_stand_for_a_new_one(
    store: Store, a_page: Page, claim_one: ClaimOne
) -> None:
    first = store.spool.put(a_page())
    claim_one()

    assert store.spool.put(a_page()) != first


def test_the_oldest_pages_are_claimed_first_with_their_bodies(store: Store, a_page: Page) -> None:
    numbers = [store.spool.put(a_page(str(n))) for n in range(5)]

    claimed = store.spool.claim("host:1", limit=3, lease=MINUTE)

    assert [entry.id for entry in claimed] == numbers[:3]
    assert [entry.page.body for entry in claimed] == [b"0", b"1", b"2"]
    assert {(e.state, e.attempts, e.claimed_by) for e in claimed} == {(PageState.CLAIMED, 1, "host:1")}


def test_a_claimed_page_is_nobody_elses(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    store.spool.put(a_page())
    claim_one()

    assert store.spool.claim("other", limit=10, lease=MINUTE) == []


def test_claims_can_be_confined_to_given_pages(store: Store, a_page: Page) -> None:
    numbers = [store.spool.put(a_page(str(n))) for n in range(4)]

    claimed = store.spool.claim("w", limit=10, lease=MINUTE, ids=[numbers[3], numbers[1], 999])

    assert [entry.id for entry in claimed] == [numbers[1], numbers[3]]
    assert store.spool.claim("w", limit=10, lease=MINUTE, ids=[]) == []


def test_more_ids_than_a_statement_can_bind_are_no_trouble(store: Store, a_page: Page) -> None:
    number = store.spool.put(a_page())

    (entry,) = store.spool.claim("w", limit=1, lease=MINUTE, ids=range(number, number + 70_000))
    store.spool.fail(entry, error="x")

    assert entry.id == number
    assert store.spool.retry(range(number - 70_000, number + 1)) == 1


def test_a_page_whose_lease_ran_out_is_claimed_again_with_a_new_token(store: Store, a_page: Page) -> None:
    store.spool.put(a_page())
    (lost,) = store.spool.claim("dead", limit=1, lease=PAST)
    assert store.spool.waiting() == 1

    (again,) = store.spool.claim("alive", limit=1, lease=MINUTE)

    assert (again.id, again.attempts) == (lost.id, 2)
    assert again.claim != lost.claim


def test_a_lease_ends_by_the_clock(store: Store, a_page: Page) -> None:
    with time_machine.travel("2026-03-02 12:00Z", tick=False) as clock:
        store.spool.put(a_page())
        store.spool.claim("a", limit=1, lease=MINUTE)
        clock.shift(59)
        assert store.spool.claim("b", limit=1, lease=MINUTE) == []
        clock.shift(1)
        assert len(store.spool.claim("b", limit=1, lease=MINUTE)) == 1


def test_a_page_that_ends_its_workers_fails_with_an_explanation(store: Store, a_page: Page) -> None:
    number = store.spool.put(a_page())
    for n in range(3):
        assert len(store.spool.claim(f"host:{n}", limit=1, lease=PAST)) == 1

    assert store.spool.claim("host:4", limit=1, lease=MINUTE) == []

    entry = store.spool.get(number)
    assert (entry.state, entry.outcome, entry.attempts) == (PageState.FAILED, Outcome.FAILED, 3)
    assert entry.error is not None
    assert "3 workers took this page" in entry.error
    assert "host:2" in entry.error
    assert f"zhiwen spool retry {number}" in entry.error


def test_a_page_that_ends_its_workers_takes_no_neighbours_along(store: Store, a_page: Page) -> None:
    """Each worker claims as many as it can and dies over page 3; all the others must come through."""
    store.spool.put(a_page("0"))
    numbers = [store.spool.put(a_page(str(n))) for n in range(1, 10)]
    deadly = numbers[2]
    for _ in range(100):
        batch = store.spool.claim("w", limit=5, lease=PAST)
        for entry in batch:
            if entry.id == deadly:
                break  # kill -9: this page and those behind it stay claimed
            drop(store, entry)

    assert store.spool.counts().states == {"new": 0, "claimed": 0, "done": 9, "failed": 1}
    assert [entry.id for entry in store.spool.list(state=PageState.FAILED)] == [deadly]


def test_renewing_extends_the_lease(store: Store, a_page: Page) -> None:
    with time_machine.travel("2026-03-02 12:00Z", tick=False) as clock:
        store.spool.put(a_page())
        (entry,) = store.spool.claim("a", limit=1, lease=MINUTE)
        clock.shift(50)

        renewed = store.spool.renew(entry, MINUTE)

        assert renewed.lease_until == datetime(2026, 3, 2, 12, 1, 50, tzinfo=UTC)
        clock.shift(50)
        assert store.spool.claim("b", limit=1, lease=MINUTE) == []
        assert drop(store, renewed).outcome is Outcome.DROPPED


def test_a_released_page_waits_again_and_its_attempt_does_not_count(
    store: Store, a_page: Page, claim_one: ClaimOne
) -> None:
    store.spool.put(a_page())
    for _ in range(5):
        store.spool.release(claim_one())

    assert claim_one().attempts == 1


def test_releasing_what_others_hold_takes_nothing_from_them(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    store.spool.put(a_page())
    stale = claim_one(lease=PAST)
    held = claim_one()

    store.spool.release(stale)

    assert store.spool.get(held.id) == held


def test_a_failure_keeps_its_traceback(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    number = store.spool.put(a_page())

    finished = store.spool.fail(claim_one(), error="Traceback …\nValueError: \x00")

    assert finished == Finished(outcome=Outcome.FAILED)
    entry = store.spool.get(number)
    assert (entry.state, entry.outcome, entry.error) == (
        PageState.FAILED,
        Outcome.FAILED,
        "Traceback …\nValueError: \ufffd",
    )


def test_a_drop_keeps_reason_and_detail(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    number = store.spool.put(a_page())

    finished = drop(store, claim_one(), DropReason.PAYWALL)

    assert finished == Finished(outcome=Outcome.DROPPED, reason="paywall")
    entry = store.spool.get(number)
    assert (entry.state, entry.outcome, entry.reason, entry.detail) == (
        PageState.DONE,
        Outcome.DROPPED,
        "paywall",
        "two lines",
    )


@pytest.mark.parametrize("how", ["finish", "fail", "renew"])
@pytest.mark.parametrize("situation", ["taken over", "ended", "never claimed"])
def test_only_the_holder_of_a_claim_may_end_the_page(
    store: Store, a_page: Page, claim_one: ClaimOne, how: str, situation: str
) -> None:
    number = store.spool.put(a_page())
    stale = claim_one(lease=PAST)
    use = {
        "finish": lambda: drop(store, stale),
        "fail": lambda: store.spool.fail(stale, error="x"),
        "renew": lambda: store.spool.renew(stale, MINUTE),
    }
    if situation == "taken over":
        claim_one()
    elif situation == "ended":
        drop(store, stale)
    else:
        stale = replace(stale, claim=None)
    before = store.spool.get(number)

    with pytest.raises(StaleClaim, match=f"page {number}"):
        use[how]()

    assert store.spool.get(number) == before


def test_a_lease_that_ran_out_does_not_stop_a_worker_whom_nobody_replaced(
    store: Store, a_page: Page, claim_one: ClaimOne
) -> None:
    store.spool.put(a_page())

    assert drop(store, claim_one(lease=PAST)).outcome is Outcome.DROPPED


def test_unknown_numbers_are_refused_and_unknown_urls_are_none(store: Store, a_page: Page) -> None:
    with pytest.raises(InputError, match="there is no page 7"):
        store.spool.get(7)

    assert store.spool.latest("https://news.example/1") is None


def test_the_latest_page_of_a_url_is_the_one_fetched_last(store: Store, a_page: Page) -> None:
    newer = store.spool.put(a_page(after=MINUTE, body=b"new"))
    store.spool.put(a_page(body=b"old"))

    found = store.spool.latest("HTTPS://NEWS.example/1#top")

    assert found is not None
    assert (found.id, found.page.body) == (newer, b"new")


def test_lists_are_newest_first_without_bodies_and_filtered(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    numbers = [store.spool.put(a_page(str(n), source="ab"[n % 2])) for n in range(4)]
    drop(store, claim_one(), DropReason.THIN)  # numbers[0], source a
    drop(store, claim_one(), DropReason.SPAM)  # numbers[1], source b

    def found(**filters: object) -> list[int]:
        return [entry.id for entry in store.spool.list(**filters)]  # type: ignore[arg-type]

    assert found() == numbers[::-1]
    assert found(limit=1) == [numbers[3]]
    assert found(state=PageState.NEW) == [numbers[3], numbers[2]]
    assert found(outcome=Outcome.DROPPED) == [numbers[1], numbers[0]]
    assert found(reason="spam") == [numbers[1]]
    assert found(source="a", state=PageState.DONE) == [numbers[0]]
    assert {entry.page.body for entry in store.spool.list()} == {b""}
    assert store.spool.list()[0].page.sha256 == a_page("3").sha256


def test_retry_lets_all_failed_pages_wait_again_with_a_clean_slate(
    store: Store, a_page: Page, claim_one: ClaimOne
) -> None:
    store.spool.put(a_page("1"))
    store.spool.put(a_page("2"))
    failed = claim_one()
    store.spool.fail(failed, error="x")
    drop(store, claim_one())

    assert store.spool.retry() == 1

    assert store.spool.get(failed.id) == replace(
        failed, state=PageState.NEW, attempts=0, claim=None, claimed_by=None, lease_until=None
    )


def test_retry_takes_ended_pages_only(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    numbers = [store.spool.put(a_page(str(n))) for n in range(3)]
    drop(store, claim_one())
    claimed = claim_one()

    assert store.spool.retry(numbers) == 1
    assert store.spool.get(claimed.id) == claimed
    assert claim_one().id == numbers[0]


def test_every_page_is_counted_once_and_the_sums_agree(store: Store, a_page: Page, claim_one: ClaimOne) -> None:
    for n in range(6):
        store.spool.put(a_page(str(n), source="ab"[n % 2]))
    for reason in (DropReason.THIN, DropReason.THIN, DropReason.THIN):
        drop(store, claim_one(), reason)
    store.spool.fail(claim_one(), error="x")
    claim_one()

    counts = store.spool.counts()

    assert counts.states == {"new": 1, "claimed": 1, "done": 3, "failed": 1}
    assert counts.outcomes == (
        OutcomeCount(outcome=Outcome.DROPPED, reason="thin", source="a", pages=2),
        OutcomeCount(outcome=Outcome.DROPPED, reason="thin", source="b", pages=1),
        OutcomeCount(outcome=Outcome.FAILED, reason=None, source="b", pages=1),
    )


def test_the_number_of_attempts_is_a_choice(store: Store, a_page: Page) -> None:
    store.spool.put(a_page())
    strict = Spool(store.engine, max_attempts=1)
    strict.claim("w", limit=1, lease=PAST)

    assert strict.claim("w", limit=1, lease=MINUTE) == []
    assert store.spool.counts().states[PageState.FAILED] == 1


def test_claiming_does_not_walk_over_the_pages_that_have_ended(tmp_path: Path) -> None:
    """A year of ended pages lies before the one that waits."""
    asked: list[tuple[str, object]] = []
    with open_store(f"sqlite:///{tmp_path}/zhiwen.db") as store:
        event.listen(store.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        store.spool.claim("w", limit=5, lease=MINUTE)
        store.spool.waiting()
        with reading(store.engine) as connection:
            selects = [(sql, values) for sql, values in asked if sql.startswith("SELECT")]
            plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all() for sql, values in selects]

    dead_workers, next_pages, how_many = ([step.detail for step in plan] for plan in plans)
    assert dead_workers == ["SEARCH pages USING INDEX ix_pages_claimed (lease_until<?)"]
    assert next_pages == ["SCAN pages USING INDEX ix_pages_not_ended"]  # in order: nothing to sort
    assert how_many == ["SCAN pages USING INDEX ix_pages_not_ended"]
