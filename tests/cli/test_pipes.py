"""Whoever reads stdout may go away before the end, and text may be what no terminal can show."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "arguments",
    [
        *(["--help"], ["trends", "--help"], ["search", ""], ["search", "", "--json"], ["search", "", "--csv"]),
        *(
            ["trends"],
            ["figures", "智谱"],
            ["figures", "", "--csv"],
            ["query", "explain", "智谱"],
            ["search", "", "--facet", "company"],
        ),
    ],
)
def test_a_reader_that_is_gone_is_a_quiet_end(arguments: list[str], environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    os.close(writing)

    assert done.returncode == 141
    # What a person is told (how many were found) is all there is.
    assert b"rror" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.usefixtures("filled")
def test_a_pipe_into_head_gives_its_lines(environment: dict[str, str], tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text("".join(f'{{"id": {number}, "query": ""}}\n' for number in range(200)), encoding="utf-8")
    command = shlex.join([sys.executable, "-m", "cli.main", "search", "--jsonl"])
    done = subprocess.run(
        ["bash", "-c", f'{command} < {shlex.quote(str(requests))} | head -n 2; echo "${{PIPESTATUS[0]}}"'],
        capture_output=True,
        env=environment,
        cwd=ROOT,
        check=True,
    )
    *lines, code = done.stdout.splitlines()

    assert [json.loads(line)["id"] for line in lines] == [0, 1]
    assert (code, done.stderr) == (b"141", b"")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("arguments", [["search", "", "--csv"], ["search", "", "--json"], ["figures", "", "--jsonl"]])
def test_a_full_disk_is_said_in_words(arguments: list[str], environment: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "cli.main", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=ROOT, check=False)

    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "zhiwen: stdout cannot be written: No space left on device",
        "        what stands there so far is not complete",
    ]


def test_messages_that_nobody_reads_end_it_too(environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cli.main", "search", "nothing of the kind"]
    done = subprocess.run(command, stdout=writing, stderr=writing, env=environment, cwd=ROOT, check=False)
    os.close(writing)

    assert done.returncode == 141


def test_half_a_surrogate_pair_stays_the_escape_that_it_came_as(zhiwen: Any) -> None:
    """UTF-8 has no spelling for it: written as text, it would end the command and the lines behind it."""
    lines = '{"id": "\\ud800", "text": "x", "kind": "odd"}\n{"id": 2, "query": ""}\n'
    analysed = zhiwen("analyse", "--jsonl", given=lines)
    searched = zhiwen("search", "--jsonl", given=lines)

    for done in (analysed, searched):
        assert [row["id"] for row in done.lines()] == ["\ud800", 2]
        assert '"\\ud800"' in done.out


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", ["--rss", "--csv", "--jsonl"])
def test_an_argument_that_is_no_utf8_is_searched_as_far_as_it_goes(form: str, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "cli.main", "search", b"x\xff OR " + "智谱".encode(), form]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert "智谱".encode() in done.stdout


def test_a_terminal_without_chinese_is_shown_escapes(zhiwen: Any) -> None:
    done = zhiwen("query", "explain", "智谱", env={"PYTHONIOENCODING": "ascii"})

    assert done.code == 0, done.err
    assert "\\u667a\\u8c31" in done.out
