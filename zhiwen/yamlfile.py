"""A YAML file as its author wrote it: values, and beside them where each stands and how it is spelled.

YAML 1.1 turns a bare 02513 into 1355 and `no` into false. To say what to do about it, an error needs the line, and
the characters that a person typed; both are lost in plain values, so the nodes are kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zhiwen.errors import SettingsError

Keys = Sequence[str | int]

# libyaml reads the lexicon ten times as fast as the parser in Python; not every PyYAML is built with it.
_Typed: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Texts: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """`data` as plain values, None for an empty file; `root` the nodes they were made from."""

    path: Path
    data: Any
    root: yaml.Node | None

    def place(self, keys: Keys = ()) -> str:
        """`file.yaml:line` of the value at `keys`, or of the nearest thing around it; the path as it was given."""
        node = self.root
        for key in keys:
            inner = _child(node, key)
            if inner is None:
                break
            node = inner
        return f"{self.path}:{node.start_mark.line + 1}" if node else str(self.path)

    def written(self, keys: Keys) -> str | None:
        """The value at `keys` as it stands in the file; None for lists and mappings, and where nothing stands."""
        node = self.root
        for key in keys:
            node = _child(node, key)
        return node.value if isinstance(node, yaml.ScalarNode) else None


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    found: yaml.Node | None = None
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        found = node.value[key]
    elif isinstance(node, yaml.MappingNode):
        # The last: what a merge (<<) brought stands before the mapping's own keys, which win.
        found = next((value for name, value in reversed(node.value) if name.value == str(key)), None)
    return found


def read_yaml(path: Path, *, typed: bool = True) -> YamlFile:
    """Read one document. Not `typed`: every scalar is the text that stands in the file.

    Raises SettingsError with file and line: it cannot be read, is not UTF-8 or not YAML, or gives a key twice.
    """
    text = _text(path)
    loader = None
    try:
        loader = (_Loader if typed else _Texts)(text)  # a character that YAML forbids is refused here already
        root = loader.get_single_node()
        _refuse_repeated_keys(path, root)
        data = loader.construct_document(root) if root else None
    except yaml.YAMLError as error:
        raise SettingsError(_not_yaml(path, error, lines=text.count("\n") + 1), hint="correct that line") from error
    except RecursionError as error:
        raise SettingsError(f"{path}: is nested too deep to be read") from error
    finally:
        if loader is not None:
            loader.dispose()
    return YamlFile(path=path, data=data, root=root)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # editors on Windows put a byte order mark first
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}:{line}: is not UTF-8", hint="save the file as UTF-8") from error


def _not_yaml(path: Path, error: yaml.YAMLError, *, lines: int) -> str:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f"{path}: is not valid YAML: {str(error).splitlines()[0]}"
    line = min(error.problem_mark.line + 1, lines)  # libyaml puts the end of the file on a line of its own
    said = f"{path}:{line}: is not valid YAML: {error.problem}"
    # A bracket that is never closed is noticed far below: say where it was opened.
    opened = error.context_mark.line + 1 if error.context_mark else line
    return said if opened >= line else f"{said} {error.context} that begins in line {opened}"


class _Loader(_Typed):  # type: ignore[misc]  # one of two classes, by how PyYAML was built
    """Values of plain types only, and an impossible one (2025-13-40, a date to YAML) refused with its line."""


def _possible(build: Callable[[Any, Any], Any]) -> Callable[[Any, yaml.ScalarNode], Any]:
    def built(loader: Any, node: yaml.ScalarNode) -> Any:
        try:
            return build(loader, node)
        except ValueError as error:
            problem = f"{node.value} is not possible ({error}); if it is text, quote it"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error

    return built


for _kind in ("int", "float", "timestamp"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    _Loader.add_constructor(_tag, _possible(_Loader.yaml_constructors[_tag]))


def _refuse_repeated_keys(path: Path, root: yaml.Node | None) -> None:
    """PyYAML keeps the last of two equal keys without a word: half a rule would vanish."""
    for node in _mappings(root):
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # PyYAML refuses a key that is a list, and knows the words
            if key.value in seen:
                line = key.start_mark.line + 1
                raise SettingsError(f"{path}:{line}: key '{key.value}' is given twice", hint="keep one of them")
            seen.add(key.value)


def _mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    waiting, known = [root], set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in known:  # an anchor may stand inside itself
            continue
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting += [value for _, value in node.value]
        else:
            waiting += node.value
