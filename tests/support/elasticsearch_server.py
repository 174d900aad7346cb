"""A real Elasticsearch on this machine: zip ─ unpack ─▶ folder ─ launcher ─▶ server on loopback ─ stop ─▶ nothing left.

    with running("9.5.0") as server:        one node
    with three_nodes("9.5.0") as nodes:     a cluster

secured_elasticsearch.py has one with TLS and users. Or by hand, until Ctrl-C:  python tests/support/elasticsearch_server.py --version 9.5.0

Everything of a server lies in one temporary folder, its data in another, in memory where there is room. If this process is
killed hard, a watcher that holds the other end of a pipe ends the servers and removes the folders.
"""

from __future__ import annotations

import argparse
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch_download import Missing, fetch
from java_home import java_home

NINE, EIGHT = "9.5.0", "8.19.5"  # what the tests run against
HEAP = "512m"
# Compiled lightly it starts in half the time. Not to be measured.
QUICK = f"-Xms{HEAP} -Xmx{HEAP} -XX:TieredStopAtLevel=1"
START_SECONDS = 120.0  # 5 to 9 on an idle machine
STOP_SECONDS = 20.0
PORTS = range(20_000, 32_000)  # below those that the system gives to connections, so a restart finds its own free
MEMORY_BYTES = 2**30  # all servers of a run together hold some tens of megabytes
OPEN = {"xpack.security.enabled": "false"}


