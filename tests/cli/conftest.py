"""Running the command as users do: a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "config" / "samples"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Zhiwen = Callable[..., Ran]


def _zhiwen(environment: dict[str, str]) -> Zhiwen:
    def run(*arguments: str, given: str | bytes = b"", env: dict[str, str] | None = None, timeout: float = 120) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            env={**environment, **(env or {})},
            cwd=ROOT,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def _at_home(home: Path) -> dict[str, str]:
    """Nothing of the caller's ZHIWEN_ settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_")}
    return {**inherited, "ZHIWEN_HOME": str(home)}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One home for a module's tests."""
    return _at_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def zhiwen(environment: dict[str, str]) -> Zhiwen:
    return _zhiwen(environment)


@dataclass(frozen=True, slots=True)
class Filled:
    home: Path
    ingested: Ran  # `zhiwen ingest --json` of the sample pages


@pytest.fixture(scope="session")
def samples_home(tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """The sample pages, analysed once for all tests. Nothing may be written here: `filled` is a copy."""
    home = tmp_path_factory.mktemp("samples") / "home"
    done = _zhiwen(_at_home(home))("ingest", str(SAMPLES), "--json")
    assert done.code == 0, done.err
    return Filled(home, done)


@pytest.fixture(scope="module")
def filled(samples_home: Filled, environment: dict[str, str]) -> Ran:
    """The module's home with the sample pages in it; what ingest said."""
    shutil.copytree(samples_home.home, environment["ZHIWEN_HOME"], dirs_exist_ok=True)
    return samples_home.ingested
