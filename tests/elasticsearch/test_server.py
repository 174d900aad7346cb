"""The Elasticsearch that other tests rely on: it starts, can be hurt in every way they hurt it, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import elasticsearch_download
import elasticsearch_server
import java_home
import pytest
from elasticsearch_download import Missing, fetch
from elasticsearch_prefix import own_prefix
from elasticsearch_server import NINE, Server, StartError, running

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, elasticsearch_server.__file__, "--quick"]
MAVEN = """#!/bin/sh
echo run >> "$(dirname "$0")/runs"
for argument; do case $argument in -DoutputDirectory=*) folder=${argument#*=};; esac; done
"""


def running_from(folder: Path) -> list[int]:
    return elasticsearch_server._processes(folder)


def eventually(true: Callable[[], object], *, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


@pytest.mark.elasticsearch
def test_the_shared_servers_are_of_their_versions(elasticsearch_9: str, elasticsearch_8: str) -> None:
    from elasticsearch import Elasticsearch

    for url, major in ((elasticsearch_9, "9"), (elasticsearch_8, "8")):
        with Elasticsearch(url) as client:
            versions = {node["version"].split(".")[0] for node in client.nodes.info()["nodes"].values()}
            assert versions == {major}


@pytest.mark.elasticsearch
def test_indexes_of_a_test_are_deleted_and_no_others(elasticsearch_9: str) -> None:
    from elasticsearch import Elasticsearch

    with Elasticsearch(elasticsearch_9) as client, own_prefix(elasticsearch_9) as other:
        client.indices.create(index=f"{other}-x")
        with own_prefix(elasticsearch_9) as prefix:
            client.indices.create(index=f"{prefix}-x", aliases={f"{prefix}-alias": {}})

        assert list(client.indices.get(index="zhiwen-test-*", ignore_unavailable=True)).count(f"{prefix}-x") == 0
        assert client.indices.exists(index=f"{other}-x")


@pytest.mark.elasticsearch
def test_a_paused_server_is_silent_and_answers_again_after_resume(fragile_elasticsearch: Server) -> None:
    fragile_elasticsearch.pause()
    try:
        with pytest.raises(TimeoutError):
            fragile_elasticsearch.ask("GET", "/_cluster/health", seconds=0.5)
    finally:
        fragile_elasticsearch.resume()

    assert fragile_elasticsearch.ask("GET", "/_cluster/health")["status"] == "green"


@pytest.mark.elasticsearch
def test_a_killed_server_started_again_keeps_its_documents_and_address(fragile_elasticsearch: Server) -> None:
    fragile_elasticsearch.ask("PUT", "/kept/_doc/1?refresh=true", {"text": "智谱"})
    url, pid = fragile_elasticsearch.url, fragile_elasticsearch.pid

    fragile_elasticsearch.kill()
    assert not fragile_elasticsearch.alive()
    with pytest.raises(OSError, match="refused"):
        fragile_elasticsearch.ask("GET", "/kept/_doc/1")
    fragile_elasticsearch.start_again()

    assert fragile_elasticsearch.ask("GET", "/kept/_doc/1")["_source"] == {"text": "智谱"}
    assert (fragile_elasticsearch.url, fragile_elasticsearch.pid == pid) == (url, False)


@contextmanager
def by_hand() -> Iterator[tuple[subprocess.Popen[str], Path, Path]]:
    """`python elasticsearch_server.py` and its two folders, as soon as it has them."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as command:
        try:
            assert eventually(lambda: watched_by(command.pid))
            yield command, *watched_by(command.pid)
        finally:
            command.kill()


def watched_by(owner: int) -> list[Path]:
    for child in Path(f"/proc/{owner}/task/{owner}/children").read_text().split():
        if is_watcher(int(child)):
            return [Path(folder) for folder in command_line(int(child))[-2:]]
    return []


def is_watcher(pid: int) -> bool:
    return "--watch" in command_line(pid)


def command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("_fragile_elasticsearch")  # skips where none can run
def test_a_server_whose_owner_is_killed_ends_too() -> None:
    """Also while it starts, and paused."""
    with by_hand() as (command, folder, data):
        assert eventually(lambda: any(file.read_text() for file in folder.glob("node-1/pid")))
        assert len(running_from(folder)) == 3  # launcher, server, watcher
        pause(folder)
        command.kill()

    assert eventually(lambda: not folder.exists() and not data.exists() and not running_from(folder))


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("_fragile_elasticsearch")
def test_the_command_says_where_it_is_and_an_interrupt_ends_even_a_paused_server() -> None:
    with by_hand() as (command, folder, data):
        assert command.stdout
        assert command.stdout.readline().startswith("http://127.0.0.1:")
        pause(folder)
        command.send_signal(signal.SIGINT)

        assert command.wait(30) == 0
    assert (running_from(folder), folder.exists(), data.exists()) == ([], False, False)


def pause(folder: Path) -> None:
    os.kill(int((folder / "node-1" / "pid").read_text()), signal.SIGSTOP)


@pytest.mark.elasticsearch
@pytest.mark.usefixtures("_fragile_elasticsearch")
def test_a_server_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(StartError, match="Unrecognized VM option 'NoSuchThing=1'"),
        running(java_options="-XX:NoSuchThing=1"),
    ):
        pass


