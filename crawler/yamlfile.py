"""YAML as its author wrote it: values with the spelling they had in the file, and no key twice.

YAML 1.1 eats codes (00700 becomes 448, on becomes true, 1:30 becomes 90). Strict types refuse such values; to say what
to write instead, the message needs the spelling of the file, which only the node tree still has.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zhiwen.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    path: Path
    data: Any
    root: yaml.Node | None

    def spelling(self, keys: Sequence[str | int]) -> str | None:
        """How the scalar at `keys` is spelled in the file; None where there is no scalar."""
        node = self.root
        for key in keys:
            node = _child(node, key)
        return node.value if isinstance(node, yaml.ScalarNode) else None


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    match node:
        case yaml.MappingNode():
            return next((value for name, value in node.value if name.value == str(key)), None)
        case yaml.SequenceNode() if isinstance(key, int) and 0 <= key < len(node.value):
            found: yaml.Node = node.value[key]
            return found
    return None


class _Loader(yaml.SafeLoader):
    """Safe, and refuses a key that stands twice: the second would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"key {twice!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> YamlFile:
    """Raises SettingsError for a file that cannot be read or is no YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return YamlFile(path=path, data=yaml.load(text, Loader=_Loader), root=root)  # noqa: S506, a SafeLoader
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 (byte {error.start})", hint="save the file as UTF-8") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: is not valid YAML: {_words(error)}") from error


def _words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else problem
