"""Taking content encodings off, strictly: a body that ends early is an error, never a shorter article.

Scrapy's own middleware keeps what it can of a truncated body; for a news archive half an article is worse than none.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

_GZIP_MAGIC = b"\x1f\x8b"


class CutShort(OSError):
    """The compressed body ends before its end, or is damaged."""


class TooLarge(OSError):
    """The body grows beyond the limit when decompressed."""


def decode_body(body: bytes, encodings: Sequence[str], *, limit: int) -> bytes:
    """`body` with `encodings` (as in Content-Encoding, in the order applied) taken off.

    A body that says gzip and is none is taken as it is: servers lie that way about files kept uncompressed.
    Raises CutShort, TooLarge (more than `limit` bytes), or ValueError for an encoding we did not ask for.
    """
    for name in reversed(encodings):
        body = _decode(body, name.strip().lower(), limit)
    return body


def _decode(body: bytes, name: str, limit: int) -> bytes:
    match name:
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflate(body, 16 + zlib.MAX_WBITS, limit) if body.startswith(_GZIP_MAGIC) else body
        case "deflate":
            # Half of the servers mean raw deflate by it; a zlib header's first two bytes are divisible by 31.
            wrapped = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
            return _inflate(body, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS, limit) if body else body
    raise ValueError(f"content encoding {name!r} was not asked for")


def _inflate(body: bytes, window: int, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body:  # gzip files may have several members
        decompressor = zlib.decompressobj(window)
        try:
            part = decompressor.decompress(body, limit + 1 - size)
        except zlib.error as error:
            raise CutShort(f"the compressed body is damaged: {error}") from error
        parts.append(part)
        size += len(part)
        if size > limit:
            raise TooLarge(f"larger than {limit} bytes when decompressed")
        if not decompressor.eof:
            raise CutShort("the compressed body ends early")
        body = decompressor.unused_data
        if not body.startswith(_GZIP_MAGIC):
            break  # padding after the end, as some servers send
    return b"".join(parts)
