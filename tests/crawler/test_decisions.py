"""What is decided without a network: when to look again, what robots.txt means, how a run ended."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.addresses import is_private, is_web
from crawler.challenge import is_challenge
from crawler.decoding import CutShort, TooLarge, decode_body
from crawler.gate import has_contact, product_of
from crawler.judge import Answer, Noted, outcome_of
from crawler.limits import Limits
from crawler.ports import CrawlOutcome, CrawlReport, Problem, Visit
from crawler.report import report_from_json, report_to_json
from crawler.revisit import Revisit, next_visit
from crawler.robots import read_robots
from crawler.waiting import pause_before_retry, retry_after_seconds

NOW = datetime(2026, 7, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def visit(**keys: object) -> Visit:
    seen: dict[str, object] = {"url": "https://x.cn/", "source": "x", "kind": "page", "status": 200}
    return Visit(**{**seen, "fetched_at": NOW, "first_seen_at": NOW, **keys})  # type: ignore[arg-type]


def looks(seen: Visit, *, changing: bool) -> list[timedelta]:
    """Ages at which a page is looked at again."""
    ages = []
    while (at := next_visit(seen, seen.fetched_at)) is not None:
        ages.append(at - NOW)
        seen = replace(seen, fetched_at=at, unchanged=0 if changing else seen.unchanged + 1)
    return ages


def test_a_fresh_page_is_looked_at_soon_then_ever_more_rarely_then_never() -> None:
    ages = looks(visit(), changing=False)

    assert ages[:4] == [HOUR, 3 * HOUR, 7 * HOUR, 15 * HOUR]
    assert ages[-1] <= timedelta(days=14)
    assert len(ages) < 10


def test_a_page_that_differs_every_time_is_looked_at_more_often_but_not_for_ever() -> None:
    ages = looks(visit(), changing=True)

    assert 8 < len(ages) < 25
    gaps = [later - earlier for earlier, later in pairwise(ages)]
    assert gaps == sorted(gaps)


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_went_is_never_asked_for_again(status: int) -> None:
    assert next_visit(visit(status=status), NOW) is None


def test_lists_are_due_on_every_run() -> None:
    assert next_visit(visit(kind="list", unchanged=99), NOW) == NOW


def test_pages_of_a_source_without_second_looks_are_asked_once_and_failures_again() -> None:
    assert next_visit(visit(), NOW, policy=None) is None
    assert next_visit(visit(status=503), NOW, policy=None) == NOW + HOUR


@given(st.integers(0, 10**6), st.integers(-10, 10**5), st.integers(1, 10**4))
@settings(deadline=None)
def test_the_next_visit_is_later_than_now_or_never(unchanged: int, age_hours: int, until_hours: int) -> None:
    seen = visit(unchanged=unchanged, first_seen_at=NOW - age_hours * HOUR)
    at = next_visit(seen, NOW, policy=Revisit(first=HOUR, until=until_hours * HOUR))
    assert at is None or at > NOW


# ── robots.txt ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [404, 410])
def test_no_robots_txt_is_no_rules(status: int) -> None:
    assert read_robots(status, b"<html>whatever").forbids("https://x.cn/a", agent="zhiwen") is None


@pytest.mark.parametrize("status", [301, 400, 401, 403, 429, 451, 500, 503])
def test_any_other_answer_closes_the_host(status: int) -> None:
    reason = read_robots(status, b"").forbids("https://x.cn/a", agent="zhiwen")
    assert reason == f"robots.txt answers HTTP {status}: closed for this run"


def test_rules_are_kept_for_us_and_for_everyone() -> None:
    robots = read_robots(
        200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /api\nCrawl-delay: 5\n\nUser-agent: zhiwen\nDisallow: /z\n"
    )
    assert robots.forbids("https://x.cn/z/1", agent="zhiwen") == "robots.txt forbids"
    assert robots.forbids("https://x.cn/api/1", agent="zhiwen") is None
    assert robots.forbids("https://x.cn/api/1", agent="other") == "robots.txt forbids"
    assert robots.delay(agent="other") == 5.0


def test_a_rule_for_a_folder_does_not_forbid_the_file_of_its_name() -> None:
    robots = read_robots(200, b"User-agent: *\nDisallow: /feed/\n")
    assert robots.forbids("https://x.cn/feed", agent="zhiwen") is None
    assert robots.forbids("https://x.cn/feed/1", agent="zhiwen") is not None


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_reading_robots_txt_never_raises(body: bytes) -> None:
    robots = read_robots(200, b"User-agent: *\n" + body)
    robots.forbids("https://x.cn/a", agent="zhiwen")
    assert robots.delay(agent="zhiwen") >= 0


# ── content encodings ───────────────────────────────────────────────────────────────────────────────────────────────


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@given(st.binary(max_size=2000))
@settings(deadline=None, max_examples=50)
def test_what_was_packed_comes_out_again(data: bytes) -> None:
    for packed, name in (
        (gzip.compress(data), "gzip"),
        (zlib.compress(data), "deflate"),
        (_raw_deflate(data), "deflate"),
    ):
        assert decode_body(packed, [name], limit=2000) == data
    assert decode_body(gzip.compress(data[:9]) + gzip.compress(data[9:]), ["GZIP "], limit=2000) == data
    assert decode_body(gzip.compress(zlib.compress(data)), ["deflate", "gzip"], limit=3000) == data


@given(st.binary(min_size=40, max_size=400), st.integers(1, 17))
@settings(deadline=None, max_examples=50)
def test_a_body_cut_short_is_never_taken_for_whole(data: bytes, cut: int) -> None:
    with pytest.raises(CutShort):
        decode_body(gzip.compress(data)[:-cut], ["gzip"], limit=10_000)


def test_a_bomb_is_stopped_at_the_limit() -> None:
    with pytest.raises(TooLarge):
        decode_body(gzip.compress(b"x" * 10_000_000), ["gzip"], limit=1000)


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=80)
def test_decoding_any_bytes_ends_in_bytes_or_a_reason(body: bytes) -> None:
    for name in ("gzip", "deflate", ""):
        with contextlib.suppress(CutShort, TooLarge):
            assert len(decode_body(body, [name], limit=1000)) <= 1000


# ── how a run ended ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("noted", "outcome"),
    [
        (Noted(entries=(Answer.OK,), pages=(Answer.OK,)), CrawlOutcome.OK),
        (Noted(entries=(Answer.NOT_MODIFIED,)), CrawlOutcome.OK),
        (Noted(entries=(Answer.OK,), pages=(Answer.OK, Answer.WRONG)), CrawlOutcome.PARTIAL),
        (Noted(entries=(Answer.OK, Answer.NO_ANSWER)), CrawlOutcome.PARTIAL),
        (Noted(entries=(Answer.OK,), stopped=True), CrawlOutcome.PARTIAL),
        (Noted(entries=(), stopped=True), CrawlOutcome.PARTIAL),
        (Noted(entries=(Answer.NO_ANSWER, Answer.NO_ANSWER)), CrawlOutcome.UNREACHABLE),
        (Noted(entries=(Answer.REFUSED, Answer.NO_ANSWER)), CrawlOutcome.REFUSED),
        (Noted(entries=(Answer.WRONG, Answer.NO_ANSWER)), CrawlOutcome.UNHEALTHY),
        (Noted(entries=(Answer.OK,), items=2, min_items=3), CrawlOutcome.UNHEALTHY),
        (Noted(entries=(Answer.OK,), items=9, max_items=8), CrawlOutcome.UNHEALTHY),
        (Noted(entries=(Answer.OK,), errors=1), CrawlOutcome.FAILED),
    ],
)
def test_outcome(noted: Noted, outcome: CrawlOutcome) -> None:
    assert outcome_of(noted) is outcome


def test_a_report_survives_its_way_to_the_parent() -> None:
    report = CrawlReport(
        source="x", started_at=NOW, finished_at=NOW + HOUR, outcome=CrawlOutcome.PARTIAL, requests=3, pages=2,
        not_modified=1, gone=1, skipped={"known": 4}, problems=(Problem(url="https://x.cn/智", what="HTTP 503"),),
        retry_after=1.5,
    )  # fmt: skip
    text = report_to_json(report)
    assert report_from_json(text) == report
    assert "\n" not in text


# ── small things ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    ["http://localhost/", "http://127.0.0.1:8765/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/latest",
     "http://2130706433/", "http://0x7f.1/", "http://db.internal/", "http://printer.local/", "http://127.1/"],
)  # fmt: skip
def test_private_addresses_are_known_in_all_spellings(url: str) -> None:
    assert is_private(url)


@pytest.mark.parametrize("url", ["https://www.qbitai.com/", "http://8.8.8.8/", "https://36kr.com/p/1"])
def test_public_addresses_are_not_private(url: str) -> None:
    assert not is_private(url)


def test_only_http_is_the_web() -> None:
    assert [is_web(url) for url in ("https://x.cn", "ftp://x.cn", "javascript:x", "http://[broken", "/a")] == [
        True, False, False, False, False
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120.0), ("Thu, 02 Jul 2026 00:01:00 GMT", 60.0), ("Wed, 01 Jul 2026 00:00:00 GMT", 0.0), ("soon", None), ("", None)],
)  # fmt: skip
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(value, now=NOW) == seconds


def test_waits_double_up_to_a_bound_and_a_wish_beyond_it_ends_the_trying() -> None:
    limits = Limits(retry_wait=2, retry_wait_max=10)
    waits = [pause_before_retry(attempt, asked=None, limits=limits) or 0.0 for attempt in range(4)]
    assert [low <= wait <= low * 4 / 3 for low, wait in zip((2, 4, 8, 10), waits, strict=True)] == [True] * 4
    assert pause_before_retry(0, asked=9.0, limits=limits) == 9.0
    assert pause_before_retry(0, asked=11.0, limits=limits) is None


def test_who_we_are() -> None:
    assert product_of("zhiwen/0.1 (+https://zhiwen-test.cn)") == "zhiwen"
    assert has_contact("zhiwen/0.1 (+https://zhiwen-test.cn/bot)")
    assert not has_contact("zhiwen/0.1 (+https://www.example.org)")


def test_an_article_about_a_challenge_is_none() -> None:
    assert is_challenge(b"<html><title>Just a moment...</title></html>")
    assert not is_challenge("<html><title>滑动验证码为什么越来越难</title><p>人机验证</p></html>".encode())
    assert not is_challenge(b'{"title": "_waftokenid"}')
