"""The newsroom over real sockets, and its source files through the crawler's own reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.demo import stories
from cli.demo.edition import CORRECTION, Answer, edition
from cli.demo.newsroom import Newsroom, fresh, serve
from zhiwen.errors import InputError

CORRECTED = f"/news/{stories.YUNZHAN_HEARING.slug}.html"
GONE = f"/news/{stories.COMPUTE_CENTRE.slug}.html"
NEW = f"/news/{stories.ROUND_TWO_NEW.slug}.html"


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with serve() as running:
        yield running


@pytest.fixture
def client(newsroom: Newsroom) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=newsroom.base_url, trust_env=False) as client:
        yield client


def test_every_address_answers(newsroom: Newsroom, client: httpx.Client) -> None:
    for path, answer in edition(1, base_url=newsroom.base_url).answers.items():
        response = client.get(path)

        assert (response.status_code, response.content) == (200, answer.body), path


def test_unknown_address_is_404(client: httpx.Client) -> None:
    assert client.get("/nowhere").status_code == 404


def test_head_answers_without_body(client: httpx.Client) -> None:
    response = client.head(CORRECTED)

    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 500


@pytest.mark.parametrize(
    ("validator", "condition"), [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")]
)
def test_page_seen_before_is_304(client: httpx.Client, validator: str, condition: str) -> None:
    first = client.get(CORRECTED)
    second = client.get(CORRECTED, headers={condition: first.headers[validator]})

    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["ETag"] == first.headers["ETag"]


def test_connection_is_usable_after_a_304(client: httpx.Client) -> None:
    tag = client.get(CORRECTED).headers["ETag"]
    client.get(CORRECTED, headers={"If-None-Match": tag})

    assert client.get("/robots.txt").text.startswith("User-agent")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"If-None-Match": '"other"', "If-Modified-Since": "Wed, 31 Dec 2025 00:00:00 GMT"}, False),
        ({"If-Modified-Since": "nonsense"}, False),
        ({"If-Modified-Since": "Mon, 01 Dec 2025 00:00:00 GMT"}, True),
        ({"If-Modified-Since": "Sun, 30 Nov 2025 00:00:00 GMT"}, False),
    ],
)
def test_condition_decides_freshness(headers: dict[str, str], expected: bool) -> None:
    assert fresh(Answer(body=b"x"), headers) is expected


def test_second_round_changes_three_pages_and_nothing_else(newsroom: Newsroom) -> None:
    before = edition(1, base_url=newsroom.base_url).answers
    after = edition(2, base_url=newsroom.base_url).answers
    changed = {path for path in before if before[path] != after[path]}

    assert after.keys() - before.keys() == {NEW}
    assert changed == {CORRECTED, GONE, "/feed.xml"}


def test_corrected_page_is_served_again_in_round_two(newsroom: Newsroom, client: httpx.Client) -> None:
    first = client.get(CORRECTED)
    newsroom.next_round()
    headers = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}
    second = client.get(CORRECTED, headers=headers)

    assert second.status_code == 200
    assert CORRECTION[0] in first.text
    assert CORRECTION[0] not in second.text
    assert CORRECTION[1] in second.text


def test_gone_page_answers_410_and_leaves_the_feed(newsroom: Newsroom, client: httpx.Client) -> None:
    assert GONE in client.get("/feed.xml").text
    newsroom.next_round()

    assert client.get(GONE).status_code == 410
    assert GONE not in client.get("/feed.xml").text
    assert NEW in client.get("/feed.xml").text


def test_there_is_no_third_round(newsroom: Newsroom) -> None:
    newsroom.next_round()

    with pytest.raises(InputError, match="last edition"):
        newsroom.next_round()


def test_two_newsrooms_do_not_disturb_each_other(newsroom: Newsroom) -> None:
    with serve() as other:
        other.next_round()

        assert other.base_url != newsroom.base_url
        assert newsroom.round == 1


def test_statuses_are_counted(newsroom: Newsroom, client: httpx.Client) -> None:
    client.get("/robots.txt")
    client.get("/nowhere")

    assert newsroom.statuses == {200: 1, 404: 1}


def test_expected_counts_are_those_of_the_pages(newsroom: Newsroom) -> None:
    """What is on the lists, less what robots.txt or the source's pattern keeps away, is what should be taken in."""
    answers = edition(1, base_url=newsroom.base_url).answers
    pages = [path for path in answers if path.startswith(("/news/", "/mirror/", "/filings/doc/"))]
    expected = newsroom.expected

    assert expected.added + sum(expected.dropped.values()) == len(pages)
    newsroom.next_round()
    again = newsroom.expected
    assert again.unchanged + again.updated + again.gone == len(pages)


def test_source_files_are_what_the_crawler_reads(newsroom: Newsroom, tmp_path: Path) -> None:
    from crawler.sources import load_sources

    written = newsroom.sources(tmp_path / "sources")
    sources = load_sources(tmp_path / "sources")

    assert [source.id for source in sources] == sorted(path.stem for path in written)
    assert {source.kind for source in sources} == {"feed", "list"}


def test_correction_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say"):
        stories.YUNZHAN_HEARING.corrected("99亿元", "98亿元")


def test_every_page_of_text_says_that_it_is_a_sample(newsroom: Newsroom) -> None:
    answers = edition(1, base_url=newsroom.base_url).answers
    silent = [path for path, answer in answers.items()
              if path.startswith(("/news/", "/mirror/")) and "示例" not in answer.body.decode()]  # fmt: skip

    assert silent == ["/news/removed.html"]  # it has no text to say it in
