"""A YAML file that remembers where each value stands and how it was written.

YAML 1.1 turns a bare 02513 into 1355 and `no` into false. To say what to do about it, an error needs the line, and
the characters that a person typed; both are lost in plain values, so the nodes are kept beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from zhiwen.errors import SettingsError

Keys = Sequence[str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """`data` as plain values, None for an empty file; `root` the nodes they were made from."""

    path: Path
    data: Any
    root: yaml.Node | None

    def place(self, keys: Keys) -> str:
        """`folder/file.yaml:line` of the value at `keys`, or of the nearest thing around it."""
        node = self._node(keys)
        short = Path(*self.path.parts[-2:])
        return f"{short}:{node.start_mark.line + 1}" if node else str(short)

    def written(self, keys: Keys) -> str | None:
        """The value at `keys` as it stands in the file; None for lists and mappings."""
        node = self._node(keys)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def _node(self, keys: Keys) -> yaml.Node | None:
        node = self.root
        for key in keys:
            inner = _child(node, key)
            if inner is None:
                return node
            node = inner
        return node


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return _node_of(node.value[key])
    if isinstance(node, yaml.MappingNode):
        return next((_node_of(value) for name, value in node.value if name.value == str(key)), None)
    return None


def _node_of(value: object) -> yaml.Node | None:
    return value if isinstance(value, yaml.Node) else None


def read_yaml(path: Path) -> YamlFile:
    """Read one document. Raises SettingsError: missing, not UTF-8, not YAML, or a key given twice in one mapping."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}", hint="it must be a UTF-8 text file") from error
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        _refuse_repeated_keys(path, root)
        data = loader.construct_document(root) if root else None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: 2025-13-40 is an impossible date
        raise SettingsError(f"{path}: not valid YAML: {error}", hint="correct the line it names") from error
    finally:
        loader.dispose()
    return YamlFile(path=path, data=data, root=root)


def _refuse_repeated_keys(path: Path, root: yaml.Node | None) -> None:
    """PyYAML keeps the last of two equal keys without a word: half a rule would vanish."""
    for node in _mappings(root):
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise SettingsError(f"{path}:{line}: key '{key.value}' is given twice", hint="keep one of them")
            seen.add(key.value)


def _mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    waiting, known = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in known:  # an anchor may stand inside itself
            continue
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def refusal(error: ValidationError, *, what: str, file: YamlFile, at: Keys = (), known: Sequence[str]) -> SettingsError:
    """All that pydantic found wrong with the value at `at`, one line each, in words of the file.

    `what` names the thing ("rule 'filings'"), `known` the keys it may have.
    """
    lines = [f"{what} ({file.place((*at, *item['loc']))}): {_said(item, file, at, known)}" for item in error.errors()]
    return SettingsError("\n".join(lines))


def _said(item: ErrorDetails, file: YamlFile, at: Keys, known: Sequence[str]) -> str:
    keys = item["loc"]
    key = ".".join(str(part) for part in keys)
    match item["type"]:
        case "extra_forbidden":
            near = get_close_matches(str(keys[-1]), known, n=1)
            return f"unknown key '{key}'; " + (f"did you mean '{near[0]}'?" if near else f"known: {', '.join(known)}")
        case "missing":
            return f"key '{key}' is missing; add it"
        case "string_type" if not isinstance(item["input"], (list, dict)) and item["input"] is not None:
            written = json.dumps(file.written((*at, *keys)), ensure_ascii=False)
            return f"key '{key}' is {_kind(item['input'])} ({item['input']}); quote it: {written}"
        case "value_error":  # our own validators say it all
            return f"key '{key}': {item['ctx']['error']}" if key else str(item["ctx"]["error"])
        case _:
            return f"key '{key}': {item['msg'][:1].lower()}{item['msg'][1:]}, found {_kind(item['input'])}"


def _kind(value: object) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return "nothing" if value is None else kinds.get(type(value), f"a {type(value).__name__}")
