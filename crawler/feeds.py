"""Reading a feed from its bytes: RSS and Atom of any quality by feedparser, JSON Feed here (feedparser 6 does not).

The media type is not asked: feeds come as text/html (wallstreetcn), HTML comes as application/xml.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from crawler.charset import charset, html_title, looks_like_html, text_of
from crawler.items import Item, NotAList, hints_of, published_hint

_HAS_OFFSET = re.compile(r"(?:GMT|UTC?|Z|[ECMP][SD]T|[+-]\d\d:?\d\d)\s*$", re.IGNORECASE)


def read_feed(body: bytes, *, url: str, header: str = "", timezone: str = "Asia/Shanghai") -> list[Item] | NotAList:
    """The entries of a feed, in its order; entries without an address are left out. Never raises.

    `header` is the Content-Type the feed came with; only its charset is asked, and only where the bytes agree.
    """
    if not body.strip():
        return NotAList(what="not a feed: the answer is empty")
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"{":
        return _read_json_feed(body, url=url, timezone=timezone)
    return _read_xml(body, url=url, header=header, timezone=timezone)


def _read_xml(body: bytes, *, url: str, header: str, timezone: str) -> list[Item] | NotAList:
    import feedparser

    # A stream, because feedparser opens a string that names a file or an address.
    content_type = f"application/xml; charset={charset(body, header=header)}"
    feed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type, "content-location": url})
    if not feed.version and not feed.entries:
        return NotAList(what=_not_a_feed(body))
    items = (_from_entry(entry, timezone) for entry in feed.entries)
    return [item for item in items if item is not None]


def _not_a_feed(body: bytes) -> str:
    if looks_like_html(body):
        title = html_title(body)
        return f"not a feed: HTML page titled {title!r}" if title else "not a feed: HTML page without a title"
    return f"not a feed: it starts with {text_of(body[:60])!r}"


def _from_entry(entry: Mapping[str, Any], timezone: str) -> Item | None:
    link = entry.get("link") or (entry.get("id", "") if entry.get("guidislink", True) else "")
    if not str(link).strip():
        return None
    contents = [part.get("value", "") for part in entry.get("content", ())]
    hints = {
        "title": entry.get("title"),
        "author": entry.get("author"),
        "publisher": (entry.get("source") or {}).get("title"),
        "published": _published(entry, timezone),
        "form": next((tag.get("term") for tag in entry.get("tags", ()) if tag.get("label") == "form type"), None),
    }
    content = max([*contents, entry.get("summary", "")], key=len)
    return Item(url=str(link).strip(), hints=hints_of(hints), content=content)


def _published(entry: Mapping[str, Any], timezone: str) -> str:
    """ISO 8601 with offset where the feed's time can be read. Without an offset it is in the source's zone, not UTC."""
    from calendar import timegm

    for name in ("published", "updated"):
        raw, parsed = entry.get(name), entry.get(f"{name}_parsed")
        if not raw:
            continue
        if parsed is None:
            return str(raw)
        if _HAS_OFFSET.search(raw):
            return published_hint(str(timegm(parsed)), format="unix", timezone=timezone)
        return published_hint("{}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*parsed[:6]), format=None, timezone=timezone)
    return ""


def _read_json_feed(body: bytes, *, url: str, timezone: str) -> list[Item] | NotAList:
    try:
        feed = json.loads(text_of(body).lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return NotAList(what=f"not a feed: broken JSON that starts with {text_of(body[:60])!r}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list) or "version" not in feed:
        return NotAList(what="not a feed: JSON without the version and items of a JSON Feed")
    items = (_from_json(item, url=url, timezone=timezone) for item in feed["items"] if isinstance(item, dict))
    return [item for item in items if item is not None]


def _from_json(entry: Mapping[str, Any], *, url: str, timezone: str) -> Item | None:
    link = _text(entry.get("url")) or _text(entry.get("external_url")) or _text(entry.get("id"))
    if not link:
        return None
    authors = entry.get("authors") or [entry.get("author")]
    names = [_text(author.get("name")) for author in authors if isinstance(author, dict)]
    when = _text(entry.get("date_published")) or _text(entry.get("date_modified"))
    hints = {
        "title": _text(entry.get("title")),
        "author": "、".join(name for name in names if name),
        "published": published_hint(when, format=None, timezone=timezone) if when else None,
    }
    content = next((text for key in ("content_html", "content_text", "summary") if (text := _text(entry.get(key)))), "")
    return Item(url=urljoin(url, link), hints=hints_of(hints), content=content)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
