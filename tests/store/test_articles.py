from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from crawler.records import RawPage
from nlp.records import Article, Dropped, DropReason, Entity, Event, Figure, Line, LineLabel, Repair
from store.database import writing
from store.errors import StaleClaim
from store.records import Finished, Outcome, PageState, SpoolEntry
from store.schema import versions
from store.store import Store
from zhiwen.urls import article_id

Page = Callable[..., RawPage]
Enter = Callable[..., Finished]
HOUR = timedelta(hours=1)
URL = "https://news.example/1"
ID = article_id(URL)


def test_a_new_article_is_version_1_with_the_first_sequence(store: Store, a_page: Page, enter: Enter) -> None:
    finished = enter(a_page())

    assert finished == Finished(outcome=Outcome.ADDED, article_id=ID, version=1, seq=1)
    entry = store.spool.latest(URL)
    assert entry is not None
    assert (entry.state, entry.outcome, entry.article_id) == (PageState.DONE, Outcome.ADDED, ID)


def test_an_article_comes_back_whole(store: Store, a_page: Page, enter: Enter, noon: datetime) -> None:
    everything = {
        "author": "江思远",
        "published_at": noon.astimezone(datetime.strptime("+0800", "%z").tzinfo),
        "original_text": "智譜今日通過聆訊。",
        "lines": (Line(text="a", clean="a", label=LineLabel.BODY, reason="long"),),
        "repairs": (Repair(step="strip_pinyin", before="智(zhì)", after="智", why="pinyin of 智", line=3),),
        "entities": (Entity(text="智谱", start=0, end=2, type="COMPANY", canonical="智谱", found_by="x"),),
        "figures": (Figure(text="6.6%", start=0, end=4, kind="PERCENT", value=Decimal("6.60"), unit="percent"),),
        "events": (Event(type="hearing_passed", company="智谱", date=noon.date(), start=1, end=2, trigger="通过"),),
        "about": ("智谱",),
        "mirror": True,
    }

    finished = enter(a_page(), **everything)

    stored = store.articles.get(ID)
    assert stored is not None
    assert (stored.id, stored.version, stored.seq) == (ID, 1, finished.seq)
    assert stored.stored_at == stored.first_stored_at
    assert stored.last_fetched_at == noon
    for name, value in everything.items():
        assert getattr(stored.article, name) == value
    assert str(stored.article.figures[0].value) == "6.60"


def test_a_correction_is_a_new_version_of_the_same_article(store: Store, a_page: Page, enter: Enter) -> None:
    enter(a_page())

    finished = enter(a_page(body=b"2", after=HOUR), title="更正")

    assert finished == Finished(outcome=Outcome.UPDATED, article_id=ID, version=2, seq=2)
    assert [(v.version, v.article.title) for v in store.articles.versions(ID)] == [
        (1, "智谱通过港交所聆讯"),
        (2, "更正"),
    ]
    newest = store.articles.get(ID)
    assert newest is not None
    assert newest.version == 2
    assert newest.first_stored_at < newest.stored_at
    assert store.articles.count() == 1


def test_the_same_again_is_unchanged_but_seen(store: Store, a_page: Page, enter: Enter, noon: datetime) -> None:
    enter(a_page())

    finished = enter(a_page(after=HOUR, body=b"other advertisements"))

    assert finished == Finished(outcome=Outcome.UNCHANGED, article_id=ID)
    stored = store.articles.get(ID)
    assert stored is not None
    assert (stored.version, stored.last_fetched_at) == (1, noon + HOUR)
    assert store.articles.latest_seq() == 1


def test_pages_of_one_canonical_url_are_one_article(store: Store, a_page: Page, enter: Enter) -> None:
    enter(a_page("feed-copy"), canonical_url=URL)

    assert enter(a_page("1", after=HOUR)).outcome is Outcome.UNCHANGED
    assert store.articles.count() == 1


def test_a_late_page_changes_nothing(store: Store, a_page: Page, enter: Enter, noon: datetime) -> None:
    enter(a_page(after=HOUR), title="更正")

    finished = enter(a_page(body=b"waited for a week"), title="原题")

    assert finished == Finished(outcome=Outcome.UNCHANGED, reason="late", article_id=ID)
    stored = store.articles.get(ID)
    assert stored is not None
    assert (stored.article.title, stored.last_fetched_at) == ("更正", noon + HOUR)


def test_a_page_from_before_an_unchanged_sighting_is_late_too(store: Store, a_page: Page, enter: Enter) -> None:
    """At 12 and at 14 it read A; what was fetched at 13 read B. A stands."""
    enter(a_page(body=b"12"), title="A")
    enter(a_page(body=b"14", after=2 * HOUR), title="A")

    assert enter(a_page(body=b"13", after=HOUR), title="B").reason == "late"


