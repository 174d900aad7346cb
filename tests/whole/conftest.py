"""The whole monitor as a process: a home, a configuration with one drop folder, a running daemon."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "config"
COMPANIES = ("智谱", "MiniMax", "寒武纪", "商汤科技", "月之暗面")


def write_page(folder: Path, number: int, *, company: str | None = None, extra: str = "") -> Path:
    """A page of our own writing; every number is another article."""
    name = company or COMPANIES[number % len(COMPANIES)]
    path = folder / f"page-{number:03}.html"
    path.write_text(
        f"<html><head><title>{name}第{number}号公告：业务进展顺利</title></head><body><h1>{name}第{number}号公告：业务进展顺利</h1>"
        f"<p>来源：示例社　2025-12-{number % 28 + 1:02} 09:30</p>"
        f"<div class='content'><p>{name}今天发布第{number}号公告，称上半年收入为{number + 1}.5亿元，同比增长{number + 10}%。{extra}</p>"
        f"<p>公司表示，第{number}批产品已经交付给客户，下半年将继续增加研发投入，并扩大海外市场的团队规模。</p>"
        f"<p>分析人士认为，这一结果与此前的预期大体相当，第{number}号公告没有改变对全年的判断。</p></div></body></html>",
        encoding="utf-8",
    )
    return path


@dataclass
class Home:
    """A home with its configuration, and commands on it."""

    folder: Path
    drop: Path
    environment: dict[str, str]

    def run(self, *arguments: str, timeout: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, env=self.environment, cwd=ROOT, timeout=timeout, check=False)  # fmt: skip
        assert not check or done.returncode == 0, done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "cli.main", *arguments]


@pytest.fixture
def make_home(tmp_path: Path) -> Callable[..., Home]:
    def make(name: str = "one", **settings: str) -> Home:
        config, drop = tmp_path / name / "config", tmp_path / name / "drop"
        (config / "sources").mkdir(parents=True)
        drop.mkdir()
        for shared in ("lexicon", "rules", "channels.yaml"):
            (config / shared).symlink_to(SHIPPED / shared)
        (config / "sources" / "drop.yaml").write_text(
            f"id: drop\nname: drop folder\nkind: folder\nenabled: true\nschedule: {{every: 10s}}\npath: {drop}\n",
            encoding="utf-8",
        )
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("ZHIWEN_")}
        environment = {
            **inherited,
            "ZHIWEN_HOME": str(tmp_path / name / "home"),
            "ZHIWEN_CONFIG": str(config),
            "ZHIWEN_WEB_PORT": "0",
            **settings,
        }
        return Home(folder=tmp_path / name / "home", drop=drop, environment=environment)

    return make


@dataclass
class Daemon:
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def address(self, timeout: float = 30) -> str:
        def found() -> str | None:
            return next((m[0] for line in self.said if (m := re.search(r"http://127\.0\.0\.1:\d+/", line))), None)

        return str(wait_for(found, timeout=timeout, what="the address of the page"))

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 30) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout)


def wait_for(look: Callable[[], Any], *, timeout: float, what: str) -> Any:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            if found := look():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {timeout} s")


@pytest.fixture
def start() -> Iterator[Callable[[Home], Daemon]]:
    daemons: list[Daemon] = []

    def begin(home: Home) -> Daemon:
        process = subprocess.Popen(
            home.command("run"), stderr=subprocess.PIPE, text=True, env=home.environment, cwd=ROOT
        )
        daemon = Daemon(process)
        threading.Thread(target=daemon.read, daemon=True).start()
        daemons.append(daemon)
        return daemon

    yield begin
    for daemon in daemons:
        daemon.process.kill()
        daemon.process.wait()
        assert daemon.process.stderr is not None
        daemon.process.stderr.close()


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def page() -> Callable[..., Path]:
    return write_page
