"""Settings come from four places, the later wins, and each value knows where it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import leaves, load_settings, variable
from zhiwen.errors import SettingsError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "zhiwen.yaml").write_text("web: {port: 1111}\noperator: {contact: ops@example.com}\n", encoding="utf-8")
    return tmp_path


def test_later_places_win_and_are_named(folder: Path) -> None:
    environ = {"ZHIWEN_CONFIG": str(folder), "ZHIWEN_WEB_PORT": "2222", "ZHIWEN_INDEX": "memory"}

    loaded = load_settings(environ=environ, overrides={"index": "embedded"})

    assert loaded.settings.web.port == 2222
    assert loaded.settings.index == "embedded"
    assert loaded.settings.operator.contact == "ops@example.com"
    assert loaded.origins["web.port"] == "environment ZHIWEN_WEB_PORT"
    assert loaded.origins["index"] == "command line"
    assert loaded.origins["operator.contact"] == str(folder / "zhiwen.yaml")
    assert loaded.origins["web.host"] == "default"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("home", "ZHIWEN_HOME"),
        ("database_url", "ZHIWEN_DATABASE_URL"),
        ("index", "ZHIWEN_INDEX"),
        ("elasticsearch.url", "ZHIWEN_ELASTICSEARCH_URL"),
    ],
)
def test_the_four_fixed_names(path: str, name: str) -> None:
    assert variable(path) == name
    assert path in dict(leaves())


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (
            {"ZHIWEN_INDEX": "lucene"},
            ["ZHIWEN_INDEX", "key 'index'", "'embedded', 'memory' or 'elasticsearch', not 'lucene'"],
        ),
        ({"ZHIWEN_WEB_PORT": "many"}, ["ZHIWEN_WEB_PORT", "web.port", "many"]),
        ({"ZHIWEN_CONFIG": "/nowhere/at/all"}, ["ZHIWEN_CONFIG", "/nowhere/at/all"]),
    ],
)
def test_a_wrong_variable_is_named(environ: dict[str, str], words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ=environ)

    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("yaml", "words"),
    [
        ("# ours\nweb: {prt: 1}", ["zhiwen.yaml:2", "web.prt", "did you mean 'web.port'"]),
        (
            "web:\n  port: 99999",
            ["zhiwen.yaml:2", "key 'web.port': input should be less than or equal to 65535, not 99999"],
        ),
        ("operator: {contact: 00447}", ["key 'operator.contact' is a number (295); quote the code: \"00447\""]),
        ("log: {level: no}", ["key 'log.level' is true or false (False); quote it: \"no\""]),
        ("web: {port: 1}\nweb: {port: 2}", ["zhiwen.yaml:2", "key 'web' is given twice"]),
        ("web: 5", ["unknown setting 'web'"]),
        ("- a", ["expected keys and values"]),
        ("a: [", ["not valid YAML"]),
    ],
)
def test_a_wrong_file_is_named_with_the_key(tmp_path: Path, yaml: str, words: list[str]) -> None:
    (tmp_path / "zhiwen.yaml").write_text(yaml, encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        load_settings(environ={"ZHIWEN_CONFIG": str(tmp_path)})

    assert all(word in str(caught.value) for word in words)


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    environ = {"ZHIWEN_DATABASE_URL": "postgresql://ops:hunter2@db/zhiwen"}

    loaded = load_settings(environ=environ)

    assert "hunter2" not in repr(loaded)
    assert loaded.database_url == environ["ZHIWEN_DATABASE_URL"]


@pytest.mark.parametrize(("value", "shown"), [("[hunter2]", "hunter2"), ("123456", "123456")])
def test_a_wrong_secret_is_not_shown_in_the_error(tmp_path: Path, value: str, shown: str) -> None:
    (tmp_path / "zhiwen.yaml").write_text(f"database_url: {value}", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        load_settings(environ={"ZHIWEN_CONFIG": str(tmp_path)})

    assert "zhiwen.yaml:1: key 'database_url'" in str(caught.value)
    assert shown not in str(caught.value)


def test_the_shipped_settings_load() -> None:
    loaded = load_settings(environ={})

    assert loaded.settings.web.host == "127.0.0.1"
    assert loaded.database_url.startswith("sqlite:///")
