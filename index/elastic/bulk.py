"""Writing documents: in chunks by count and bytes, again after a while where the server is busy, each with its outcome.

Document ─ indexed ─▶ bulk, external version = seq ─▶ taken | newer is there | refused for good | trouble (IndexError_)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from index.elastic.client import CAUGHT_UP, Server, asked, blocked, reason_of, said
from index.elastic.documents import indexed
from index.elastic.state import Rejected
from index.records import Document
from zhiwen.errors import IndexError_, ZhiwenError

CHUNK = 500  # documents
CHUNK_BYTES = 5_000_000  # Elastic's advice is 5 to 15 MB
_BUSY = (429, 502, 503, 504)
_REFUSED = (400, 413)  # of this document, whatever happens; everything else is the server's state
_TRIES = 6
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # seconds; doubled each time: 24 s in all before a batch is left for later


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`name`: an alias or an index; `alias` says which of the two it must be (a missing alias is no reason to make an index)."""

    name: str
    alias: bool


@dataclass(slots=True)
class Written:
    """`indexes` are the names of those that took part: one, unless an alias was moved meanwhile."""

    rejected: list[Rejected] = field(default_factory=list)
    indexes: set[str] = field(default_factory=set)


def write(client: Elasticsearch, server: Server, documents: Sequence[Document], *, target: Target) -> Written:
    """Send all of them. Raises IndexError_ where the server cannot go on; what was sent before that stays."""
    patient = client.options(request_timeout=6 * server.timeout, retry_on_status=())
    written = Written()
    too_large = _send(patient, server, documents, target=target, written=written, chunk=CHUNK)
    # A chunk that is too large is no reason to refuse what is in it: one by one, only the large one is.
    for document in too_large:
        for alone in _send(patient, server, [document], target=target, written=written, chunk=1):
            limit = "the request is larger than the server takes (http.max_content_length)"
            written.rejected.append(Rejected(document=alone.id, seq=alone.seq, url=alone.url, reason=limit))
    return written


def _send(
    client: Elasticsearch,
    server: Server,
    documents: Sequence[Document],
    *,
    target: Target,
    written: Written,
    chunk: int,
) -> list[Document]:
    """Writes outcomes into `written`; returns what the server found too large."""
    by_id = {document.id: document for document in documents}
    results = streaming_bulk(
        client,
        (_action(document, target) for document in documents),
        chunk_size=chunk,
        max_chunk_bytes=CHUNK_BYTES,
        raise_on_error=False,
        raise_on_exception=False,
        max_retries=_TRIES,
        initial_backoff=_FIRST_PAUSE,
        max_backoff=_LONGEST_PAUSE,
        retry_on_status=_BUSY,
        require_alias=target.alias,
    )
    too_large = []
    for item in _items(results, server):
        document = by_id[item["_id"]]
        status, error = item["status"], item.get("error")
        if status < 300 or status == 409:  # a newer version is there already
            written.indexes.add(item["_index"])
        elif status == 413:
            too_large.append(document)
        elif status in _REFUSED and isinstance(error, dict):
            written.indexes.add(item["_index"])
            kind, reason = reason_of({"error": error})
            refused = Rejected(document=document.id, seq=document.seq, url=document.url, reason=f"{kind}: {reason}")
            written.rejected.append(refused)
        else:
            raise _trouble(item, server)
    return too_large


def _items(results: Any, server: Server) -> Iterator[dict[str, Any]]:
    iterator = iter(results)
    while (found := asked(lambda: next(iterator, None), server=server)) is not None:
        _, item = found
        yield item["index"]


def _action(document: Document, target: Target) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": target.name,
        "_id": document.id,
        "version": document.seq,
        "version_type": "external",
        "_source": indexed(document),
    }


def _trouble(item: Mapping[str, Any], server: Server) -> ZhiwenError:
    """What an item that is neither taken nor refused says of the server."""
    if isinstance(item.get("exception"), ApiError):  # the request as a whole was answered so
        return said(item["exception"], server)
    kind, reason = reason_of({"error": item.get("error")})
    status = item["status"]
    if kind == "cluster_block_exception":
        return blocked(reason, server)
    if status in _BUSY:
        return IndexError_(f"Elasticsearch at {server.name} is too busy to write ({status}): {reason}", hint=CAUGHT_UP)
    return IndexError_(
        f"Elasticsearch at {server.name} does not write ({status} {kind}): {reason}", hint="its log says more"
    )
