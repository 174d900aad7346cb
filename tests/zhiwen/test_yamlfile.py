"""A YAML file is read as strictly as a person writes it, and every refusal says the line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiwen.errors import SettingsError
from zhiwen.yamlfile import YamlFile, read_yaml


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, *, typed: bool = True) -> YamlFile:
    return read_yaml(written(folder, content), typed=typed)


def test_values_keep_their_place_and_spelling(tmp_path: Path) -> None:
    file = read(tmp_path, "a:\n  - 1\n  - codes: [00700,\n      no]\n")

    assert file.data == {"a": [1, {"codes": [448, False]}]}
    assert file.place() == f"{tmp_path}/x.yaml:1"
    assert file.place(("a", 1, "codes", 1)) == f"{tmp_path}/x.yaml:4"
    assert file.place(("a", 1, "nothing", "here")) == f"{tmp_path}/x.yaml:3"
    assert [file.written(("a", 1, "codes", number)) for number in range(3)] == ["00700", "no", None]
    assert file.written(("a",)) is None


def test_what_is_written_is_what_counts_where_mappings_are_merged(tmp_path: Path) -> None:
    file = read(tmp_path, "base: &b {<<: {k: 1}, k: 2}\nrule: {<<: *b, k: 3}\n")

    assert file.data["rule"] == {"k": 3}
    assert file.written(("rule", "k")) == "3"
    assert file.written(("base", "k")) == "2"


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "\ufeff"])
def test_an_empty_file_holds_nothing(tmp_path: Path, content: str) -> None:
    file = read(tmp_path, content)

    assert (file.data, file.root, file.place(("a",))) == (None, None, f"{tmp_path}/x.yaml")


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1").data == {"a": 1}


def test_texts_are_what_stands_in_the_file(tmp_path: Path) -> None:
    file = read(tmp_path, "{a: 00700, b: no, c: 2026-13-40, d: ~}", typed=False)

    assert file.data == {"a": "00700", "b": "no", "c": "2026-13-40", "d": "~"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: 1\nb: 2\na: 3", ":3: key 'a' is given twice (keep one of them)"),
        ("- {a: {b: 1, 'b': 2}}", ":1: key 'b' is given twice"),
        ("a: 1\nb: [", ":2: is not valid YAML: did not find expected node content (correct that line)"),
        ("a: 1\nb: c: d", ":2: is not valid YAML: mapping values are not allowed"),
        ("a: 1\nb: 2026-13-40", ":2: is not valid YAML: 2026-13-40 is not possible (month must be in 1..12)"),
        ("a: 1\n? [k]\n: v", ":2: is not valid YAML: found unhashable key"),
        (
            "a:\n  - {b: 1\nc: 2\n",
            ":3: is not valid YAML: did not find expected ',' or '}' while parsing a flow mapping that begins in line 2",
        ),
        ("a: !!python/object:os.system x", ":1: is not valid YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2", ":2: is not valid YAML: but found another document"),
        ("a: \x00", ": is not valid YAML: unacceptable character"),
        ("a: 1\nb: 规则".encode("gbk"), ":2: is not UTF-8 (save the file as UTF-8)"),
        ("a: 规则".encode("utf-16"), ":1: is not UTF-8"),
        ("[" * 5000, "/x.yaml:1: is not valid YAML"),
        ("[" * 20000 + "]" * 20000, "/x.yaml:1: is not valid YAML: exceeded maximum nesting"),
        ("- " * 20000, "/x.yaml"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, content)

    assert f"{words}" in str(caught.value).removeprefix(str(tmp_path))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(SettingsError, match=f"{path}: cannot be read: "):
            read_yaml(path)


def test_an_alias_inside_itself_ends(tmp_path: Path) -> None:
    assert read(tmp_path, "&a [*a]").place((0, 0, 0)) == f"{tmp_path}/x.yaml:1"


@given(st.text(max_size=60) | st.binary(max_size=60) | st.text(alphabet="a:- \n[]{},&*!'\"0?<|>#", max_size=40))
@settings(max_examples=150, deadline=None)
def test_anything_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    path = written(
        tmp_path_factory.getbasetemp(), content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    )
    try:
        file = read_yaml(path)
    except SettingsError as error:
        said = str(error)
        assert said.startswith(str(path))
    else:
        plain = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        assert repr(file.data) == repr(plain)


def test_two_thousand_entries_are_read_at_once(tmp_path: Path) -> None:
    """The parser in Python takes two seconds for what libyaml does in a twentieth."""
    if not yaml.__with_libyaml__:
        pytest.skip("this PyYAML was built without libyaml")
    lines = "".join(f"- {{name: 公司{n}, aliases: [甲{n}, 乙{n}], codes: ['{n:05}.HK']}}\n" for n in range(2000))
    path = written(tmp_path, lines)
    begin = time.process_time()

    file = read_yaml(path)

    assert len(file.data) == 2000
    assert time.process_time() - begin < 0.8
