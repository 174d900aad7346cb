"""Reading the text of a list or feed by trial. Pages are never decoded here: their bytes travel as they came.

Declarations lie: feeds that say gb2312 and are UTF-8, or say nothing and are GBK, are both in facts/sources.md.
"""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
# What says gb2312 or gbk is written in the larger set of the same family.
_FAMILY = {"gb2312": "gb18030", "gbk": "gb18030", "hz-gb-2312": "hz", "x-gbk": "gb18030", "iso-8859-1": "cp1252"}


def charset(body: bytes, *, header: str = "") -> str:
    """The name of a codec that reads `body`: byte order mark, strict UTF-8, what is declared, GB18030, Latin-1.

    `header` is the value of Content-Type. A body cut inside a character still counts as UTF-8.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    declared = (_DECLARED.search(header.encode("ascii", "ignore")), _DECLARED.search(body[:2048]))
    names = [found[1].decode("ascii", "ignore").lower() for found in declared if found]
    candidates = ("utf-8", *(_FAMILY.get(name, name) for name in names), "gb18030")
    return next((name for name in candidates if _reads(body, name)), "latin-1")


def _reads(body: bytes, name: str) -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(body, final=False)
    except (UnicodeError, LookupError, ValueError):
        return False
    return True


def text_of(body: bytes, *, header: str = "") -> str:
    """`body` as text; bytes that do not fit become U+FFFD. Never raises."""
    return body.decode(charset(body, header=header), "replace")


_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


def html_title(body: bytes) -> str:
    """What an HTML page calls itself, "" where it does not say; for messages."""
    found = _TITLE.search(text_of(body[:65536]))
    return " ".join(found[1].split())[:80] if found else ""


def looks_like_html(body: bytes) -> bool:
    start = body[:1024].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")) or (
        start.startswith(b"<") and b"<html" in start
    )