class StartError(Exception):
    """The server did not come up; the message ends with the tail of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An unpacked distribution, the Java that runs it (and how), and the user (None: we ourselves) it runs as."""

    version: str
    folder: Path
    data: Path
    java: Path
    java_options: str
    user: pwd.struct_passwd | None

    @property
    def home(self) -> Path:
        return self.folder / f"elasticsearch-{self.version}"

    def run(self, program: str, *arguments: str, config: Path, log: Path) -> subprocess.Popen[bytes]:
        """Start `bin/program` in a session of its own, as the ordinary user."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ES_JAVA_HOME": str(self.java),
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(config.parent / "tmp"),  # not /tmp: what a killed server leaves is then ours to remove
            "ES_JAVA_OPTS": self.java_options,
        }
        identity: dict[str, Any] = {}
        if self.user:
            identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        with log.open("ab") as out:
            return subprocess.Popen(
                [self.home / "bin" / program, *arguments],
                cwd=config.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity,
            )

    def own(self, *paths: Path) -> None:
        if self.user:
            for path in paths:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)


class Server:
    """One node. `pid` is the server's own Java process; its launcher is our child and ends with it."""

    scheme = "http"

    def __init__(self, installed: Installed, name: str, *, port: int, settings: Mapping[str, str]) -> None:
        self.installed, self.name, self.port = installed, name, port
        self.folder = installed.folder / name
        self.config, self.log = self.folder / "config", self.folder / "log"
        self._launcher: subprocess.Popen[bytes] | None = None
        self._configure(settings)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def version(self) -> str:
        return self.installed.version

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def _configure(self, settings: Mapping[str, str]) -> None:
        self.folder.mkdir()
        shutil.copytree(self.installed.home / "config", self.config)
        (self.folder / "tmp").mkdir()
        lines = {
            "node.name": self.name,
            "path.data": str(self.installed.data / self.name),
            "path.logs": str(self.folder / "logs"),
            "network.host": "127.0.0.1",
            "http.host": "127.0.0.1",  # said again, or the first start with security opens it to the world
            "http.port": str(self.port),
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            **settings,
        }
        text = "".join(f"{key}: {value}\n" for key, value in lines.items())
        (self.config / "elasticsearch.yml").write_text(text, encoding="utf-8")
        self.installed.own(self.folder, *self.folder.rglob("*"))

    def start(self) -> None:
        self.launch()
        self.wait()

    start_again = start  # same data, same ports

    def launch(self) -> None:
        """Start without waiting for an answer: the nodes of a cluster wait for each other."""
        (self.folder / "pid").unlink(missing_ok=True)
        arguments = ("-p", str(self.folder / "pid"))
        self._launcher = self.installed.run("elasticsearch", *arguments, config=self.config, log=self.log)

    def wait(self, *, nodes: int = 1) -> None:
        """Until it answers, all primaries are there and the cluster has that many nodes. Raises StartError."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready(nodes):
            if not self.alive() or time.monotonic() > deadline:
                self.kill()
                raise StartError(f"Elasticsearch {self.version} did not start: {_tail(self.log)}")
            time.sleep(0.1)

    def _ready(self, nodes: int) -> bool:
        try:
            health = self.ask("GET", f"/_cluster/health?wait_for_status=yellow&wait_for_nodes=>={nodes}&timeout=1s")
        except (OSError, ValueError):  # no answer yet, half an answer, 503
            return False
        return not health["timed_out"]

    def alive(self) -> bool:
        return self._launcher is not None and self._launcher.poll() is None

    def stop(self) -> None:
        """As an operator does it. Afterwards it is gone, also if it did not listen or was paused."""
        if not self.alive():
            return
        self.resume()
        self._signal(signal.SIGTERM)
        try:
            self._ended(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """As the kernel does it when memory runs out: no goodbye, nothing flushed."""
        if not self.alive():
            return
        self._signal(signal.SIGKILL)
        try:
            self._ended(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            if self._launcher:
                os.killpg(self._launcher.pid, signal.SIGKILL)
                self._ended(STOP_SECONDS)

    def pause(self) -> None:
        """It keeps its connections and its port, and does nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        """To the server itself; to the launcher before it has one."""
        try:
            os.kill(self.pid, what)
        except (FileNotFoundError, ValueError, ProcessLookupError):  # no pid file, half a pid file, ended
            if self._launcher and self._launcher.poll() is None:
                os.killpg(self._launcher.pid, what)

    def _ended(self, seconds: float) -> None:
        if self._launcher:
            self._launcher.wait(seconds)

    def ask(self, method: str, path: str, body: Any = None, *, seconds: float = 30.0) -> Any:
        """What the server itself says, without any client of ours between. Raises OSError (HTTPError: it refused)."""
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None
        )
        request.add_header("Content-Type", "application/json")
        self._authorize(request)
        with self._opener().open(request, timeout=seconds) as answer:
            return json.loads(answer.read() or b"null")

    def _authorize(self, request: urllib.request.Request) -> None:
        """Nobody needs to say who asks."""

    def _opener(self) -> urllib.request.OpenerDirector:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback goes through no proxy


@contextmanager
def running(version: str = NINE, *, java_options: str = QUICK, data_in: Path | None = None) -> Iterator[Server]:
    """One node without security, its data gone at the end. Raises Missing without Java or Maven, StartError."""
    with installed(version, java_options=java_options, data_in=data_in) as home:
        http, transport = free_ports(2)
        settings = {**OPEN, "discovery.type": "single-node", "transport.port": str(transport)}
        server = Server(home, "node-1", port=http, settings=settings)
        with stopped_at_the_end([server]):
            server.start()
            yield server


@contextmanager
def three_nodes(version: str = NINE) -> Iterator[list[Server]]:
    """A cluster that survives the loss of any one node."""
    names = ("node-1", "node-2", "node-3")
    with installed(version) as home:
        ports = free_ports(6)
        shared = {
            **OPEN,
            "cluster.name": home.folder.name,
            "discovery.seed_hosts": json.dumps([f"127.0.0.1:{port}" for port in ports[3:]]),
            "cluster.initial_master_nodes": json.dumps(names),
        }
        nodes = [
            Server(home, name, port=http, settings={**shared, "transport.port": str(transport)})
            for name, http, transport in zip(names, ports[:3], ports[3:], strict=True)
        ]
        with stopped_at_the_end(nodes):
            for node in nodes:
                node.launch()
            for node in nodes:
                node.wait(nodes=3)
            yield nodes


