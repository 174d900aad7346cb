"""Running the command as users do: a process of its own, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


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


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One home for a module's tests; nothing of the caller's ZHIWEN_ settings."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_")}
    return {**inherited, "ZHIWEN_HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def zhiwen(environment: dict[str, str]) -> Zhiwen:
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
