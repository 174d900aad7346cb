"""The rules and channels that ship, joined as the monitor joins them, and what is written about them."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

import alerts
from alerts.channels import Refusal, load_channels
from alerts.payload import VERSION, payload
from alerts.rules import load_rules
from config.settings import load_settings
from scheduler import Monitor

ROOT = Path(alerts.__file__).parents[1]


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    with Monitor(load_settings(environ={"ZHIWEN_HOME": str(tmp_path / "home")})) as parts:
        yield parts


def test_shipped_rules_load_with_lexicon_events_and_query_language(monitor: Monitor) -> None:
    rules = {rule.id for rule in monitor.rules if rule.enabled}

    assert {"filings", "listings", "model-releases", "price-changes", "big-funding"} <= rules


def test_shipped_channels_need_no_server_and_no_secret(tmp_path: Path) -> None:
    """`make run` alerts on a machine that has neither."""
    channels = load_channels(ROOT / "config" / "channels.yaml", home=tmp_path, environ={})

    assert list(channels) == ["inbox"]


def test_commented_channels_are_right_too(tmp_path: Path) -> None:
    """Somebody will take the # away."""
    text = (ROOT / "config" / "channels.yaml").read_text(encoding="utf-8")
    entries = re.sub(r"^# ?(?=(?:  (?:# )?)?[a-z_]+:)", "", text, flags=re.MULTILINE).replace("  # ", "  ")
    (tmp_path / "channels.yaml").write_text(entries, encoding="utf-8")
    environ = {"ZHIWEN_WEBHOOK_SECRET": "secret"}

    assert list(load_channels(tmp_path / "channels.yaml", home=tmp_path, environ=environ)) == [
        "inbox", "console", "desk",
    ]  # fmt: skip


# ── documentation ────────────────────────────────────────────────────────────────────────────────────────────────────


def block(page: str, language: str) -> str:
    found = re.search(rf"^( *)```{language}\n(.*?)^ *```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL | re.M)
    assert found
    return "\n".join(line.removeprefix(found[1]) for line in found[2].splitlines()) + "\n"


def keys(value: Any) -> Any:
    """The shape of a JSON value: its keys, all the way down."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    return [keys(inner) for inner in value[:1]] if isinstance(value, list) and isinstance(value[0], dict) else None


def test_documented_body_is_the_one_that_is_sent(make_alert) -> None:
    documented = json.loads(block("webhook.md", "json"))

    assert keys(documented) == keys(payload(make_alert()))
    assert documented["version"] == VERSION


def test_documented_rule_loads(tmp_path: Path, compiler) -> None:
    (tmp_path / "rule.yaml").write_text(block("recipes/add-a-rule.md", "yaml"), encoding="utf-8")
    (rule,) = load_rules(tmp_path, compiler=compiler, channels=["inbox"])

    assert rule.id == "zhipu-listing"


def test_documented_channel_works(tmp_path: Path, receiver, make_alert, monkeypatch) -> None:
    """The recipe's module, put where it says, answers as it says."""
    module = ModuleType("alerts.channels.ntfy")
    monkeypatch.setitem(sys.modules, "alerts.channels.ntfy", module)
    exec(block("recipes/add-a-channel.md", "python"), module.__dict__)
    monkeypatch.setattr(importlib.import_module("alerts.channels"), "KINDS", ("ntfy",))
    (tmp_path / "channels.yaml").write_text(f"push: {{kind: ntfy, topic_url: '{receiver.url}', token_env: TOKEN}}")
    channel = load_channels(tmp_path / "channels.yaml", home=tmp_path, environ={"TOKEN": "t0ken"})["push"]
    receiver.answers(receiver.status(503))
    at = datetime(2026, 1, 1, tzinfo=UTC)

    assert channel.send(make_alert(), attempt=1, now=at) == Refusal(reason="HTTP 503", retryable=True)
    assert receiver.requests[0].headers["authorization"] == "Bearer t0ken"


def test_documented_rule_file_of_the_module_loads(tmp_path: Path, compiler) -> None:
    """The example in the docstring of alerts/rules.py, which is the reference of the keys."""
    import alerts.rules

    example = re.search(r"^    rules:\n(?:    .*\n)+", alerts.rules.__doc__ or "", re.MULTILINE)
    assert example
    (tmp_path / "rule.yaml").write_text(example[0], encoding="utf-8")
    (rule,) = load_rules(tmp_path, compiler=compiler, channels=["inbox"])

    documented = set(yaml.safe_load(example[0])["rules"][0])
    assert documented == set(alerts.rules._RuleEntry.model_fields)
    assert rule.enabled


@pytest.mark.parametrize(
    "module", ["alerts.records", "alerts.ports", "alerts.ruleset", "alerts.decide", "alerts.match"]
)
def test_light_modules_stay_light(module: str) -> None:
    """Commands that only list must not wait for pydantic or an HTTP client."""
    import subprocess

    code = f"import sys, {module}; print([n for n in ('pydantic', 'yaml', 'httpx', 'asyncio') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
