"""The engine by its name in the settings (`ZHIWEN_INDEX`)."""

from __future__ import annotations

from pathlib import Path

from index.aliases import AliasResolver, as_written
from index.records import SearchIndex
from zhiwen.errors import SettingsError

ENGINES = ("embedded", "memory", "elasticsearch")


def open_index(engine: str, folder: Path, *, aliases: AliasResolver = as_written) -> SearchIndex:
    """The index that `engine` names; the embedded one lives in `folder`. Raises SettingsError."""
    match engine:
        case "embedded":
            from index.embedded import TantivyIndex

            return TantivyIndex(folder, aliases=aliases)
        case "memory":
            from index.memory import MemoryIndex

            return MemoryIndex(aliases=aliases)
        case "elasticsearch":
            raise SettingsError(
                "index engine 'elasticsearch' is not built yet", hint="set ZHIWEN_INDEX to embedded or memory"
            )
        case _:
            raise SettingsError(f"there is no index engine {engine!r}", hint=f"options: {', '.join(ENGINES)}")
