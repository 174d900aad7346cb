"""Commands on one home, in the order in which an analyst would use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent.parent.parent / "config" / "samples"


def test_ingest_counts_every_page_once(filled: Any) -> None:
    summary = filled.json()

    assert summary["pages"] == sum(summary["outcomes"].values()) > 10
    assert sum(summary["reasons"].values()) == summary["outcomes"]["dropped"]
    assert summary["refused"] == []
    assert f"{summary['pages']} pages" in filled.err


@pytest.mark.usefixtures("filled")
def test_the_same_pages_again_change_nothing(zhiwen: Any) -> None:
    summary = zhiwen("ingest", str(SAMPLES), "--json").json()

    assert set(summary["outcomes"]) == {"unchanged", "dropped"}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("query", ["智谱 聆讯", "智譜 聆訊", "company:智谱AI", "标题：智谱"])
def test_search_finds_what_was_ingested_in_either_script(zhiwen: Any, query: str) -> None:
    found = zhiwen("search", query, "--json").json()

    assert found["total"] == len(found["hits"]) > 0
    hit = found["hits"][0]
    assert set(hit) == {"id", "url", "title", "source", "published_at", "score", "companies", "events", "highlights"}
    assert all("智谱" in hit["companies"] for hit in found["hits"])


@pytest.mark.usefixtures("filled")
def test_filters_narrow(zhiwen: Any) -> None:
    def total(*arguments: str) -> int:
        return int(zhiwen("search", *arguments, "--json").json()["total"])

    everything = total("")
    assert 0 < total("", "--event", "hearing_passed") < everything
    assert 0 < total("", "--company", "MiniMax") < everything
    assert 0 < total("", "--since", "2025-12-15", "--until", "2025-12-20") < everything
    assert total("", "--source", "nowhere") == 0


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["智普"], "did you mean 智谱?"),
        (["智谱", "--source", "qbitay"], "no source is called 'qbitay'; zhiwen sources lists them"),
        (["智谱", "--event", "listed"], "no event is called 'listed'; there are tutoring, "),
        (["来源:qbitay"], "no source is called 'qbitay'; zhiwen sources lists them"),
        (["source:量子位"], "'量子位' is the name of a source; it is asked for by its id: qbitai"),
        (["事件:上市成功"], "no event is called '上市成功'; there are tutoring, "),
        (["公私：智谱"], "'公私' was searched for as a word; did you mean 公司:?"),
        (["智谱 or 没有这个词"], "'or' was searched for as a word; did you mean OR?"),
        (["智谱", "--offset", "500"], "none behind the first 500 of "),
    ],
)
def test_a_search_without_hits_says_why(zhiwen: Any, arguments: list[str], words: str) -> None:
    done = zhiwen("search", *arguments)

    assert (done.code, done.out) == (0, "")
    assert words in done.err


@pytest.mark.usefixtures("filled")
def test_the_index_says_how_far_it_is(zhiwen: Any) -> None:
    before = zhiwen("index", "status", "--json").json()
    zhiwen("index", "rebuild")
    after = zhiwen("index", "status", "--json").json()

    assert before["lag"] == after["lag"] == 0
    assert before["documents"] == after["documents"] == after["articles"]


@pytest.mark.usefixtures("filled")
def test_the_memory_engine_answers_the_same(zhiwen: Any) -> None:
    embedded = zhiwen("search", "智谱", "--json").json()
    memory = zhiwen("search", "智谱", "--json", env={"ZHIWEN_INDEX": "memory"}).json()

    assert {hit["id"] for hit in memory["hits"]} == {hit["id"] for hit in embedded["hits"]}


@pytest.mark.usefixtures("filled")
def test_spool_shows_each_page_and_gives_back_its_bytes(zhiwen: Any) -> None:
    dropped = zhiwen("spool", "list", "--outcome", "dropped", "--json").json()["pages"]
    assert dropped
    assert all(row["reason"] for row in dropped)

    number = str(zhiwen("spool", "list", "--json").json()["pages"][0]["id"])
    shown = zhiwen("spool", "show", number, "--json").json()
    assert shown["sha256"]
    assert len(zhiwen("spool", "show", number, "--body").out.encode()) > 0
    assert zhiwen("spool", "retry", number, "--json").json() == {"queued": 1}


@pytest.mark.usefixtures("filled")
def test_explain_knows_files_urls_and_numbers(zhiwen: Any) -> None:
    seed = zhiwen("explain", str(SAMPLES / "seed.txt"), "--json").json()
    by_url = zhiwen("explain", seed["page"]["url"], "--json").json()
    text = zhiwen("explain", "#1")

    assert seed["result"]["title"] == by_url["result"]["title"]
    assert [step["step"] for step in seed["steps"]] == [step["step"] for step in by_url["steps"]]
    assert text.code == 0
    assert "decode" in text.out


@pytest.mark.usefixtures("filled")
def test_alerts_are_matched_delivered_and_listed(zhiwen: Any, environment: dict[str, str]) -> None:
    done = zhiwen("alerts", "deliver", "--json").json()
    alerts = zhiwen("alerts", "list", "--json").json()
    tried = zhiwen("alerts", "test", "filings", "--json").json()
    inbox = Path(environment["ZHIWEN_HOME"]) / "alerts.jsonl"

    assert done["deliveries"]["delivered"] == len(alerts) > 0
    assert all(row["deliveries"][0]["state"] == "delivered" for row in alerts)
    assert tried["trials"][0]["fired"] == sum(row["alert"]["rule"] == "filings" for row in alerts)
    assert len(inbox.read_text(encoding="utf-8").splitlines()) == len(alerts)
    assert zhiwen("alerts", "deliver", "--json").json()["deliveries"]["delivered"] == 0


def test_check_finds_nothing_to_mend(zhiwen: Any) -> None:
    findings = zhiwen("check", "--json")

    assert findings.code == 0
    assert {finding["level"] for finding in findings.json()} <= {"ok", "note"}


def test_config_names_the_origin_and_hides_secrets(zhiwen: Any) -> None:
    env = {"ZHIWEN_WEB_PORT": "9", "ZHIWEN_ELASTICSEARCH_URL": "https://ops:hunter2@example.com"}

    done = zhiwen("--log-level", "WARNING", "config", "--json", env=env)
    rows = {row["setting"]: row for row in done.json()["settings"]}

    assert rows["web.port"]["origin"] == "environment ZHIWEN_WEB_PORT"
    assert rows["log.level"]["origin"] == "command line"
    assert rows["web.host"]["origin"] == str(Path(done.json()["folder"]) / "zhiwen.yaml")
    assert "hunter2" not in done.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest", "/nowhere/page.html"], "/nowhere/page.html"),
        (["search", "title:("], "column"),
        (["search", "x", "--since", "soon"], "2025-12-24"),
        (["search", "x", "--sort", "age"], "relevance or newest"),
        (["search", "-智谱"], "zhiwen … -- '-智谱'"),
        (["search", "-figure:收入"], "zhiwen … -- '-figure:收入'"),
        (["search", "-(a OR b)"], "zhiwen … -- '-(a OR b)'"),
        (["search", "x", "--only", "grade"], "FACET:VALUE"),
        (["explain", "https://example.com/never-seen"], "zhiwen ingest https://example.com/never-seen"),
        (["spool", "list", "--state", "odd"], "new, claimed, done, failed"),
        (["spool", "show", "999999"], "999999"),
        (["alerts", "test", "nosuchrule"], "filings"),
        (["crawl", "nosuchsource"], "qbitai"),
    ],
)
def test_wrong_input_exits_2_and_says_what_to_do(zhiwen: Any, arguments: list[str], words: str) -> None:
    done = zhiwen(*arguments)

    assert done.code == 2
    assert words in done.err
    assert done.out == ""
    assert "Traceback" not in done.err


def test_files_that_cannot_be_pages_are_refused_by_name(zhiwen: Any, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "sound.mp3").write_bytes(b"ID3")

    done = zhiwen("ingest", str(tmp_path), "--json")

    assert done.code == 1
    assert [Path(row["path"]).name for row in done.json()["refused"]] == ["picture.png", "sound.mp3"]


def test_an_older_code_refuses_a_newer_database(zhiwen: Any, tmp_path: Path) -> None:
    import sqlite3

    home = {"ZHIWEN_HOME": str(tmp_path)}
    zhiwen("spool", "list", env=home)
    with sqlite3.connect(tmp_path / "zhiwen.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    done = zhiwen("spool", "list", env=home)

    assert done.code == 1
    assert "9999" in done.err
    assert "newer zhiwen" in done.err