def test_better_code_updates_an_article_from_the_page_it_came_from(store: Store, a_page: Page, enter: Enter) -> None:
    page = a_page()
    enter(page)
    enter(a_page(body=b"later, unchanged", after=HOUR))
    store.spool.retry([1])

    finished = enter.again(page, about=("智谱",))

    assert finished == Finished(outcome=Outcome.UPDATED, reason="reanalysed", article_id=ID, version=2, seq=2)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_analysing_everything_again_ends_with_the_page_seen_last_in_any_order(
    store: Store, a_page: Page, an_article: Callable[..., Article], order: tuple[int, ...]
) -> None:
    pages = [a_page(body=str(hour).encode(), after=hour * HOUR) for hour in range(3)]
    numbers = [store.spool.put(page) for page in pages]
    old_code, better_code = ["一", "二", "二"], ["1", "2", "2"]  # the third page brought nothing new

    def analyse(number: int, titles: list[str]) -> None:
        (entry,) = store.spool.claim("w", limit=1, lease=HOUR, ids=[number])
        store.finish(entry, an_article(entry.page, title=titles[numbers.index(number)]))

    for number in numbers:
        analyse(number, old_code)
    store.spool.retry(numbers)
    for position in order:
        analyse(numbers[position], better_code)

    stored = store.articles.get(ID)
    assert stored is not None
    assert stored.article.title == "2"
    assert store.spool.counts().states[PageState.DONE] == 3


def test_an_article_whose_page_is_gone_is_marked_once(store: Store, a_page: Page, enter: Enter, noon: datetime) -> None:
    enter(a_page())

    finished = enter(a_page(status=404, body=b"", after=HOUR), gone=True)
    enter(a_page(status=404, body=b"", after=2 * HOUR), gone=True)

    assert finished == Finished(outcome=Outcome.DROPPED, reason="gone", article_id=ID)
    stored = store.articles.get(ID)
    assert stored is not None
    assert (stored.gone_at, stored.last_fetched_at, stored.seq) == (noon + HOUR, noon, 1)


def test_an_article_that_comes_back_is_gone_no_longer(store: Store, a_page: Page, enter: Enter) -> None:
    enter(a_page())
    enter(a_page(status=404, body=b"", after=HOUR), gone=True)

    assert enter(a_page(body=b"back", after=2 * HOUR)).outcome is Outcome.UNCHANGED

    stored = store.articles.get(ID)
    assert stored is not None
    assert stored.gone_at is None


def test_answers_that_waited_do_not_change_whether_an_article_is_gone(
    store: Store, a_page: Page, enter: Enter, noon: datetime
) -> None:
    enter(a_page(body=b"15", after=3 * HOUR))
    enter(a_page(status=404, body=b"14", after=2 * HOUR), gone=True)  # seen since: not gone
    assert store.articles.versions(ID)[0].gone_at is None

    enter(a_page(status=404, body=b"17", after=5 * HOUR), gone=True)
    enter(a_page(body=b"16", after=4 * HOUR), title="更正")  # newer than what we have, older than the 404

    stored = store.articles.get(ID)
    assert stored is not None
    assert (stored.version, stored.gone_at) == (2, noon + 5 * HOUR)


def test_a_page_that_named_another_canonical_url_takes_its_article_along(
    store: Store, a_page: Page, enter: Enter, noon: datetime
) -> None:
    enter(a_page("amp/1"), canonical_url=URL)

    finished = enter(a_page("amp/1", status=410, body=b"", after=HOUR), gone=True)

    assert finished.article_id == ID
    assert store.articles.versions(ID)[0].gone_at == noon + HOUR


def test_a_page_gone_that_never_held_an_article_is_dropped_and_no_more(
    store: Store, a_page: Page, enter: Enter
) -> None:
    assert enter(a_page(status=404), gone=True) == Finished(outcome=Outcome.DROPPED, reason="gone")
    assert store.articles.count() == 0


@pytest.mark.parametrize("reason", [reason for reason in DropReason if reason is not DropReason.GONE])
def test_other_drops_leave_a_known_article_alone(
    store: Store, a_page: Page, enter: Enter, claim_one: Callable[..., SpoolEntry], reason: DropReason
) -> None:
    enter(a_page())
    before = store.articles.get(ID)
    store.spool.put(a_page(body=b"a wall", after=HOUR))

    store.finish(claim_one(), Dropped(url=URL, source="news", reason=reason, detail=""))

    assert store.articles.get(ID) == before


def test_a_stale_claim_stores_nothing(
    store: Store, a_page: Page, an_article: Callable[..., Article], claim_one: Callable[..., SpoolEntry]
) -> None:
    store.spool.put(a_page())
    stale = claim_one("slow", lease=-HOUR)
    held = claim_one("fast")

    with pytest.raises(StaleClaim):
        store.finish(stale, an_article(stale.page))

    assert (store.articles.count(), store.articles.latest_seq()) == (0, 0)
    assert store.finish(held, an_article(held.page)).outcome is Outcome.ADDED


def test_a_finish_that_raises_leaves_no_trace_and_the_claim_intact(
    store: Store, a_page: Page, an_article: Callable[..., Article], claim_one: Callable[..., SpoolEntry]
) -> None:
    store.spool.put(a_page())
    entry = claim_one()
    naive = an_article(entry.page, published_at=datetime(2026, 3, 2))

    with pytest.raises(Exception, match="naive time"):
        store.finish(entry, naive)

    assert (store.articles.count(), store.articles.latest_seq()) == (0, 0)
    assert store.finish(entry, an_article(entry.page)).seq == 1


