"""Reading files that people or licensed feeds put into a folder: HTML, text, PDF, web archives.

    NAME.pdf              a page; its address is file:///…/NAME.pdf
    NAME.pdf.meta.yaml    what is known about it, optional: url, source, fetched_at, status, content_type, and hints
                          (title, author, publisher, published, company, form)

Every file ends as pages or as a `Refused` with the reason; reading never raises for what stands in a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.addresses import is_web
from crawler.charset import looks_like_html
from crawler.items import HINTS, hints_of
from crawler.limits import MEBIBYTE
from crawler.records import RawPage
from zhiwen.errors import InputError, SettingsError
from zhiwen.yamlfile import read_yaml

SIDECAR = ".meta.yaml"
_MEDIA_TYPES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".txt": "text/plain",
                ".pdf": "application/pdf"}  # fmt: skip
_ARCHIVES = (".warc", ".warc.gz")
_FOR_PEOPLE = frozenset({"README", "README.md"})  # says what the folder is for
READABLE = "html, htm, xhtml, txt, pdf, warc, warc.gz"
# An Application Proof has 300 to 700 pages, tens of megabytes (facts/sources.yaml).
LARGEST_PDF = 100 * MEBIBYTE
LARGEST_TEXT = 20 * MEBIBYTE
_SIDECAR_KEYS = frozenset({"url", "source", "fetched_at", "status", "content_type", "hints"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file, or a part of an archive, that is not passed on. `reason` says why, for a person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sidecar:
    url: str | None = None
    source: str | None = None
    fetched_at: datetime | None = None
    status: int = 200
    content_type: str | None = None
    hints: dict[str, str]


class _Wrong(Exception):
    """What is wrong with a file, in words."""


def files_in(path: Path, *, recursive: bool = True) -> list[Path]:
    """The files of a folder that are meant to be read, in order: no hidden ones, no sidecars, no README. A file is itself.

    Raises InputError where there is nothing at `path`.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(f"{path}: there is no such file or folder", hint="check the path")
    found = path.rglob("*") if recursive else path.glob("*")
    return sorted(file for file in found if _is_meant(file, path))


def _is_meant(file: Path, folder: Path) -> bool:
    if file.name in _FOR_PEOPLE:
        return False
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and not file.name.endswith(SIDECAR) and file.is_file()


def read_pages(path: Path, *, source: str, now: datetime, recursive: bool = True) -> Iterator[RawPage | Refused]:
    """The pages of a file or folder, in the order of the names; lazily, one file at a time.

    `source` is the id pages get unless their sidecar says otherwise; `now` their time of fetching, likewise.
    Raises InputError where there is nothing at `path`; nothing for what stands in the files.
    """
    for file in files_in(path, recursive=recursive):
        yield from read_file(file, source=source, now=now)


def read_file(path: Path, *, source: str, now: datetime) -> Iterator[RawPage | Refused]:
    """The page of one file, or the pages of one archive."""
    try:
        if path.name.lower().endswith(_ARCHIVES):
            from crawler.warc import read_warc

            yield from read_warc(path, source=source, now=now)
            return
        yield _page(path, source=source, now=now)
    except _Wrong as wrong:
        yield Refused(path=str(path), reason=str(wrong))
    except OSError as error:
        yield Refused(path=str(path), reason=f"cannot be read: {error.strerror or error}")


def _page(path: Path, *, source: str, now: datetime) -> RawPage:
    expected = _MEDIA_TYPES.get(path.suffix.lower())
    if expected is None:
        raise _Wrong(f"{path.suffix.lower() or 'a file without an ending'} is not read; readable are {READABLE}")
    limit = LARGEST_PDF if expected == "application/pdf" else LARGEST_TEXT
    with path.open("rb") as file:
        body = file.read(limit + 1)
    if len(body) > limit:
        raise _Wrong(f"larger than {limit // MEBIBYTE} MB")
    sidecar = _read_sidecar(path.with_name(path.name + SIDECAR))
    address = sidecar.url or path.resolve().as_uri()
    content_type = sidecar.content_type or sniffed(body, expected=expected)
    return RawPage(
        url=address,
        final_url=address,
        source=sidecar.source or source,
        fetched_at=sidecar.fetched_at or now,
        status=sidecar.status,
        headers={"content-type": content_type},
        content_type=content_type,
        body=body,
        hints=sidecar.hints,
    )


def sniffed(body: bytes, *, expected: str) -> str:
    """The media type of `body` where its first bytes say, else `expected`: names lie as headers do."""
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return "application/pdf"
    if expected != "text/html" and looks_like_html(body) and expected != "application/xhtml+xml":
        return "text/html"
    return expected


def _read_sidecar(path: Path) -> _Sidecar:
    if not path.is_file():
        return _Sidecar(hints={})
    try:
        # Without types: in a sidecar 00700 is a code and 2026-07-02 a text, quoted or not.
        data = read_yaml(path, typed=False).data
    except SettingsError as error:
        raise _Wrong(f"its {error}".replace(str(path), path.name)) from error
    if not isinstance(data, dict):
        raise _Wrong(f"its {path.name} holds no keys")
    hints = data.pop("hints", {})
    _check_texts(path, data, allowed=_SIDECAR_KEYS)
    _check_texts(path, hints, allowed=frozenset(HINTS))
    return _checked(path, data, hints=hints_of(hints))


def _check_texts(path: Path, data: Any, *, allowed: frozenset[str]) -> None:
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise _Wrong(f"its {path.name} must hold keys with one text each")
    strange = sorted(str(key) for key in set(data) - allowed)
    if strange:
        raise _Wrong(f"its {path.name} has the unknown key {strange[0]!r}; there are {', '.join(sorted(allowed))}")


def _checked(path: Path, data: dict[str, str], *, hints: dict[str, str]) -> _Sidecar:
    url, fetched_at, status = data.get("url"), data.get("fetched_at"), data.get("status", "200")
    if url is not None and not is_web(url):
        raise _Wrong(f"its {path.name}: url {url!r} is not a web address")
    if status not in {"200", "404", "410"}:
        raise _Wrong(f"its {path.name}: status is {status!r}; a file is 200, or 404 or 410 for a page that went")
    return _Sidecar(
        url=url,
        source=data.get("source") or None,
        fetched_at=_moment(path, fetched_at) if fetched_at else None,
        status=int(status),
        content_type=(data.get("content_type") or "").split(";")[0].strip().lower() or None,
        hints=hints,
    )


def _moment(path: Path, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise _Wrong(f"its {path.name}: fetched_at {text!r} is not a time with offset, like 2026-07-02T08:00:00+08:00")