@contextmanager
def stopped_at_the_end(servers: Sequence[Server]) -> Iterator[None]:
    with ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
        yield


@contextmanager
def installed(version: str, *, java_options: str = QUICK, data_in: Path | None = None) -> Iterator[Installed]:
    """Unpacked into a folder of its own, which a watcher removes if we cannot."""
    at_least = 21 if int(version.split(".")[0]) >= 9 else 17
    if not (java := java_home(at_least)):
        raise Missing(
            f"Elasticsearch {version} needs Java {at_least} or newer: install a JDK, or name one in ES_JAVA_HOME"
        )
    packed = fetch(version)
    with ExitStack() as stack:
        folder, data = (_folder_in(place, stack=stack) for place in (None, data_in or _memory()))
        stack.enter_context(_watched(folder, data))
        made = Installed(
            version=version, folder=folder, data=data, java=java, java_options=java_options, user=_ordinary_user()
        )
        made.own(folder, data)
        _unpack(packed, folder)
        yield made


def _folder_in(place: Path | None, *, stack: ExitStack) -> Path:
    made = Path(tempfile.mkdtemp(prefix="zhiwen-elasticsearch-", dir=place))
    stack.callback(shutil.rmtree, made, ignore_errors=True)
    return made


def _memory() -> Path | None:
    """Where waiting for a disk costs nothing: an index is written and deleted for nearly every test. None: no room there."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_BYTES else None


def _unpack(packed: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(folder)
    except zipfile.BadZipFile as error:
        raise StartError(f"{packed} is damaged ({error}): delete it, it will be fetched again") from error
    for program in folder.glob("*/bin/*"):
        program.chmod(0o755)  # zipfile forgets that they are programs


def _ordinary_user() -> pwd.struct_passwd | None:
    """Elasticsearch refuses to run as root. `nobody` is on every machine, so none needs to be added."""
    return None if os.getuid() else pwd.getpwnam("nobody")


def free_ports(number: int) -> list[int]:
    """Ports nobody listens on, all different."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < number:
            probe, port = stack.enter_context(socket.socket()), random.choice(PORTS)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
        return found


def _tail(log: Path, lines: int = 40) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-lines:]) or "(it said nothing)"


@contextmanager
def _watched(*folders: Path) -> Iterator[None]:
    command = [sys.executable, __file__, "--watch", *map(str, folders)]
    watcher = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        watcher.communicate()  # closes the pipe


def watch(folders: Sequence[Path]) -> None:
    """Wait until the other end of our standard input is closed, also by SIGKILL, and clear up what is left then."""
    sys.stdin.buffer.read()
    while left := _processes(folders[0]):
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _processes(folder: Path) -> list[int]:
    """Those started from that folder: its random name stands in their command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder) in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
                found.append(int(process.name))
        except OSError:  # ended meanwhile
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Run an Elasticsearch on loopback until Ctrl-C.")
    parser.add_argument("--version", default=NINE, help=f"default: {NINE}")
    parser.add_argument("--heap", default=HEAP, help=f"memory of its Java; default: {HEAP}")
    parser.add_argument("--quick", action="store_true", help="start in half the time; not to be measured")
    parser.add_argument(
        "--fetch", action="store_true", help="only bring the versions that the tests use into the cache"
    )
    parser.add_argument("--watch", type=Path, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.watch:
        watch(options.watch)
    elif options.fetch:
        for version in (NINE, EIGHT):
            print(fetch(version))
    else:
        _serve(options.version, java_options=QUICK if options.quick else f"-Xms{options.heap} -Xmx{options.heap}")


def _serve(version: str, *, java_options: str) -> None:
    try:
        with running(version, java_options=java_options, data_in=Path(tempfile.gettempdir())) as server:
            print(server.url, flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    except (Missing, StartError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
