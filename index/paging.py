"""Pages that neither skip nor repeat while documents come and go: what is in a cursor, and the order it stands in.

Two kinds, after what the order depends on:

* "newest" and "figure:METRIC" order by a key that belongs to the document, equal keys by id. The cursor is the key and
  the id of the last hit, and the next page is what stands behind: to any depth.
* Relevance moves with every write (words become rarer or commoner), and a collapsed page shows the best of each story,
  which another one may become. There the cursor says what was given already, and the next page is the best of the rest:
  MAX_GIVEN hits deep.

A cursor belongs to one search; given to another, it is refused.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from index.records import Document, SearchRequest
from zhiwen.errors import InputError

MAX_GIVEN = 1_000  # 11 kB of cursor; people page three times, and exports read by newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """`key` and `id` of the last hit, or the marks of all that was given."""

    key: float | None = None
    id: str = ""
    given: tuple[int, ...] = ()


def mark(name: str) -> int:
    """63 bits that stand for an id or a story: engines have signed integers."""
    return int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:8]) >> 1


def mark_of(document: Document, *, collapse: bool) -> int:
    """What may be given once only: the document, or its story. A document without one is a story of its own."""
    return mark(document.story if collapse and document.story else document.id)


def by_marks(request: SearchRequest, *, relevance: bool) -> bool:
    """Whether pages of this request go by what was given, rather than by a key."""
    return relevance or request.collapse


def read_cursor(request: SearchRequest) -> Cursor | None:
    """The request's cursor, None on the first page. Raises InputError where it is not one of ours, or of another search."""
    if request.cursor is None:
        return None
    try:
        held = json.loads(urlsafe_b64decode(request.cursor))
        of, key, id_, given = held["of"], held.get("key"), held.get("id", ""), held.get("given", "")
        marks = urlsafe_b64decode(given)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("the cursor cannot be read", hint="take it from the page before, as it is") from error
    if of != _search(request):
        raise InputError("the cursor belongs to another search", hint="start at the first page of this one")
    if held.get("end"):
        raise InputError(f"hits by relevance or story are given {MAX_GIVEN} deep", hint="sort by newest, uncollapsed")
    return Cursor(
        key=key, id=id_, given=tuple(int.from_bytes(marks[at : at + 8], "little") for at in range(0, len(marks), 8))
    )


def keyed_cursor(request: SearchRequest, *, key: float, id: str) -> str:
    return _written({"of": _search(request), "key": key, "id": id})


def given_cursor(request: SearchRequest, given: Sequence[int]) -> str:
    if len(given) > MAX_GIVEN:
        return _written({"of": _search(request), "end": True})
    marks = b"".join(one.to_bytes(8, "little") for one in given)
    return _written({"of": _search(request), "given": urlsafe_b64encode(marks).decode()})


def _written(held: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(held).encode()).decode()


def _search(request: SearchRequest) -> str:
    """What makes two requests pages of one search."""
    parts = (
        request.query,
        request.companies,
        request.sources,
        request.events,
        request.only,
        str(request.since),
        str(request.until),
        request.timezone,
        request.sort,
        request.collapse,
    )
    return sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
