"""What only an index on disk can do wrong: crashes, other processes, old folders, other versions."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from index.embedded import TantivyIndex
from index.records import Document, DocumentFigure, SearchRequest
from index.tantivy_documents import (
    SCHEMA_VERSION,
    pack,
    pack_body,
    pack_figures,
    pack_shown,
    unpack,
    unpack_figures,
)
from zhiwen.errors import IndexError_, InputError, LockedError

Maker = Callable[..., list[Document]]
WRITER = Path(__file__).parent / "write_until_killed.py"


def total(index: TantivyIndex, query: str = "") -> int:
    return index.search(SearchRequest(query=query)).total


@contextmanager
def writer(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, str(WRITER), str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def next_position(process: subprocess.Popen[str]) -> int:
    assert process.stdout
    return int(process.stdout.readline())


def test_a_payload_comes_back_whole(documents: Maker) -> None:
    figure = DocumentFigure(metric="revenue", value=3e8, unit="CNY", period=None, subject="智谱\ud800")
    (made,) = documents({"title": "智谱\ud800", "companies": ("a", "b"), "figures": (figure,)})

    unpacked = unpack(pack_shown(made), pack(made), pack_body(made))

    assert replace(unpacked, figures=unpack_figures(pack_figures(made.figures))) == made


def test_opening_a_folder_touches_nothing(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "index")

    assert (index.position(), index.status().detail) == (0, "nothing indexed yet")
    assert not (tmp_path / "index").exists()


def test_it_is_there_after_a_restart(tmp_path: Path, documents: Maker) -> None:
    TantivyIndex(tmp_path).apply(documents({"text": "智谱", "seq": 4}))
    index = TantivyIndex(tmp_path)

    assert (index.position(), total(index, "智谱")) == (4, 1)
    assert index.status().size_bytes > 0


def test_a_killed_writer_leaves_its_last_commit(tmp_path: Path) -> None:
    reached = 0
    for _ in range(3):  # killed somewhere in the next batch, three times over the same folder
        with writer(tmp_path) as process:
            for _ in range(4):
                reached = next_position(process)
            time.sleep(0.015)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        index = TantivyIndex(tmp_path)

        position = index.position()
        assert position >= reached
        assert position % 10 == 0  # whole batches only
        assert total(index) == position // 2 + 1  # each document once, at its newest version
        assert index.search(SearchRequest(query=f"title:批次{position // 10 - 1}")).total > 0


def test_files_of_a_commit_that_was_killed_do_not_block_the_next(tmp_path: Path, documents: Maker) -> None:
    """kill -9 between a commit's list of deletions and its end: the list lies there, and the next one has its name."""
    first, second = documents({"id": "a", "seq": 1}, {"id": "b", "seq": 2}), documents({"id": "a", "seq": 3})
    index = TantivyIndex(tmp_path / "one")
    index.apply(first)
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    TantivyIndex(tmp_path / "other").apply(second)
    (orphan,) = (tmp_path / "other").rglob("*.del")
    beside = tmp_path / "one" / orphan.relative_to(tmp_path / "other")
    shutil.copy(orphan, beside)
    managed = beside.parent / ".managed.json"
    managed.write_text(json.dumps([*json.loads(managed.read_text()), beside.name]))

    TantivyIndex(tmp_path / "one").apply(second)

    assert TantivyIndex(tmp_path / "one").position() == 3


