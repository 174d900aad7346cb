from pathlib import Path

import pytest

from alerts.channels import KINDS, load_channels
from zhiwen.errors import SettingsError

SECRETS = {"ZHIWEN_WEBHOOK_SECRET": "topsecret", "EMPTY": ""}
HOOK = "ops: {kind: webhook, url: 'https://hooks.example/x', secret_env: ZHIWEN_WEBHOOK_SECRET"


@pytest.fixture
def load(tmp_path: Path):
    def loaded(text: str):
        (tmp_path / "channels.yaml").write_text(text, encoding="utf-8")
        return load_channels(tmp_path / "channels.yaml", home=tmp_path / "home", environ=SECRETS)

    return loaded


def test_channels_are_built_by_name(load) -> None:
    channels = load(f"inbox: {{kind: file, path: alerts.jsonl}}\nlog: {{kind: log}}\n{HOOK}}}\n")

    assert list(channels) == ["inbox", "log", "ops"]


def test_loading_writes_nothing(load, tmp_path: Path) -> None:
    load("inbox: {kind: file, path: alerts.jsonl}")

    assert not (tmp_path / "home").exists()


def test_relative_path_is_below_the_home(load, tmp_path: Path, make_alert, now) -> None:
    channels = load("inbox: {kind: file, path: out/alerts.jsonl}")
    channels["inbox"].send(make_alert(), attempt=1, now=now)

    assert (tmp_path / "home" / "out" / "alerts.jsonl").is_file()


def test_log_channel_writes_a_line(load, make_alert, now, caplog) -> None:
    load("desk: {kind: log}")["desk"].send(make_alert(), attempt=1, now=now)

    assert "desk: filings: 岚图智能通过聆讯 1 https://news.example/1" in caplog.text


def test_empty_file_has_no_channels(load) -> None:
    assert load("# none yet\n") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("ops: {kind: webhok}", ["no kind of channel 'webhok'", "did you mean 'webhook'?"], id="kind"),
        pytest.param("ops: {kind: fax}", ["kinds: file, log, webhook"], id="unknown kind"),
        pytest.param("ops: {kind: 5}", ["no kind of channel '5'"], id="kind is a number"),
        pytest.param("ops: {path: x}", ["key 'kind' is missing"], id="no kind"),
        pytest.param("ops: alerts.jsonl", ["channel 'ops'", "key 'kind' is missing"], id="no mapping"),
        pytest.param("- ops", ["expected names of channels"], id="a list"),
        pytest.param("Ops!: {kind: log}", ["'Ops!' is no name"], id="name"),
        pytest.param("no: {kind: log}", ["False is no name"], id="no is false"),
        pytest.param("ops: {kind: file}", ["channel 'ops'", "key 'path' is missing"], id="no path"),
        pytest.param("ops: {kind: file, path: 7}", ["key 'path' is a number (7)", 'quote it: "7"'], id="number"),
        pytest.param("ops: {kind: file, path: x, mode: a}", ["unknown key 'mode'", "known: path"], id="key"),
        pytest.param(f"{HOOK}, retries: 3}}", ["unknown key 'retries'"], id="webhook key"),
        pytest.param(f"{HOOK}, read_seconds: '5'}}", ["key 'read_seconds'", "found text"], id="text for seconds"),
        pytest.param("ops: {kind: webhook, url: x, secret_env: A}", ["http://"], id="no URL"),
        pytest.param("ops: {kind: webhook, url: 'http://h:99999/', secret_env: A}", ["key 'url'"], id="port"),
        pytest.param("ops: {kind: webhook, url: 'ftp://h/', secret_env: A}", ["http://"], id="scheme"),
        pytest.param("ops: {kind: webhook, url: 'http://h/'}", ["'secret_env' is missing"], id="no secret"),
        pytest.param("ops: {kind: webhook, url: 'http://h/', secret_env: NOT_SET}",
                     ["channel 'ops'", "NOT_SET is not set", "export NOT_SET="], id="secret not set"),
        pytest.param("ops: {kind: webhook, url: 'http://h/', secret_env: EMPTY}", ["EMPTY is not set"], id="empty"),
    ],
)  # fmt: skip
def test_error_names_channel_key_and_next_step(load, text: str, said: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load(text)

    message = str(caught.value)
    assert [words for words in said if words not in message] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ops: {kind: webhook, url: 'http://h/', secret_env: hunter2-the-secret}", id="secret as its name"),
        pytest.param("ops: {kind: webhook, url: 'http://u:hunter2-the-secret@h/', secret_env: A}", id="secret in the URL"),
    ],
)  # fmt: skip
def test_secret_in_the_file_is_refused_and_not_repeated(load, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(text)

    assert "hunter2" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"channels\.yaml: cannot be read"):
        load_channels(tmp_path / "channels.yaml", home=tmp_path)


def test_kinds_are_the_modules_there_are() -> None:
    """A module that nobody named, or a name without a module."""
    import alerts.channels

    folder = Path(alerts.channels.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}

    assert set(KINDS) == modules
