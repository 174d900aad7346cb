"""The engine by its name in the settings (`ZHIWEN_INDEX`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.aliases import AliasResolver, as_written
from index.records import SearchIndex
from zhiwen.errors import SettingsError

if TYPE_CHECKING:
    from index.elastic.client import Server

ENGINES = ("embedded", "memory", "elasticsearch")


def open_index(
    engine: str, folder: Path, *, aliases: AliasResolver = as_written, server: Server | None = None
) -> SearchIndex:
    """The index that `engine` names; the embedded one lives in `folder`, Elasticsearch at `server`. Raises SettingsError."""
    match engine:
        case "embedded":
            from index.embedded import TantivyIndex

            return TantivyIndex(folder, aliases=aliases)
        case "memory":
            from index.memory import MemoryIndex

            return MemoryIndex(aliases=aliases)
        case "elasticsearch":
            from index.elastic.engine import ElasticIndex

            if server is None:
                raise SettingsError("index engine 'elasticsearch' needs a server", hint="set ZHIWEN_ELASTICSEARCH_URL")
            return ElasticIndex(server, aliases=aliases)
        case _:
            raise SettingsError(f"there is no index engine {engine!r}", hint=f"options: {', '.join(ENGINES)}")
