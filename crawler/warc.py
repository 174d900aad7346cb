"""Reading web archives (WARC, plain or gzipped): the answers in them that hold a page."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.addresses import is_web
from crawler.decoding import CutShort, TooLarge, decode_body
from crawler.folder import LARGEST_PDF, Refused
from crawler.limits import MEBIBYTE
from crawler.records import KEPT_HEADERS, RawPage
from zhiwen.times import require_utc

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

_PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "application/pdf", ""})


def read_warc(path: Path, *, source: str, now: datetime) -> Iterator[RawPage | Refused]:
    """Pages in the order of the archive. A broken archive gives what stands before the break, then a Refused.

    Answers that hold no page (pictures, redirects, errors) end as one Refused that counts them.
    Raises OSError only where the file cannot be opened.
    """
    passed_over: Counter[str] = Counter()
    silent = True
    with path.open("rb") as file:
        for read in _answers(file, source=source, now=now):
            if isinstance(read, str):
                passed_over[read] += 1
                continue
            silent = False
            yield Refused(path=f"{path} {read.path}".strip(), reason=read.reason) if isinstance(read, Refused) else read
    if passed_over:
        counts = ", ".join(f"{count} {what}" for what, count in passed_over.most_common(5))
        yield Refused(path=str(path), reason=f"holds no page: {counts}")
    elif silent:
        yield Refused(path=str(path), reason="holds no answers of a site")


def _answers(file: io.BufferedReader, *, source: str, now: datetime) -> Iterator[RawPage | Refused | str]:
    records = _records(file)
    while True:
        try:
            record = next(records, None)
            if record is None:
                return
            read = _read(record, source=source, now=now)
        except (OSError, ValueError, RuntimeError) as error:
            yield Refused(path="", reason=f"broken archive, the rest was not read: {error}")
            return
        yield read


def _records(file: io.BufferedReader) -> Iterator[Any]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    return iter(ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True))


def _read(record: WarcRecord, *, source: str, now: datetime) -> RawPage | Refused | str:
    """The page of a record, a Refused, or a word for what it is instead of a page."""
    headers, url = record.http_headers, (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    if headers is None or headers.status_code is None or not is_web(url):
        return "records without an HTTP answer"
    if headers.status_code != 200:
        return f"answers with HTTP {headers.status_code}"
    media_type = (headers.get("Content-Type") or "").split(";")[0].strip().lower()
    if media_type not in _PAGES:
        return media_type
    try:
        body = _body(record, limit=LARGEST_PDF)
    except (CutShort, TooLarge, ValueError) as error:
        return Refused(path=url, reason=str(error))
    return RawPage(
        url=url,
        final_url=url,
        source=source,
        fetched_at=require_utc(record.record_date, what=f"WARC-Date of {url}") if record.record_date else now,
        headers=_kept(record),
        content_type=media_type,
        body=body,
    )


def _kept(record: WarcRecord) -> dict[str, str]:
    kept = {name.lower(): value for name, value in record.http_headers.to_tuples()}
    return {name: value for name, value in kept.items() if name in KEPT_HEADERS and name != "content-encoding"}


def _body(record: WarcRecord, *, limit: int) -> bytes:
    """Payload with transfer and content encodings taken off. Raises CutShort, TooLarge, ValueError."""
    if record.content_length > limit:
        raise TooLarge(f"larger than {limit // MEBIBYTE} MB")
    payload = record.reader.read(limit + 1)
    if len(payload) < record.content_length:
        raise CutShort("the archive ends inside this page")
    if "chunked" in (record.http_headers.get("Transfer-Encoding") or "").lower():
        payload = _dechunked(payload, limit=limit)
    return decode_body(payload, (record.http_headers.get("Content-Encoding") or "").split(","), limit=limit)


def _dechunked(payload: bytes, *, limit: int) -> bytes:
    """Many archivers keep the header and store the body without its chunks: then it is taken as it is."""
    from fastwarc.stream_io import ChunkedReader

    size, _, _ = payload[:32].partition(b"\r\n")
    if not size or any(byte not in b"0123456789abcdefABCDEF" for byte in size.split(b";")[0].strip()):
        return payload
    try:
        return bytes(ChunkedReader(io.BytesIO(payload)).read(limit + 1))
    except OSError as error:
        raise CutShort(f"its chunks are broken: {error}") from error
