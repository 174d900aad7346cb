"""What a body of bytes is: HTML, plain text, PDF, or nothing we read. Bytes decide before the declared type does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_MAGIC = (
    (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"RIFF", "a RIFF file (WebP, WAV, AVI)"),
    (b"PK\x03\x04", "a ZIP archive or Office document"), (b"\x1f\x8b", "gzip data"), (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"), (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"ID3", "an MP3 file"),
    (b"\x7fELF", "a programme"), (b"MZ\x90", "a programme"), (b"wOFF", "a font"), (b"OggS", "an Ogg file"), (b"SQLite format 3", "a database"),
)  # fmt: skip
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|meta|title|div|p|table|article|br|h[1-6]|span|a\s)[\s/>]|<!doctype html",
    re.IGNORECASE,
)
_HTML_START = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}\?>\s*)*<(?:!doctype\s+html|html|head|body)",
    re.IGNORECASE | re.DOTALL,
)
_OTHER_TEXT = frozenset(
    {"application/json", "text/css", "text/javascript", "application/javascript", "text/csv", "application/ld+json"}
)


class Kind(StrEnum):
    HTML = "html"
    TEXT = "text"
    PDF = "pdf"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    kind: Kind
    why: str


def kind_of(body: bytes, content_type: str) -> Seen:
    head = body[:4096]
    if b"%PDF-" in head[:1024]:
        return Seen(kind=Kind.PDF, why="begins with %PDF")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return Seen(kind=Kind.OTHER, why=name)
    if _looks_binary(head):
        return Seen(kind=Kind.OTHER, why=f"binary data ({content_type or 'no content type'})")
    if _HTML_START.match(head):
        return Seen(kind=Kind.HTML, why="begins like an HTML page")
    if content_type in _OTHER_TEXT or content_type.startswith(("image/", "audio/", "video/", "font/")):
        return Seen(kind=Kind.OTHER, why=f"declared as {content_type}")
    if content_type in (
        "text/xml",
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
    ) or head.lstrip().startswith(b"<?xml"):
        return Seen(kind=Kind.OTHER, why="an XML document, not a page")
    if content_type == "text/plain":
        return Seen(kind=Kind.TEXT, why="declared as text/plain")
    if len(_HTML.findall(body[:200_000])) >= (1 if "html" in content_type else 3):
        return Seen(kind=Kind.HTML, why="holds HTML elements")
    return Seen(kind=Kind.TEXT, why="text without HTML elements")


def _looks_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16 has zeros
        return False
    return head.count(b"\x00") > len(head) // 100 + 1
