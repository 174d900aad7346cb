"""What a page says about itself in its head: metas, JSON-LD, <title>, the canonical link. All of it evidence, none of it trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_TITLE_KEYS = ("og:title", "twitter:title", "headline", "title", "dc.title", "articletitle", "sailthru.title")
_AUTHOR_KEYS = ("author", "article:author", "dc.creator", "og:article:author", "authors", "byl", "mediaid")
_PUBLISHER_KEYS = ("og:site_name", "source", "publisher", "article:publisher", "contentsource", "application-name")
_TIME_KEYS = (
    "article:published_time", "og:published_time", "datepublished", "publishdate", "pubdate", "article:create_at", "publish_time",
    "og:release_date", "release_date", "dc.date.issued", "dc.date", "dcterms.created", "date", "publish-date", "weibo:article:create_at",
    "og:time", "sailthru.date", "parsely-pub-date", "_pubtime", "apub:time", "og:article:published_time", "article:published",
)  # fmt: skip
_ARTICLE_TYPES = re.compile("Article|Posting|Report|NewsArticle")
_MAX_JSON = 400_000  # characters of one JSON-LD block


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value and where it was said, e.g. ("meta article:published_time", "2025-12-24T10:00:00+08:00")."""

    where: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """All that was said, the most specific first."""

    title_tag: str = ""
    titles: tuple[Said, ...] = ()
    authors: tuple[Said, ...] = ()
    publishers: tuple[Said, ...] = ()
    times: tuple[Said, ...] = ()
    canonical: str = ""
    language: str = ""
    kind: str = ""
    paywalled: bool = False


@dataclass(slots=True)
class _Collected:
    metas: dict[str, list[str]] = field(default_factory=dict)
    linked: list[Mapping[str, Any]] = field(default_factory=list)


def read_metadata(root: Any) -> Metadata:
    collected = _Collected()
    for element in root.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop")
        value = element.get("content")
        if key and value and value.strip():
            collected.metas.setdefault(key.strip().lower(), []).append(value.strip()[:2000])
    for element in root.iter("script"):
        if (element.get("type") or "").strip().lower() == "application/ld+json" and element.text:
            collected.linked.extend(_articles(element.text[:_MAX_JSON]))
    title = next((text for element in root.iter("title") if (text := "".join(element.itertext()).strip())), "")
    times = [*_said(collected.metas, _TIME_KEYS), *_linked(collected.linked, "datePublished")]
    times += [Said(where="time element", value=value) for value in _time_elements(root)]
    return Metadata(
        title_tag=" ".join(title.split()),
        titles=(*_said(collected.metas, _TITLE_KEYS), *_linked(collected.linked, "headline")),
        authors=(*_linked(collected.linked, "author"), *_said(collected.metas, _AUTHOR_KEYS)),
        publishers=(*_said(collected.metas, _PUBLISHER_KEYS), *_linked(collected.linked, "publisher")),
        times=tuple(times),
        canonical=_canonical(root, collected.metas),
        language=(root.get("lang") or "").lower(),
        kind=(collected.metas.get("og:type") or [""])[0].lower(),
        paywalled=any(str(item.get("isAccessibleForFree")).lower() == "false" for item in collected.linked),
    )


def _said(metas: Mapping[str, list[str]], keys: tuple[str, ...]) -> list[Said]:
    return [Said(where=f"meta {key}", value=metas[key][0]) for key in keys if key in metas]


def _time_elements(root: Any) -> Iterator[str]:
    for element in root.iter("time"):
        if element.get("datetime") and (
            element.get("pubdate") is not None
            or "publish" in (element.get("class") or "").lower()
            or element.get("itemprop") == "datePublished"
        ):
            yield element.get("datetime")


def _canonical(root: Any, metas: Mapping[str, list[str]]) -> str:
    for element in root.iter("link"):
        if (element.get("rel") or "").lower() == "canonical" and element.get("href"):
            return str(element.get("href")).strip()
    return (metas.get("og:url") or [""])[0]


def _articles(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        data = json.loads(_CONTROL.sub(" ", text))
    except (ValueError, RecursionError):
        return
    stack = [data]
    for _ in range(500):  # a graph of things; more is not an article
        if not stack:
            return
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item[:100]))
        elif isinstance(item, dict):
            if _ARTICLE_TYPES.search(str(item.get("@type", ""))):
                yield item
            stack.extend(value for key, value in item.items() if key == "@graph" or key == "mainEntity")


_CONTROL = re.compile("[\x00-\x1f]")


def _linked(items: list[Mapping[str, Any]], key: str) -> list[Said]:
    said = []
    for item in items:
        value = _name(item.get(key))
        if value:
            said.append(Said(where=f"JSON-LD {key}", value=value[:2000]))
    return said


def _name(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(name for part in value[:6] if (name := _name(part)))
    if isinstance(value, dict):
        return _name(value.get("name"))
    return value.strip() if isinstance(value, str) else ""
