"""One spelling for a URL: only what cannot matter is changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiwen.urls import article_id, canonical_url


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a", "https://example.com/a"),
        ("http://example.com:8080/a", "http://example.com:8080/a"),
        ("https://example.com/a#part", "https://example.com/a"),
        ("https://example.com/a?utm_source=x&id=3", "https://example.com/a?id=3"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://example.com/a?empty=", "https://example.com/a?empty="),
        ("  https://example.com/a ", "https://example.com/a"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://example.com/标题", "https://example.com/标题"),
    ],
)
def test_canonical_url_removes_what_cannot_matter(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected


@pytest.mark.parametrize(
    "url", ["file:///a/b.html", "mailto:x@example.com", "", "http://", "http://[broken", "nonsense"]
)
def test_canonical_url_leaves_what_is_no_web_address(url: str) -> None:
    assert canonical_url(url) == url


@given(st.text() | st.from_regex(r"https?://[a-z.]{1,12}(:\d{1,5})?/[a-z/]{0,9}(\?[a-z=&%0-9]{0,20})?", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_canonical_url_never_raises_and_is_idempotent(url: str) -> None:
    once = canonical_url(url)

    assert canonical_url(once) == once


def test_article_id_takes_a_lone_surrogate() -> None:
    assert len(article_id("http://example.com/\ud800")) == 20
