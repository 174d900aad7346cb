"""What we remember in the cluster beside the articles: how far each index got, what it refused, and who rebuilds.

The position is written after the documents it speaks of, and never lowered, so that a crash in between costs a batch
sent twice and loses none. It belongs to one index by its uuid: an index restored from a snapshot, or made anew by
somebody, starts from 0, whatever is remembered of its name.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import ConflictError, Elasticsearch, NotFoundError

from index.elastic.client import Server, asked, made
from index.elastic.generations import Generation
from zhiwen.errors import IndexError_, LockedError

_ABANDONED = timedelta(minutes=10)  # a rebuild says that it lives with every batch, which takes seconds
_KEYWORD = {"type": "keyword", "ignore_above": 8_191}
_MAPPING: Mapping[str, Any] = {
    "dynamic": "strict",
    "properties": {
        "kind": _KEYWORD,  # position, rejected or rebuild
        "index": _KEYWORD,
        "uuid": _KEYWORD,
        "position": {"type": "long"},
        "document": _KEYWORD,
        "seq": {"type": "long"},
        "reason": {"type": "text"},
        "url": _KEYWORD,
        "host": _KEYWORD,
        "pid": {"type": "integer"},
        "at": {"type": "date"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A version of a document that the server will never take, and why."""

    document: str
    seq: int
    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    client: Elasticsearch
    server: Server
    clock: Callable[[], datetime]

    @property
    def index(self) -> str:
        return f"{self.server.prefix}-state"

    def _ask(self, call: Callable[[], Any]) -> Any:
        return asked(call, server=self.server)

    def create(self) -> None:
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
        made(self.client, self.server, index=self.index, mappings=_MAPPING, settings=settings)

    # positions

    def position(self, generation: Generation) -> int:
        """How far the index got; 0 where nothing is known of it."""
        held = self._get(_position_id(generation))
        return int(held["position"]) if held else 0

    def advance(self, generation: Generation, position: int) -> None:
        """Remember that everything up to `position` is in the index; a lower one than is remembered changes nothing."""
        source = {"kind": "position", "index": generation.name, "uuid": generation.uuid, "position": position}

        def put() -> None:
            try:
                self.client.index(
                    index=self.index,
                    id=_position_id(generation),
                    document=source,
                    version=position,
                    version_type="external_gte",
                )
            except ConflictError:  # another writer got further, which is as good
                return

        self._ask(put)

    def forget(self, generation: Generation) -> None:
        """What was remembered of an index that is deleted."""
        refused = [_rejected_id(generation, one.document) for one in self.rejected(generation)]
        self._delete([_position_id(generation), *refused])

    def _get(self, id: str) -> Mapping[str, Any] | None:
        def get() -> Mapping[str, Any] | None:
            try:
                held: Mapping[str, Any] = self.client.get(index=self.index, id=id)["_source"]
            except NotFoundError:
                return None
            return held

        found: Mapping[str, Any] | None = self._ask(get)
        return found

    def _delete(self, ids: Collection[str]) -> None:
        operations = [{"delete": {"_index": self.index, "_id": id}} for id in ids]
        self._ask(lambda: self.client.bulk(operations=operations, refresh=True))

    # rejections

    def reject(self, generation: Generation, rejected: Sequence[Rejected], *, indexed: Mapping[str, int]) -> None:
        """Keep what was refused, and forget what was refused before of documents that are in now (`indexed`: id to seq)."""
        wanted = [*indexed, *(one.document for one in rejected)]
        over = [
            one.document for one in self.rejected(generation, among=wanted) if indexed.get(one.document, -1) >= one.seq
        ]
        if over:
            self._delete([_rejected_id(generation, document) for document in over])
        for one in rejected:
            self._keep(generation, one)
        if rejected:
            self._ask(lambda: self.client.indices.refresh(index=self.index))

    def _keep(self, generation: Generation, one: Rejected) -> None:
        source = {
            "kind": "rejected",
            "index": generation.name,
            "uuid": generation.uuid,
            "document": one.document,
            "seq": one.seq,
            "url": one.url,
            "reason": one.reason,
            "at": self.clock().isoformat(),
        }
        id = _rejected_id(generation, one.document)
        self._ask(lambda: self.client.index(index=self.index, id=id, document=source))

    def count_rejected(self, generation: Generation) -> int:
        """How many documents the index does not hold."""
        query = _rejected_of(generation)
        found = self._ask(lambda: self.client.count(index=self.index, query=query, ignore_unavailable=True))
        return int(found["count"])

    def rejected(
        self, generation: Generation, *, among: Sequence[str] | None = None, limit: int = 10_000
    ) -> list[Rejected]:
        """What the index does not hold, newest first; only of the documents `among`, where they are given."""
        found = self._ask(
            lambda: self.client.search(
                index=self.index,
                query=_rejected_of(generation, among=among),
                sort=[{"seq": "desc"}],
                size=limit,
                ignore_unavailable=True,
            )
        )
        kept = (hit["_source"] for hit in found["hits"]["hits"])
        return [
            Rejected(document=one["document"], seq=one["seq"], url=one["url"], reason=one["reason"]) for one in kept
        ]

    # one rebuild at a time, across machines

    @contextmanager
    def rebuild_lock(self) -> Iterator[Callable[[], None]]:
        """Held until the block ends. Yields what says that the holder lives. Raises LockedError."""
        self.create()
        self._take()
        try:
            yield self._renew
        finally:
            # A lock that stays is passed over: its holder is dead, or silent for ten minutes.
            with suppress(IndexError_):
                self._delete(["rebuild"])

    def _mine(self) -> dict[str, Any]:
        return {"kind": "rebuild", "host": socket.gethostname(), "pid": os.getpid(), "at": self.clock().isoformat()}

    def _renew(self) -> None:
        self._ask(lambda: self.client.index(index=self.index, id="rebuild", document=self._mine()))

    def _take(self) -> None:
        def create() -> bool:
            try:
                self.client.create(index=self.index, id="rebuild", document=self._mine())
            except ConflictError:
                return False
            return True

        if self._ask(create):
            return
        held = self._get("rebuild")
        if held and not self._abandoned(held):
            raise LockedError(
                f"the index {self.server.prefix} is being rebuilt by process {held['pid']} on {held['host']}",
                pid=held["pid"],
                hint=f"try again when it has ended; one that died is passed over after {_ABANDONED.seconds // 60} minutes",
            )
        self._renew()

    def _abandoned(self, held: Mapping[str, Any]) -> bool:
        if held["host"] == socket.gethostname() and not _alive(held["pid"]):
            return True
        return abs(self.clock() - datetime.fromisoformat(held["at"])) > _ABANDONED


def _position_id(generation: Generation) -> str:
    return f"position-{generation.uuid}"


def _rejected_id(generation: Generation, document: str) -> str:
    return f"rejected-{generation.uuid}-{document}"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _rejected_of(generation: Generation, *, among: Sequence[str] | None = None) -> dict[str, Any]:
    wanted: list[dict[str, Any]] = [{"term": {"kind": "rejected"}}, {"term": {"uuid": generation.uuid}}]
    if among is not None:
        wanted.append({"terms": {"document": list(among)}})
    return {"bool": {"filter": wanted}}
