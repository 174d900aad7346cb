from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alerts.channels import Receipt, Refusal
from alerts.channels.file import FileChannel
from alerts.payload import body, payload


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "alerts.jsonl"


@pytest.fixture
def send(path, make_alert, now):
    channel = FileChannel(path)

    def sent(number: int = 1, *, by: FileChannel = channel):
        return by.send(make_alert(number), attempt=1, now=now)

    return sent


def ids(path: Path) -> list[int]:
    return [int(json.loads(line)["id"], 16) for line in path.read_text(encoding="utf-8").splitlines()]


def test_alert_is_a_line_of_json(send, path, make_alert) -> None:
    assert isinstance(send(), Receipt)
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [payload(make_alert())]


def test_same_alert_makes_one_line(send, path) -> None:
    assert [type(send(1)), type(send(2)), type(send(1))] == [Receipt] * 3
    assert ids(path) == [1, 2]


def test_after_a_restart_the_lines_are_known(send, path) -> None:
    send(1)
    send(1, by=FileChannel(path))

    assert ids(path) == [1]


def test_lines_of_another_process_are_known(send, path) -> None:
    """The daemon and `zhiwen alerts deliver` share the file."""
    other = FileChannel(path)
    send(1)
    send(2, by=other)
    send(2)
    send(1, by=other)

    assert ids(path) == [1, 2]


def test_half_a_line_goes_and_its_alert_comes_again(send, path, make_alert) -> None:
    """A crash in the middle of writing: the alert was not reported as delivered."""
    path.parent.mkdir()
    path.write_bytes(body(make_alert(1)) + b"\n" + body(make_alert(2))[:77])
    send(2)
    send(1)

    assert ids(path) == [1, 2]


def test_half_a_character_is_half_a_line(send, path, make_alert) -> None:
    path.parent.mkdir()
    path.write_bytes('{"id":"岚'.encode()[:-1])
    send(1)

    assert ids(path) == [1]


def test_last_line_without_its_end_is_kept(send, path, make_alert) -> None:
    """An editor left it so, or only the line break was lost."""
    path.parent.mkdir()
    path.write_bytes(body(make_alert(1)))
    send(1)
    send(2)

    assert ids(path) == [1, 2]


def test_lines_that_are_none_of_ours_are_left_alone(send, path) -> None:
    path.parent.mkdir()
    path.write_text('# notes\n[1]\n{"id": 5}\n\n', encoding="utf-8")
    send(1)

    assert path.read_text(encoding="utf-8").startswith('# notes\n[1]\n{"id": 5}\n\n{"version":1,')


def test_file_that_was_rotated_begins_anew(send, path) -> None:
    send(1)
    path.rename(path.with_suffix(".1"))
    send(1)
    send(2)

    assert ids(path) == [1, 2]


def test_file_that_was_replaced_by_a_longer_one_is_read_from_its_start(send, path, make_alert) -> None:
    send(1)
    send(1)  # it has read its own line now
    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"".join(body(make_alert(number)) + b"\n" for number in (7, 8, 9)))
    send(1)
    send(7)

    assert ids(path) == [7, 8, 9, 1]


def test_file_that_was_emptied_begins_anew(send, path) -> None:
    send(1)
    send(2)
    path.write_bytes(b"")
    send(2)

    assert ids(path) == [2]


def test_file_that_cannot_be_written_is_retried(send, path) -> None:
    path.mkdir(parents=True)
    refusal = send()

    assert isinstance(refusal, Refusal)
    assert refusal.retryable
    assert str(path) in refusal.reason


def test_threads_write_whole_lines_once(path, make_alert, now) -> None:
    channels = [FileChannel(path) for _ in range(4)]

    def write(channel: FileChannel) -> None:
        for number in range(20):
            channel.send(make_alert(number), attempt=1, now=now)

    threads = [threading.Thread(target=write, args=(channel,)) for channel in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ids(path)) == list(range(20))


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from alerts.channels.file import FileChannel
from alerts.records import Alert
now = datetime(2026, 1, 1, tzinfo=UTC)
channel = FileChannel(Path(sys.argv[1]))
for number in range(200):
    alert = Alert(id=f"{number:032x}", rule="r", article_id="a", version=1, seq=1, url="u", title="聆讯" * 500, source="s",
                  publisher=None, published_at=None, companies=(), events=(), evidence=(), created_at=now)
    channel.send(alert, attempt=1, now=now)
"""


def test_processes_write_whole_lines_once(path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path)]) for _ in range(2)]

    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert sorted(ids(path)) == list(range(200))
