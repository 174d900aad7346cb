"""Files that people put into a folder."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.folder import Refused, read_pages
from crawler.limits import Limits
from crawler.memory import MemorySink, MemoryVisits
from crawler.ports import CrawlOutcome, CrawlReport
from crawler.process import crawl
from crawler.records import RawPage
from crawler.sources import FolderSource, When
from zhiwen.errors import InputError

NOW = datetime(2026, 7, 2, tzinfo=UTC)


def read(path: Path) -> list[RawPage | Refused]:
    return list(read_pages(path, source="ingest", now=NOW))


def pages(path: Path) -> list[RawPage]:
    return [page for page in read(path) if isinstance(page, RawPage)]


def reasons(path: Path) -> list[str]:
    return [refused.reason for refused in read(path) if isinstance(refused, Refused)]


def test_bytes_come_as_they_stand_in_the_file(tmp_path: Path) -> None:
    body = "智谱".encode("gbk") + b"\xff\x00\r\n"
    (tmp_path / "a.html").write_bytes(body)

    [page] = pages(tmp_path)

    assert page.body == body
    assert page.url == page.final_url == (tmp_path / "a.html").as_uri()
    assert (page.source, page.fetched_at, page.status, page.content_type) == ("ingest", NOW, 200, "text/html")


def test_files_come_in_the_order_of_their_names_from_all_folders(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.htm", "a/.hidden.txt", ".git/x.txt", "README.md", "d.PDF", "a/c.htm.meta.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("url: https://x.cn/" if name.endswith(".yaml") else "x")

    assert [page.content_type for page in pages(tmp_path)] == ["text/html", "text/plain", "application/pdf"]
    assert reasons(tmp_path) == []


@pytest.mark.parametrize("name", ["a.docx", "b.png", "c", "d.zip", "e.mhtml"])
def test_other_files_are_refused_by_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")

    [refused] = read(tmp_path)

    assert isinstance(refused, Refused)
    assert refused.path == str(tmp_path / name)
    assert "is not read; readable are html, htm, xhtml, txt, pdf, warc, warc.gz" in refused.reason


def test_a_sidecar_says_where_a_file_is_from(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "a.pdf.meta.yaml").write_text(
        "url: https://filings.zhiwen-test.cn/00700/a.pdf\nfetched_at: 2026-07-01T08:00:00+08:00\nsource: licensed\n"
        "content_type: application/pdf; x=y\nhints: {title: 招股书, company: 00700, published: 2026-07-01}\n"
    )

    [page] = pages(tmp_path)

    assert page.url == "https://filings.zhiwen-test.cn/00700/a.pdf"
    assert page.fetched_at == datetime(2026, 7, 1, tzinfo=UTC)
    assert (page.source, page.content_type) == ("licensed", "application/pdf")
    assert page.hints == {"title": "招股书", "company": "00700", "published": "2026-07-01"}


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [
        ("url: /etc/passwd", "url '/etc/passwd' is not a web address"),
        ("fetched_at: 2026-07-01", "is not a time with offset"),
        ("colour: red", "unknown key 'colour'"),
        ("hints: {colour: red}", "unknown key 'colour'"),
        ("hints: [a]", "must hold keys with one text each"),
        ("url: [a]", "must hold keys with one text each"),
        ("- a", "holds no keys"),
        ("a: b: c", "its a.html.meta.yaml:1: is not valid YAML"),
        ("status: '500'", "status is '500'"),
    ],
)
def test_a_wrong_sidecar_is_refused_and_nothing_is_guessed(sidecar: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("x")
    (tmp_path / "a.html.meta.yaml").write_text(sidecar)

    [reason] = reasons(tmp_path)

    assert words in reason


def test_a_pdf_under_another_name_is_still_a_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"%PDF-1.4 ...")
    (tmp_path / "b.txt").write_bytes(b"<!doctype html><html>")
    assert [page.content_type for page in pages(tmp_path)] == ["application/pdf", "text/html"]


def test_nothing_at_the_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read(tmp_path / "missing")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.html")
    assert read(tmp_path) == []


# ── archives ────────────────────────────────────────────────────────────────────────────────────────────────────────


def record(url: str, body: bytes, *, status: int = 200, headers: str = "Content-Type: text/html\r\n") -> bytes:
    http = f"HTTP/1.1 {status} OK\r\n{headers}\r\n".encode() + body
    return (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{len(url)}>\r\nWARC-Date: 2026-07-01T00:00:00Z\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    ).encode() + http + b"\r\n\r\n"  # fmt: skip


ONE = record("https://x.cn/1", b"<p>one</p>", headers="Content-Type: Text/HTML; charset=GBK\r\nSet-Cookie: a=b\r\n")
TWO = record(
    "https://x.cn/2", gzip.compress(b"<p>two</p>"), headers="Content-Type: text/html\r\nContent-Encoding: gzip\r\n"
)


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_holds_pages(packed: bool, tmp_path: Path) -> None:
    chunked = record("https://x.cn/3", b"5\r\nthree\r\n0\r\n\r\n", headers="Transfer-Encoding: chunked\r\n")
    parts = [ONE, TWO, chunked]
    name = "a.warc.gz" if packed else "a.warc"
    (tmp_path / name).write_bytes(b"".join(gzip.compress(part) if packed else part for part in parts))

    found = pages(tmp_path)

    assert [page.body for page in found] == [b"<p>one</p>", b"<p>two</p>", b"three"]
    assert found[0].fetched_at == datetime(2026, 7, 1, tzinfo=UTC)
    assert found[0].headers == {"content-type": "Text/HTML; charset=GBK"}
    assert found[0].content_type == "text/html"
    assert found[1].headers == {"content-type": "text/html"}


def test_what_is_no_page_is_counted_in_one_line(tmp_path: Path) -> None:
    picture = record("https://x.cn/i.png", b"x", headers="Content-Type: image/png\r\n")
    moved = record("https://x.cn/old", b"", status=301)
    (tmp_path / "a.warc").write_bytes(picture + moved + picture + ONE)

    assert len(pages(tmp_path)) == 1
    assert reasons(tmp_path) == ["holds no page: 2 image/png, 1 answers with HTTP 301"]


@pytest.mark.parametrize(
    ("archive", "whole", "words"),
    [
        (ONE + TWO[:-20], 1, "the archive ends inside this page"),
        (ONE + b"garbage\r\n\r\n" + TWO, 1, "broken archive, the rest was not read"),
        (b"no archive at all" * 20, 0, "broken archive, the rest was not read"),
        (b"\x1f\x8b\x08" + b"x" * 100, 0, "broken archive, the rest was not read"),
        (gzip.compress(ONE) + gzip.compress(TWO)[:-40], 1, ""),
        (b"", 0, "holds no answers of a site"),
    ],
)
def test_a_broken_archive_gives_what_stands_before_the_break(
    archive: bytes, whole: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "a.warc").write_bytes(archive)

    assert len(pages(tmp_path)) == whole
    [reason] = reasons(tmp_path)
    assert words in reason


@given(st.binary(max_size=300), st.integers(0, 900))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reading_never_raises_for_what_stands_in_a_file(tmp_path: Path, noise: bytes, cut: int) -> None:
    (tmp_path / "a.warc").write_bytes((ONE + TWO)[:cut] + noise)
    (tmp_path / "b.warc.gz").write_bytes(gzip.compress(ONE)[:cut] + noise)
    (tmp_path / "c.html").write_bytes(noise)
    (tmp_path / "c.html.meta.yaml").write_bytes(noise)
    (tmp_path / "d.pdf").write_bytes(noise)
    ends = read(tmp_path)
    assert {Path(end.path).name[:1] if isinstance(end, Refused) else end.url[-1] for end in ends} <= set("abcdf12l")
    assert len(ends) >= 2


# ── the drop folder as a source ─────────────────────────────────────────────────────────────────────────────────────


class Drop:
    def __init__(self, folder: Path) -> None:
        self.folder, self.sink, self.visits = folder, MemorySink(), MemoryVisits()
        self.source = FolderSource(
            id="drop", name="x", kind="folder", enabled=True, schedule=When(cron="* * * * *"), path="drop"
        )

    def crawl(self) -> CrawlReport:
        return crawl(
            self.source, sink=self.sink, visits=self.visits, user_agent="zhiwen/0.1", config_folder=self.folder,
            now=lambda: NOW, limits=Limits(),
        )  # fmt: skip


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.html").write_text("one")
    return Drop(tmp_path)


def test_a_file_is_passed_on_once(drop: Drop) -> None:
    first, second = drop.crawl(), drop.crawl()

    assert (first.outcome, first.pages) == (CrawlOutcome.OK, 1)
    assert (second.outcome, second.pages, second.skipped) == (CrawlOutcome.OK, 0, {"unchanged": 1})
    assert [page.source for page in drop.sink.pages] == ["drop"]


def test_a_file_is_passed_on_again_when_its_bytes_change_not_when_it_is_only_touched(drop: Drop) -> None:
    file = drop.folder / "drop" / "a.html"
    drop.crawl()
    os.utime(file, (1, 1))
    assert drop.crawl().pages == 0
    file.write_text("two")
    assert drop.crawl().pages == 1


def test_a_file_is_passed_on_again_when_its_sidecar_changes(drop: Drop) -> None:
    drop.crawl()
    (drop.folder / "drop" / "a.html.meta.yaml").write_text("hints: {title: 一}")
    assert drop.crawl().pages == 1
    assert drop.sink.pages[-1].hints == {"title": "一"}


def test_a_file_that_is_not_read_is_named_once(drop: Drop) -> None:
    (drop.folder / "drop" / "b.docx").write_text("x")
    first, second = drop.crawl(), drop.crawl()

    assert first.outcome is CrawlOutcome.PARTIAL
    assert [problem.url for problem in first.problems] == [str(drop.folder / "drop" / "b.docx")]
    assert (second.outcome, second.problems) == (CrawlOutcome.OK, ())


def test_a_folder_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    report = Drop(tmp_path).crawl()
    assert report.outcome is CrawlOutcome.UNREACHABLE
    assert "no such file or folder" in report.problems[0].what


def test_looking_into_a_folder_needs_no_scrapy(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys, crawler.spiders.folder, crawler.process, crawler.sources; print('scrapy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
