"""Reading a list page from its bytes: HTML by CSS or XPath, JSON and JSONP by JMESPath."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from crawler.addresses import is_web
from crawler.charset import html_title, looks_like_html, text_of
from crawler.items import Item, NotAList, hints_of, published_hint
from crawler.selectors import is_xpath
from crawler.sources import Documents, ListSource

# data_callback([...]); and the like: a name, a parenthesis, JSON, a parenthesis.
_JSONP = re.compile(r"^\s*[\w.$\[\]'\"]+\s*\(\s*(.*?)\s*\)\s*;?\s*$", re.DOTALL)


def read_list(body: bytes, source: ListSource, *, url: str, header: str = "") -> list[Item] | NotAList:
    """The items the list names, in its order; those without an address are left out. Never raises for any bytes."""
    if not body.strip():
        return NotAList(what="not a list: the answer is empty")
    from jmespath.exceptions import JMESPathError

    rows = (
        _html_rows(body, source, header=header) if source.format == "html" else _json_rows(body, source, header=header)
    )
    if isinstance(rows, NotAList):
        return rows
    try:
        items = [_item(row, source, url=url) for row in rows]
    except JMESPathError as error:  # a function met a value of another type than it takes
        return NotAList(what=f"not a list: {str(error).splitlines()[0]}")
    return [item for item in items if item is not None]


def _item(row: Mapping[str, str], source: ListSource, *, url: str) -> Item | None:
    link = source.link.format_map({name: row.get(name, "") for name in source.fields}).strip()
    # A link made of nothing but its fixed part names no article.
    if not link or link == source.link.format_map(dict.fromkeys(source.fields, "")):
        return None
    published = published_hint(row.get("published", ""), format=source.published_format, timezone=source.timezone)
    return Item(url=_joined(url, link), hints=hints_of({**row, "published": published}), content=row.get("content", ""))


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # a broken IPv6 host
        return link


def _html_rows(body: bytes, source: ListSource, *, header: str) -> Iterator[Mapping[str, str]]:
    from parsel import Selector

    root = Selector(text=text_of(body, header=header).replace("\0", ""), type="html")
    found = root.xpath(source.items) if is_xpath(source.items) else root.css(source.items)
    for element in found:
        yield {name: _read(element, expression) for name, expression in source.fields.items()}


def _read(element: Any, expression: str) -> str:
    """The first match as text: an attribute or text node as it is, an element with all text inside it."""
    matches = element.xpath(expression) if is_xpath(expression) else element.css(expression)
    if not matches:
        return ""
    first = matches[0]
    return str(first.xpath("string()").get() if hasattr(first.root, "tag") else first.get()).strip()


def document_links(body: bytes, documents: Documents, *, url: str) -> list[str]:
    """Addresses of the documents that an index page links, in its order, each once."""
    from parsel import Selector

    root = Selector(text=text_of(body).replace("\0", ""), type="html")
    found = root.xpath(documents.links) if is_xpath(documents.links) else root.css(documents.links)
    matches = (re.search(documents.pattern, str(text).strip()) for text in found.getall())
    links = [_joined(url, match[1] if match.re.groups else match[0]) for match in matches if match]
    return list(dict.fromkeys(link for link in links if is_web(link)))[: documents.at_most]


def _json_rows(body: bytes, source: ListSource, *, header: str) -> Iterator[Mapping[str, str]] | NotAList:
    import jmespath
    from jmespath.exceptions import JMESPathError

    data = _parse(text_of(body, header=header))
    if data is None:
        return NotAList(what=_not_json(body))
    try:
        if source.ok_if is not None and not jmespath.search(source.ok_if, data):
            return NotAList(what=f"not a list: the answer does not say {source.ok_if}")
        found = jmespath.search(source.items, data)
    except JMESPathError as error:
        return NotAList(what=f"not a list: {str(error).splitlines()[0]}")
    if found is None:
        return iter(())  # several exchanges answer null where there is nothing (cninfo, hkexnews)
    if not isinstance(found, list):
        return NotAList(what=f"not a list: {source.items} is no list in the answer")
    return (
        {name: _plain(jmespath.search(expression, member)) for name, expression in source.fields.items()}
        for outer in found
        for member in _members(outer, source.each)
    )


def _members(outer: Any, each: str | None) -> Iterator[Any]:
    import jmespath

    if each is None:
        yield outer
        return
    inner = jmespath.search(each, outer)
    for member in inner if isinstance(inner, list) else ():
        yield {**outer, **member} if isinstance(outer, dict) and isinstance(member, dict) else member


def _parse(text: str) -> Any:
    """JSON, with or without a JSONP wrapper; None where it is neither (the bare JSON null is no list either)."""
    text = text.lstrip("\ufeff").strip()
    wrapped = _JSONP.match(text) if text[:1] not in ("{", "[") else None
    try:
        return json.loads(wrapped[1] if wrapped else text)
    except (ValueError, RecursionError):
        return None


def _not_json(body: bytes) -> str:
    if looks_like_html(body):
        title = html_title(body)
        return f"not a list: HTML page titled {title!r}" if title else "not a list: HTML page without a title"
    return f"not a list: no JSON, it starts with {text_of(body[:60])!r}"


def _plain(value: Any) -> str:
    match value:
        case None | bool():
            return ""
        case str():
            return value.strip()
        case int() | float():
            return str(value)
        case list():
            return "、".join(text for item in value if (text := _plain(item)))
    return ""