def maven(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Path:
    """A stand-in on PATH that counts its runs; the real one needs the internet."""
    program = folder / "bin" / "mvn"
    program.parent.mkdir()
    program.write_text(MAVEN + "\n".join(lines))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("ZHIWEN_CACHE", str(folder / "cache"))
    return program.parent / "runs"


def packed(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "made.zip", "w") as archive:
        archive.writestr("elasticsearch-1.2.3/config/elasticsearch.yml", "#")
    return folder / "made.zip"


def test_two_processes_that_want_the_same_zip_fetch_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = f'sleep 0.5; cp {packed(tmp_path)} "$folder/elasticsearch-1.2.3.zip"'
    runs = maven(tmp_path, monkeypatch, copy)
    script = "import elasticsearch_download; print(elasticsearch_download.fetch('1.2.3'))"
    where = Path(elasticsearch_download.__file__).parent
    started = [subprocess.Popen([sys.executable, "-c", script], cwd=where, stdout=subprocess.PIPE) for _ in range(2)]

    said = {process.communicate()[0].decode().strip() for process in started}

    assert said == {str(tmp_path / "cache" / "elasticsearch" / "elasticsearch-1.2.3.zip")}
    assert runs.read_text() == "run\n"
    assert sorted(path.name for path in (tmp_path / "cache" / "elasticsearch").iterdir()) == [
        "elasticsearch-1.2.3.zip",
        "elasticsearch-1.2.3.zip.lock",
    ]


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("echo no such host; exit 1", RuntimeError, "could not fetch Elasticsearch 1.2.3: no such host"),
        ('head -c 50 {zip} > "$folder/elasticsearch-1.2.3.zip"', zipfile.BadZipFile, "not a zip file"),
    ],
)
def test_a_download_that_breaks_off_leaves_nothing_that_looks_whole(
    line: str, error: type[Exception], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven(tmp_path, monkeypatch, line.format(zip=packed(tmp_path)))

    for _ in range(2):
        with pytest.raises(error, match=message):
            fetch("1.2.3")
    assert [path.name for path in (tmp_path / "cache" / "elasticsearch").iterdir()] == ["elasticsearch-1.2.3.zip.lock"]


def test_what_was_left_of_a_killed_download_does_not_stop_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven(tmp_path, monkeypatch, f'cp {packed(tmp_path)} "$folder/elasticsearch-1.2.3.zip"')
    half = tmp_path / "cache" / "elasticsearch" / "elasticsearch-1.2.3.part" / "elasticsearch-1.2.3.zip"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"PK")

    assert zipfile.is_zipfile(fetch("1.2.3"))


def test_a_machine_without_maven_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match="install maven"):
        fetch("1.2.3")


def test_a_machine_whose_java_is_too_old_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _java(tmp_path / "old", "17.0.15")
    monkeypatch.setattr(java_home, "_homes", lambda: iter([tmp_path / "old", tmp_path / "missing"]))

    with pytest.raises(Missing, match=r"needs Java 21 or newer.*ES_JAVA_HOME"), running(NINE):
        pass


def test_the_java_that_is_named_goes_first_if_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _java(tmp_path / "old", "1.8.0_402")
    _java(tmp_path / "new", "25.0.1")
    monkeypatch.setenv("ES_JAVA_HOME", str(tmp_path / "old"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "new"))

    assert java_home.java_home(21) == tmp_path / "new"
    assert java_home.java_home(1) == tmp_path / "old"


def _java(home: Path, version: str) -> None:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "java").touch()
    (home / "release").write_text(f'IMPLEMENTOR="Debian"\nJAVA_VERSION="{version}"\n')


ONE_TEST = [
    "tests/index/test_contract.py",
    "-k",
    "elasticsearch_9 and an_empty_index_answers",
    "-p",
    "no:cacheprovider",
]


@pytest.mark.parametrize(("ci", "code", "word"), [("", 0, "1 skipped"), ("true", 1, "1 error")])
def test_a_machine_that_cannot_run_one_skips_loudly_and_fails_in_ci(
    ci: str, code: int, word: str, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_TEST_")}
    without_maven = {**kept, "PATH": str(tmp_path), "ZHIWEN_CACHE": str(tmp_path), "CI": ci}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ONE_TEST], env=without_maven, cwd=ROOT, capture_output=True, text=True
    )

    assert done.returncode == code, done.stdout
    assert word in done.stdout
    assert "install " in done.stdout  # maven, or a JDK
    assert ("Elasticsearch NOT TESTED" in done.stdout) == (ci == "")
