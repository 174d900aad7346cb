"""Indexes of one prefix, and the aliases that say which of them is read and written.

    zhiwen-articles          ─▶ zhiwen-articles-000002   what is searched
    zhiwen-articles-write    ─▶ zhiwen-articles-000002   what is written
    zhiwen-articles-previous ─▶ zhiwen-articles-000001   what `index rollback` goes back to

A rebuild fills the next index while readers go on with this one, then moves all three aliases in one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from index.elastic.client import Server, asked, made
from index.elastic.documents import mapping
from zhiwen.errors import IndexError_

REBUILD = "run `zhiwen index rebuild`: the store fills it again"
# A replica as soon as there is a second node, none before: one node alone stays green.
_SETTLED: Mapping[str, Any] = {"auto_expand_replicas": "0-1", "refresh_interval": None}
_FILLING: Mapping[str, Any] = {"auto_expand_replicas": False, "number_of_replicas": 0, "refresh_interval": "-1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One index. `uuid` tells it from one of the same name that was made before, or restored from a snapshot."""

    name: str
    uuid: str
    shards: int
    aliases: frozenset[str]
    mappings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What stood in the cluster when it was looked at, oldest first."""

    live: Generation | None
    previous: Generation | None
    all: tuple[Generation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    client: Elasticsearch
    server: Server

    @property
    def read(self) -> str:
        return f"{self.server.prefix}-articles"

    @property
    def write(self) -> str:
        return f"{self.read}-write"

    @property
    def previous(self) -> str:
        return f"{self.read}-previous"

    def all(self) -> tuple[Generation, ...]:
        """Indexes that are ours by their name, oldest first."""
        answer = asked(
            lambda: self.client.indices.get(index=f"{self.read}*", expand_wildcards=["open", "closed"]),
            server=self.server,
        )
        found = (_generation(name, held) for name, held in answer.items() if self._is_ours(name))
        return tuple(sorted(found, key=lambda generation: (len(generation.name), generation.name)))

    def _is_ours(self, name: str) -> bool:
        number = name.removeprefix(f"{self.read}-")
        return number.isdecimal() or name in (self.read, self.write)

    def layout(self) -> Layout:
        """Raises IndexError_ where the aliases do not name one index that is both read and written."""
        found = self.all()
        read, write, previous = (
            [generation for generation in found if alias in generation.aliases]
            for alias in (self.read, self.write, self.previous)
        )
        if problem := self._problem(found, read, write):
            raise IndexError_(problem, hint=REBUILD)
        return Layout(live=read[0] if read else None, previous=previous[0] if previous else None, all=found)

    def _problem(self, found: tuple[Generation, ...], read: list[Generation], write: list[Generation]) -> str:
        for alias in (self.read, self.write):
            if any(generation.name == alias for generation in found):
                return f"{alias!r} is an index, and should be an alias: somebody wrote to it when there was none"
        for alias, named in ((self.read, read), (self.write, write)):
            if len(named) > 1:
                return f"the alias {alias!r} points at {len(named)} indexes: {_names(named)}"
        if _names(read) != _names(write):
            return f"what is read ({_names(read) or 'nothing'}) is not what is written ({_names(write) or 'nothing'})"
        return ""

    def check(self, generation: Generation) -> None:
        """Raises IndexError_ where the index was not made by this code as it is now."""
        if difference := _difference(mapping(), generation.mappings):
            raise IndexError_(f"the index {generation.name} was made otherwise: {difference}", hint=REBUILD)

    def create_first(self) -> None:
        """The first index, with its aliases; nothing where another process was faster."""
        self._made(
            f"{self.read}-000001", settings=_SETTLED, aliases={self.read: {}, self.write: {"is_write_index": True}}
        )

    def create_next(self) -> Generation:
        """An index that nobody reads yet, set up for being filled."""
        numbers = (name.removeprefix(f"{self.read}-") for name in (generation.name for generation in self.all()))
        number = max((int(number) for number in numbers if number.isdecimal()), default=0) + 1
        while not self._made(f"{self.read}-{number:06d}", settings=_FILLING, aliases={}):
            number += 1  # a writer made the first one since we looked
        return next(generation for generation in self.all() if generation.name == f"{self.read}-{number:06d}")

    def _made(self, name: str, *, settings: Mapping[str, Any], aliases: Mapping[str, Mapping[str, Any]]) -> bool:
        """Whether the index is new; False where there is one of that name."""
        return made(
            self.client,
            self.server,
            index=name,
            mappings=mapping(),
            settings={"number_of_shards": self.server.shards, **settings},
            aliases=aliases,
        )

    def settle(self, name: str) -> None:
        """Give a filled index what a read one has: replicas, and regular refreshes."""
        asked(lambda: self.client.indices.put_settings(index=name, settings=_SETTLED), server=self.server)
        self.refresh(name)

    def refresh(self, name: str) -> None:
        # An index deleted by another process meanwhile is no error here: the next look says so.
        asked(lambda: self.client.indices.refresh(index=name, ignore_unavailable=True), server=self.server)

    def swap(self, name: str) -> None:
        """Make `name` the live index, and what was live the previous one, in one call; older ones go afterwards."""
        before = self.all()
        was_live = [generation.name for generation in before if self.read in generation.aliases]
        actions: list[dict[str, Any]] = [
            {"remove": {"index": generation.name, "alias": alias}}
            for generation in before
            for alias in sorted(generation.aliases & {self.read, self.write, self.previous})
        ]
        # Somebody wrote to an alias that was not there, and the server made an index of that name: in the way, and ours.
        actions += [{"remove_index": {"index": held.name}} for held in before if held.name in (self.read, self.write)]
        actions.append({"add": {"index": name, "alias": self.read}})
        actions.append({"add": {"index": name, "alias": self.write, "is_write_index": True}})
        kept = [one for one in was_live if one != name][-1:]
        actions += [{"add": {"index": one, "alias": self.previous}} for one in kept]
        asked(lambda: self.client.indices.update_aliases(actions=actions), server=self.server)

    def unused(self) -> list[Generation]:
        """What is neither live nor previous. Only the holder of the rebuild lock may delete it: another might be filling one."""
        return [one for one in self.all() if not one.aliases & {self.read, self.write, self.previous}]

    def delete(self, name: str) -> None:
        asked(lambda: self.client.indices.delete(index=name, ignore_unavailable=True), server=self.server)


def _names(generations: list[Generation]) -> str:
    return ", ".join(generation.name for generation in generations)


def _generation(name: str, held: Mapping[str, Any]) -> Generation:
    settings = held["settings"]["index"]
    return Generation(
        name=name,
        uuid=settings["uuid"],
        shards=int(settings["number_of_shards"]),
        aliases=frozenset(held["aliases"]),
        mappings=held["mappings"],
    )


def _difference(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The first thing that differs, in words; "" where nothing does."""
    for path, expected, actual in _pairs(wanted, found, path=""):
        if expected != actual:
            return f"{path} is {_short(actual)} instead of {_short(expected)}"
    return ""


def _pairs(wanted: Any, found: Any, *, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        # An object says its type only where it is none of the default; the server leaves "object" out.
        for key in sorted({*wanted, *found}):
            yield from _pairs(wanted.get(key), found.get(key), path=f"{path}.{key}".lstrip("."))
    else:
        yield path, _plain(wanted), _plain(found)


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool | str) else value


def _short(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]