def test_text_that_no_database_takes_does_not_lose_the_article(store: Store, a_page: Page, enter: Enter) -> None:
    odd = "a\x00b\ud83dc"

    enter(a_page(), title=odd, text=odd, publisher=odd, canonical_url=f"{URL}?{odd}")
    again = enter(a_page(body=b"2", after=HOUR), title=odd, text=odd, publisher=odd, canonical_url=f"{URL}?{odd}")

    assert again.outcome is Outcome.UNCHANGED
    (stored,) = store.articles.since(0, 10)
    assert len(stored.article.text) == len(odd)  # offsets stay true


def test_unknown_articles_are_none(store: Store) -> None:
    assert store.articles.get("nope") is None
    assert store.articles.by_url(URL) is None
    assert store.articles.versions("nope") == []


def test_an_article_is_found_by_its_url_in_any_spelling(store: Store, a_page: Page, enter: Enter) -> None:
    enter(a_page())

    found = store.articles.by_url("HTTPS://news.EXAMPLE:443/1?utm_source=x#top")

    assert found is not None
    assert found.id == ID


@pytest.fixture
def five_versions(a_page: Page, enter: Enter) -> None:
    """seq 1 to 5: articles 1, 2, 3, then a correction of 1, then of 3."""
    for slug in "123":
        enter(a_page(slug), title=slug, fingerprint=f"text {slug}")
    for slug in "13":
        enter(a_page(slug, body=b"corrected", after=HOUR), title=slug, fingerprint=f"better text {slug}")


@pytest.mark.usefixtures("five_versions")
def test_consumers_follow_every_version_in_the_order_of_the_sequence(store: Store) -> None:
    followed = [(s.seq, s.article.title, s.version) for s in store.articles.since(1, 3)]

    assert followed == [(2, "2", 1), (3, "3", 1), (4, "1", 2)]
    assert store.articles.since(5, 10) == []
    assert store.articles.latest_seq() == 5


@pytest.mark.usefixtures("five_versions")
def test_the_index_can_follow_only_what_is_still_newest(store: Store) -> None:
    assert [s.seq for s in store.articles.newest_since(0, 10)] == [2, 4, 5]
    assert [s.seq for s in store.articles.newest_since(4, 10)] == [5]


def test_the_index_reads_articles_without_the_evidence_for_people(store: Store, a_page: Page, enter: Enter) -> None:
    line = Line(text="正文", clean="正文", label=LineLabel.BODY, reason="long")
    repair = Repair(step="pinyin", before="智(zhi)", after="智", why="an annotation")
    entity = Entity(text="智谱", start=0, end=2, type="COMPANY", found_by="gazetteer")
    enter(a_page(), text="智谱", lines=(line,), repairs=(repair,), entities=(entity,))

    (followed,), (whole,) = store.articles.newest_since(0, 10), store.articles.since(0, 10)

    assert (whole.article.lines, whole.article.repairs) == ((line,), (repair,))
    assert followed.article == replace(whole.article, lines=(), repairs=())


@pytest.mark.usefixtures("five_versions")
@pytest.mark.parametrize("batch", [1, 2, 100])
def test_a_rebuild_reads_each_article_once(store: Store, batch: int) -> None:
    assert [s.article.title for s in store.articles.iter_latest(batch)] == ["2", "1", "3"]


@pytest.mark.usefixtures("five_versions")
def test_a_rebuild_comes_to_what_changes_while_it_runs(store: Store, a_page: Page, enter: Enter) -> None:
    reading = store.articles.iter_latest(1)
    assert next(reading).seq == 2

    enter(a_page("1", body=b"again", after=2 * HOUR), title="1", fingerprint="best text 1")

    assert [s.seq for s in reading] == [5, 6]


@pytest.mark.usefixtures("five_versions")
def test_articles_with_the_same_text_are_found_by_its_fingerprint(store: Store, a_page: Page, enter: Enter) -> None:
    enter(a_page("mirror-of-2"), title="m", fingerprint="text 2", mirror=True)

    assert [s.article.title for s in store.articles.with_fingerprint("text 2")] == ["2", "m"]
    assert store.articles.with_fingerprint("text 1") == []  # corrected since


def test_records_of_an_earlier_day_are_read_by_later_code(store: Store, a_page: Page, enter: Enter) -> None:
    """A field more, a field less: what was stored before stays readable."""
    enter(a_page())
    with writing(store.engine) as connection:
        now_there = connection.execute(select(versions.c.article)).scalar_one()
        then_there = now_there.replace('"mirror":false', '"no_longer_there":[1]')
        connection.execute(update(versions).values(article=then_there))
    assert then_there != now_there

    stored = store.articles.get(ID)
    assert stored is not None
    assert stored.article == replace(stored.article, mirror=False)