def test_another_process_is_seen_within_a_second(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    with writer(tmp_path) as process:
        position = next_position(process)
        begin = time.monotonic()
        while index.position() < position:
            assert time.monotonic() - begin < 1
        for _ in range(5):
            assert next_position(process) <= index.position() + 10


def test_readers_in_threads_go_on_beside_writing(tmp_path: Path, documents: Maker) -> None:
    index = TantivyIndex(tmp_path)
    index.apply(documents({"text": "智谱"}))
    errors: list[Exception] = []
    counts: set[bool] = set()
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                counts.add(total(index, "智谱") >= 1)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seq in range(2, 12):
        index.apply(documents({"id": f"d{seq}", "text": "智谱", "seq": seq}))
        if seq % 4 == 0:
            with index.replacement() as fresh:
                fresh.apply(documents({"text": "智谱", "seq": seq}))
    done.set()
    for thread in threads:
        thread.join()

    assert errors == []
    assert counts == {True}


def test_two_writers_take_turns(tmp_path: Path) -> None:
    with writer(tmp_path) as one, writer(tmp_path) as other:
        for _ in range(5):
            next_position(one)
            next_position(other)
    index = TantivyIndex(tmp_path)

    assert total(index) == index.position() // 2 + 1


def test_a_held_lock_is_reported_with_its_holder(tmp_path: Path, documents: Maker) -> None:
    index = TantivyIndex(tmp_path, lock_timeout=0.1)
    index.apply(documents({"text": "智谱"}))
    with index._generations.lock("write"), pytest.raises(LockedError, match=f"being written by process {os.getpid()}"):
        index.apply(documents({"id": "x", "seq": 9}))
    with index.replacement(), pytest.raises(LockedError, match="being rebuilt"):
        index.clear()


@pytest.mark.parametrize(
    ("stamp", "words"),
    [
        ('{"schema": 0, "analysis": 1, "tantivy": "0.1"}', f"schema 0 instead of {SCHEMA_VERSION}.*index rebuild"),
        ("{", "no readable stamp.json.*index rebuild"),
    ],
)
def test_an_index_of_another_version_is_refused_until_it_is_rebuilt(
    tmp_path: Path, documents: Maker, stamp: str, words: str
) -> None:
    TantivyIndex(tmp_path).apply(documents({"text": "智谱"}))
    (tmp_path / "g-0000000001" / "stamp.json").write_text(stamp)
    index = TantivyIndex(tmp_path)
    for call in (index.position, index.status, lambda: total(index), lambda: index.apply(documents({"seq": 9}))):
        with pytest.raises(IndexError_, match=words):
            call()
    with index.replacement() as fresh:
        fresh.apply(documents({"text": "智谱", "seq": 5}))

    assert total(index, "智谱") == 1
    assert json.loads((tmp_path / "g-0000000002" / "stamp.json").read_text())["schema"] == SCHEMA_VERSION


def test_a_damaged_index_is_reported_and_can_be_rebuilt(tmp_path: Path, documents: Maker) -> None:
    TantivyIndex(tmp_path).apply(documents({"text": "智谱"}))
    (tmp_path / "g-0000000001" / "meta.json").write_text("{}")
    index = TantivyIndex(tmp_path)
    with pytest.raises(IndexError_, match="index rebuild"):
        index.position()
    index.clear()

    assert index.position() == 0


def test_a_pointer_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("../elsewhere")
    with pytest.raises(IndexError_, match="names no index folder"):
        TantivyIndex(tmp_path).position()


def test_old_folders_stay_for_late_readers_and_then_go(tmp_path: Path, documents: Maker) -> None:
    index, reader = TantivyIndex(tmp_path), TantivyIndex(tmp_path)
    index.apply(documents({"text": "旧的"}))
    assert total(reader, "旧的") == 1
    with index.replacement() as fresh:
        fresh.apply(documents({"text": "新的", "seq": 2}))
    index.apply(documents({"id": "x", "seq": 3}))

    assert sorted(path.name for path in tmp_path.glob("g-*")) == ["g-0000000001", "g-0000000002"]
    an_hour_ago = time.time() - 3600
    os.utime(tmp_path / "CURRENT", (an_hour_ago, an_hour_ago))
    index.apply(documents({"id": "y", "seq": 4}))
    assert [path.name for path in tmp_path.glob("g-*")] == ["g-0000000002"]
    assert (total(reader, "旧的"), total(reader, "新的")) == (0, 1)


def test_a_rebuild_in_progress_is_not_swept_away(tmp_path: Path, documents: Maker) -> None:
    index = TantivyIndex(tmp_path)
    index.apply(documents({"text": "旧的"}))
    os.utime(tmp_path / "CURRENT", (1, 1))
    with index.replacement() as fresh:
        fresh.apply(documents({"text": "新的", "seq": 2}))
        index.apply(documents({"id": "x", "seq": 3}))
    assert total(index, "新的") == 1


def test_a_prefix_with_too_many_words_inside_a_phrase_is_refused_in_words(tmp_path: Path, documents: Maker) -> None:
    index = TantivyIndex(tmp_path)
    index.apply(
        documents(
            {
                "text": "glm "
                + " ".join(
                    "a" + "".join(chr(97 + number // 26**place % 26) for place in range(4)) for number in range(20_000)
                )
            }
        )
    )

    assert total(index, "a*") == 1
    with pytest.raises(InputError, match="too general"):
        total(index, "glm-a*")


def test_a_rebuild_commits_beside_the_reading_and_says_when_that_failed(
    tmp_path: Path, documents: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedded._PENDING_CHARACTERS", 1)  # so each batch is a commit
    index = TantivyIndex(tmp_path)
    index.apply(documents({"text": "旧的"}))

    with pytest.raises(IndexError_, match="g-0000000002 cannot be written"), index.replacement() as fresh:  # noqa: PT012
        fresh.apply(documents({"id": "a", "text": "新的", "seq": 2}))
        assert total(fresh, "新的") == 1
        shutil.rmtree(tmp_path / "g-0000000002")
        fresh.apply(documents({"id": "b", "text": "新的", "seq": 3}))
        fresh.apply(documents({"id": "c", "text": "新的", "seq": 4}))
        pytest.fail("the batch after the one that could not be committed was taken")
    assert (total(index, "旧的"), total(index, "新的")) == (1, 0)


def test_batches_that_are_committed_beside_the_reading_are_all_there(
    tmp_path: Path, documents: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedded._PENDING_CHARACTERS", 1)
    index = TantivyIndex(tmp_path)
    with index.replacement() as fresh:
        for seq in range(1, 30):
            fresh.apply(documents({"id": f"d{seq % 20}", "text": f"第{seq}版", "seq": seq}))

    assert total(index) == 20
    assert [total(index, f"第{seq}版") for seq in (5, 9, 10, 29)] == [0, 0, 1, 1]
