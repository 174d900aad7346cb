"""Crawls of a site that does everything wrong: each fault is said in words, and disturbs nothing else."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.ports import CrawlOutcome, CrawlReport


def problems(report: CrawlReport) -> dict[str, str]:
    return {problem.url.split("/", 3)[-1]: problem.what for problem in report.problems}


def test_every_fault_of_a_page_is_said_in_words_and_the_good_pages_come(site: Any, crawls: Any, make: Any) -> None:
    whole = make.gzipped(make.article("gzip" * 200))
    faults = {
        "slow-headers": (make.raw(5.0), "no answer: not complete after 1 s"),
        "drip": (make.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", *[b"x", 0.2] * 10), "no answer: not complete after 1 s"),
        "reset": (make.reset, "no answer: connection reset"),
        "no-http": (make.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "no answer: it does not speak HTTP"),
        "truncated-gzip": (make.answer(whole[:-30], Content_Encoding="gzip"), "the compressed body ends early"),
        "cut": (make.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<p>half"), "the connection closed before the whole body came"),
        "loop": (make.answer(status=302, Location="/loop2"), "redirect loop"),
        "far": (make.answer(status=302, Location="/far0"), "more than 5 redirects"),
        "huge": (make.answer(b"x" * 60_000), "larger than 50000 bytes"),
        "endless": (make.raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 9_000] * 9), "larger than 50000 bytes"),
        "bomb": (make.answer(make.gzipped("x" * 99_000), Content_Encoding="gzip"), "larger than 50000 bytes"),
        "strange-coding": (make.answer("x", Content_Encoding="br"), "unreadable answer: content encoding 'br' was not asked for"),
        "missing": (make.answer(status=404), "HTTP 404"),
        "broken": (make.answer(status=500), "HTTP 500"),
        "nowhere": (make.answer(status=301), "HTTP 301"),
        "ftp": (make.answer(status=302, Location="ftp://example.org/x"), "HTTP 302"),
    }  # fmt: skip
    for name, (behaviour, _) in faults.items():
        site[f"/{name}"] = behaviour
    site["/loop2"] = make.answer(status=302, Location="/loop")
    for number in range(8):
        site[f"/far{number}"] = make.answer(status=302, Location=f"/far{number + 1}")
    good = {
        "lying-charset": make.answer("智谱".encode("gbk"), type="text/html; charset=utf-8"),
        "lying-type": make.answer(make.article("x"), type="image/png"),
        "lying-coding": make.answer(make.article("plain"), Content_Encoding="gzip"),
        "gzip": make.answer(whole, Content_Encoding="gzip"),
        "elsewhere": make.answer(status=301, Location="/moved"),
        "no-type": make.raw(b"HTTP/1.1 200 OK\r\n\r\n<p>x</p>"),
        "bad-header": make.raw(b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok"),
    }
    for name, behaviour in good.items():
        site[f"/{name}"] = behaviour
    site["/moved"] = make.answer(make.article("moved"))
    site.serve_feed(*(f"/{name}" for name in (*faults, *good)))
    crawls.source(urls=f"{site.url}/feed", healthy={"max_items": 99}, max_bytes=50_000)

    report = crawls.run(limits={"retries": 0})

    assert problems(report) == {name: words for name, (_, words) in faults.items()}
    assert report.outcome is CrawlOutcome.PARTIAL
    pages = {page["url"].rsplit("/", 1)[-1]: page for page in crawls.pages}
    assert set(pages) == set(good)
    assert pages["lying-charset"]["body"] == "智谱".encode("gbk")
    assert pages["gzip"]["body"] == gzip.decompress(whole)
    assert pages["lying-coding"]["body"] == make.article("plain").encode()
    assert pages["elsewhere"]["final_url"] == f"{site.url}/moved"


@pytest.mark.parametrize(
    ("robots", "outcome", "what"),
    [
        ({"status": 404}, CrawlOutcome.OK, None),
        ({"status": 410}, CrawlOutcome.OK, None),
        ({"body": "", "type": "text/plain"}, CrawlOutcome.OK, None),
        ({"status": 403}, CrawlOutcome.REFUSED, "robots.txt answers HTTP 403: closed for this run"),
        ({"status": 503}, CrawlOutcome.REFUSED, "robots.txt answers HTTP 503: closed for this run"),
        ({"body": "<!DOCTYPE html><html>app"}, CrawlOutcome.REFUSED, "robots.txt is an HTML page: closed for this run"),
        ({"body": "User-agent: zhiwen\nDisallow: /"}, CrawlOutcome.REFUSED, "robots.txt forbids"),
    ],
)
def test_robots_txt_decides_about_the_run(
    robots: dict[str, Any], outcome: CrawlOutcome, what: str | None, site: Any, crawls: Any, make: Any
) -> None:
    site["/robots.txt"] = make.answer(**robots)
    site.serve_feed("/a")
    site["/a"] = make.answer(make.article("a"))
    crawls.source(urls=f"{site.url}/feed")

    report = crawls.run()

    assert report.outcome is outcome
    assert [problem.what for problem in report.problems] == ([what] if what else [])
    assert ("/feed" in site.paths_asked()) is (what is None)


def test_a_host_whose_robots_txt_does_not_answer_is_unreachable_within_its_timeout(
    site: Any, crawls: Any, make: Any
) -> None:
    site["/robots.txt"] = make.raw(9.0)
    crawls.source(urls=[f"{site.url}/feed", f"{site.url}/feed2"])
    began = time.monotonic()

    report = crawls.run()

    assert report.outcome is CrawlOutcome.UNREACHABLE
    assert problems(report)["feed"] == "no answer: not complete after 0.6 s (robots.txt)"
    assert time.monotonic() - began < 5
    assert site.paths_asked() == []


def test_a_page_robots_txt_forbids_is_counted_and_never_asked_for(site: Any, crawls: Any, make: Any) -> None:
    site["/robots.txt"] = make.answer("User-agent: *\nDisallow: /private/", type="text/plain")
    site.serve_feed("/private/1", "/a")
    site["/a"] = make.answer(make.article("a"))
    crawls.source(urls=f"{site.url}/feed")

    report = crawls.run()

    assert site.paths_asked() == ["/feed", "/a"]
    assert (report.outcome, report.skipped) == (CrawlOutcome.OK, {"robots.txt forbids": 1})


@pytest.mark.parametrize(
    ("feed", "outcome", "what"),
    [
        ({"status": 403}, CrawlOutcome.REFUSED, "HTTP 403"),
        ({"status": 451}, CrawlOutcome.REFUSED, "HTTP 451"),
        ({"body": "<html><script>var _waftokenid=1</script>"}, CrawlOutcome.REFUSED, "a challenge page instead of the list"),
        ({"status": 500}, CrawlOutcome.UNHEALTHY, "HTTP 500"),
        ({"body": ""}, CrawlOutcome.UNHEALTHY, "not a feed: the answer is empty"),
    ],
)  # fmt: skip
def test_an_entry_point_that_refuses_stops_the_source_and_a_wrong_answer_is_unhealthy(
    feed: dict[str, Any], outcome: CrawlOutcome, what: str, site: Any, crawls: Any, make: Any
) -> None:
    site["/feed"] = make.answer(**feed)
    site["/other"] = make.answer(**feed)
    crawls.source(urls=[f"{site.url}/feed", f"{site.url}/other"], delay=0.2)

    report = crawls.run(limits={"retries": 0})

    assert report.outcome is outcome
    assert problems(report)["feed"].startswith(what) or report.problems[0].what == what
    assert ("/other" in site.paths_asked()) is (outcome is CrawlOutcome.UNHEALTHY)


def test_html_instead_of_a_feed_is_named_by_its_title(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.answer(make.fixture("feed_is_html.html"), type="application/rss+xml")
    crawls.source(urls=f"{site.url}/feed")

    report = crawls.run()

    assert problems(report)["feed"] == "not a feed: HTML page titled '36氪_让一部分人先看到未来'"


def test_429_stops_the_run_and_says_when_to_come_back(site: Any, crawls: Any, make: Any) -> None:
    site.serve_feed("/a", "/b", "/c")
    site["/a"] = make.answer(status=429, Retry_After="120")
    site["/b"] = site["/c"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed", delay=0.2)

    report = crawls.run()

    assert (report.outcome, report.retry_after) == (CrawlOutcome.PARTIAL, 120.0)
    assert "/c" not in site.paths_asked()


def test_three_refusals_in_a_row_mean_we_are_not_wanted(site: Any, crawls: Any, make: Any) -> None:
    paths = [f"/{number}" for number in range(9)]
    site.serve_feed(*paths)
    for path in paths:
        site[path] = make.answer("no", status=403)
    crawls.source(urls=f"{site.url}/feed", delay=0.05)

    report = crawls.run()

    assert report.outcome is CrawlOutcome.PARTIAL
    assert len(site.paths_asked()) < 7


def test_a_server_that_recovers_is_asked_again_after_what_it_asks_for(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.in_turn(
        make.answer(status=503, Retry_After="1"), make.reset, make.answer(site.feed("/a"), type="text/xml")
    )
    site["/a"] = make.answer(make.article("a"))
    crawls.source(urls=f"{site.url}/feed")

    report = crawls.run()

    assert (report.outcome, report.pages) == (CrawlOutcome.OK, 1)
    times = [asked.at for asked in site.asked if asked.path == "/feed"]
    assert times[1] - times[0] > 0.9


def test_a_server_that_asks_for_more_patience_than_a_run_has_is_left_alone(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.answer(status=503, Retry_After="3600")
    crawls.source(urls=f"{site.url}/feed")

    report = crawls.run()

    assert site.paths_asked() == ["/feed"]
    assert report.retry_after == 3600.0


def test_nobody_there_is_unreachable(crawls: Any, site: Any) -> None:
    crawls.source(urls=["http://127.0.0.1:9/feed", "http://no-such-host.invalid/feed"])

    report = crawls.run()

    assert report.outcome is CrawlOutcome.UNREACHABLE
    assert [problem.what for problem in report.problems] == [
        "no answer: connection refused (robots.txt)", "no answer: DNS lookup failed (robots.txt)"
    ]  # fmt: skip


def test_fewer_items_than_a_healthy_run_names_is_unhealthy_and_what_came_is_kept(
    site: Any, crawls: Any, make: Any
) -> None:
    site.serve_feed("/a")
    site["/a"] = make.answer(make.article("a"))
    crawls.source(urls=f"{site.url}/feed", healthy={"min_items": 3})

    report = crawls.run()

    assert (report.outcome, report.pages) == (CrawlOutcome.UNHEALTHY, 1)
    assert report.problems[0].what == "named 1 articles; a healthy run names 3 to 1000"


def test_a_page_that_failed_is_tried_again_later_though_the_feed_did_not_change(
    site: Any, crawls: Any, make: Any
) -> None:
    site["/feed"] = make.with_validators(site.feed("/a"), etag='"f"', type="text/xml")
    site["/a"] = make.answer(status=500)
    crawls.source(urls=f"{site.url}/feed")
    crawls.run(at="2026-07-02T00:00:00+00:00", limits={"retries": 0})
    site["/a"] = make.answer(make.article("a"))

    report = crawls.run(at="2026-07-02T02:00:00+00:00")

    assert (report.pages, report.not_modified) == (1, 1)


def test_a_public_site_does_not_lead_us_into_our_own_network(site: Any, crawls: Any, make: Any) -> None:
    # The site is asked as a proxy, so that the source is public by name.
    news, crawls.proxy = "http://news.zhiwen-test.cn", site.url
    feed = site.feed("/inside").replace(b"</channel>", f"<item><link>{news}/a</link></item></channel>".encode())
    site[f"{news}/feed"] = make.answer(feed, type="text/xml")
    site[f"{news}/a"] = make.answer(status=302, Location=f"{site.url}/inside")
    crawls.source(urls=f"{news}/feed")

    report = crawls.run()

    assert report.skipped == {"private address": 1}
    assert problems(report)["a"] == f"sent to a private address ({site.url}/inside)"
    assert not any("inside" in asked.path for asked in site.asked)


def test_sigterm_ends_the_run_quickly_with_its_report_and_what_was_fetched(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.with_validators(site.feed("/a", "/b", "/c"), etag='"f"', type="text/xml")
    site["/a"] = site["/b"] = site["/c"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed", delay=0.4)
    pid = crawls.start(limits={"stop_grace": 0.5})
    deadline = time.monotonic() + 20
    while not crawls.pages and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(pid, signal.SIGTERM)
    told = time.monotonic()

    report = crawls.finish()

    assert time.monotonic() - told < 3
    assert report.outcome is CrawlOutcome.PARTIAL
    assert report.problems[-1].what == "stopped before the end (SIGTERM)"
    assert report.pages == len(crawls.pages) >= 1

    site.asked.clear()
    crawls.source(urls=f"{site.url}/feed")
    assert crawls.run().pages == 3 - report.pages  # the feed came whole, not as a 304


def test_a_killed_run_loses_nothing(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.with_validators(site.feed("/a", "/b", "/c"), etag='"f"', type="text/xml")
    for path in ("/a", "/b", "/c"):
        site[path] = make.answer(make.article(path))
    crawls.source(urls=f"{site.url}/feed", delay=0.3)
    pid = crawls.start()
    deadline = time.monotonic() + 20
    while not crawls.pages and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    assert crawls.server.wait() == -signal.SIGKILL

    assert crawls.run().outcome is CrawlOutcome.OK
    assert {page["url"].rsplit("/", 1)[-1] for page in crawls.pages} == {"a", "b", "c"}


def test_sigterm_does_not_wait_for_a_server_that_hangs(site: Any, crawls: Any, make: Any) -> None:
    site["/feed"] = make.raw(20.0)
    crawls.source(urls=f"{site.url}/feed")
    pid = crawls.start(limits={"stop_grace": 0.3, "timeout": 30.0})
    deadline = time.monotonic() + 20
    while "/feed" not in site.paths_asked() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(pid, signal.SIGTERM)
    told = time.monotonic()

    report = crawls.finish()

    assert time.monotonic() - told < 3
    assert (report.outcome, report.requests) == (CrawlOutcome.PARTIAL, 2)


def test_addresses_that_lead_nowhere_harm_nobody(site: Any, crawls: Any, make: Any) -> None:
    strange = ["http://a b/", "http://xn--/", "http://h.invalid:99999/x", "http://智谱.invalid/路径?q=智", "http:///x", "http://[",
               "http://.invalid/", "http://" + "x" * 70 + ".invalid/", "javascript:void(0)", "http://u:p@h.invalid/", "http://h.invalid/\ud800?a=\ud800", "\x00"]  # fmt: skip
    rows = [{"u": url, "t": "一\0\ud800"} for url in [*strange, "/智谱?标题=一 二#注"]]
    site["/list"] = make.answer(json.dumps(rows), type="application/json")
    site["/%E6%99%BA%E8%B0%B1?%E6%A0%87%E9%A2%98=%E4%B8%80%20%E4%BA%8C"] = make.answer(make.article("智谱"))
    crawls.source(kind="list", format="json", items="[]", fields={"url": "u", "title": "t"}, urls=f"{site.url}/list")

    report = crawls.run(limits={"retries": 0})

    assert (report.outcome, report.pages) == (CrawlOutcome.PARTIAL, 1), crawls.log
    assert crawls.pages[0]["hints"] == {"title": "一 ?"}
    assert len(report.problems) + sum(report.skipped.values()) == len(strange)


def test_each_address_given_by_hand_gets_an_answer_though_others_refuse(site: Any, crawls: Any, make: Any) -> None:
    asked = [f"{site.url}/{number}" for number in range(6)]
    for number in range(5):
        site[f"/{number}"] = make.answer(status=429 if number % 2 else 403)
    site["/5"] = make.answer(make.article("x"))

    report = crawls.run(urls=asked)

    assert (report.outcome, report.pages, len(report.problems)) == (CrawlOutcome.PARTIAL, 1, 5)


def test_an_error_of_ours_is_reported_as_ours(site: Any, crawls: Any, make: Any) -> None:
    site.serve_feed(*(f"/{number}" for number in range(9)))
    for number in range(9):
        site[f"/{number}"] = make.answer(make.article("x"))
    crawls.source(urls=f"{site.url}/feed", delay=0.05)

    report = crawls.run(broken=True)

    assert report.outcome is CrawlOutcome.FAILED
    assert len(site.paths_asked()) < 6  # it does not go on asking for what it cannot keep
    assert report.problems[0].what == "zhiwen failed: OSError: the disk is full"


@pytest.mark.parametrize(
    ("keys", "agent", "words"),
    [
        ({"status": "ack"}, "zhiwen/0.1 (+ops@zhiwen-test.cn)", "set terms_acknowledged: true in x.yaml"),
        ({"needs_contact": True}, "zhiwen/0.1", "set the operator's e-mail or web address"),
        ({"needs_contact": True}, "zhiwen/0.1 (+ops@example.com)", "set the operator's e-mail or web address"),
    ],
)
def test_terms_and_contact_are_checked_before_the_first_request(
    keys: dict[str, Any], agent: str, words: str, site: Any, crawls: Any
) -> None:
    crawls.source(urls=f"{site.url}/feed", **keys)
    crawls.user_agent = agent

    report = crawls.run()

    assert report.outcome is CrawlOutcome.REFUSED
    assert words in report.problems[0].what
    assert site.asked == []


def self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "site.pem").write_bytes(plain + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem")
    return context


def test_a_certificate_nobody_vouches_for_is_not_taken(crawls: Any, tmp_path: Path) -> None:
    context = self_signed(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def accept() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection, context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1)

        thread = threading.Thread(target=accept)
        thread.start()
        crawls.source(urls=f"https://localhost:{port}/feed")
        report = crawls.run()
        thread.join()

    assert report.outcome is CrawlOutcome.UNREACHABLE
    assert report.problems[0].what.startswith("no answer: TLS failed (")
    assert "certificate verify failed" in report.problems[0].what
