"""`zhiwen analyse --jsonl`: the contract that everyone measures us by."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SEED = ROOT / "config" / "samples" / "seed.txt"
BODY = "智谱2025年上半年收入1.91亿元，同比增长325%。公司已通过港交所聆讯。"
ARTICLE_KEYS = {
    *("id", "outcome", "title", "author", "publisher", "published_at", "language", "text", "mirror", "lines"),
    *("repaired", "repairs", "entities", "figures", "events", "about", "keywords"),
}


def requests(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


@pytest.fixture(scope="module")
def seed(zhiwen: Any) -> dict[str, Any]:
    done = zhiwen("analyse", "--jsonl", given=requests({"id": "seed", "path": str(SEED)}))
    assert done.code == 0, done.err
    (result,) = done.lines()
    return dict(result)


def test_the_seed_page_comes_out_as_its_author_wrote_it(seed: dict[str, Any]) -> None:
    assert set(seed) == ARTICLE_KEYS
    assert seed["title"] == "冲刺第一股，中国最大独立模型厂商的成色、能力与野心"
    assert seed["author"] == "江思远"
    assert seed["publisher"] == "晚点LatePost"
    assert seed["published_at"] == "2025-12-24"
    assert seed["mirror"] is True


def test_the_seed_body_holds_the_article_and_nothing_else(seed: dict[str, Any]) -> None:
    paragraphs = seed["text"].split("\n")

    assert 45 <= len(paragraphs) <= 60
    assert paragraphs[-1] == "AI 是一场关于生产力和社会变革的智能无限之战，现在战役才刚刚开始。"
    for junk in (
        "无码",
        "网易首页",
        "分享至",
        "热点推荐",
        "李在明",
        "关注度",
        "题图来源",
        "特别声明",
        "无障碍浏览",
        "(shù)",
    ):
        assert junk not in seed["text"]


def test_the_seed_is_understood(seed: dict[str, Any]) -> None:
    names = {entity["canonical"] or entity["text"] for entity in seed["entities"]}
    valuation = [figure for figure in seed["figures"] if figure["text"].startswith("243.77")]
    events = {(event["type"], event["company"]) for event in seed["events"]}

    assert {"智谱", "港交所", "MiniMax", "OpenAI", "Anthropic", "阿里巴巴", "商汤科技"} <= names
    assert [(figure["value"], figure["unit"]) for figure in valuation] == [(24377000000, "CNY")]
    assert ("hearing_passed", "智谱") in events
    assert seed["about"][0] == "智谱"


def test_every_visible_line_of_the_seed_is_labelled_and_repaired(seed: dict[str, Any]) -> None:
    shown = [line.strip() for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]

    assert [line["text"].strip() for line in seed["lines"]] == shown
    assert seed["repaired"].split("\n") == [line["clean"] for line in seed["lines"]]
    halfwidth = seed["repaired"].translate(str.maketrans("（）", "()"))
    assert "(scaling)" in halfwidth
    assert "(RAG)" in halfwidth


def test_spans_lie_inside_the_text(seed: dict[str, Any]) -> None:
    for found in (*seed["entities"], *seed["figures"]):
        assert seed["text"][found["start"] : found["end"]] == found["text"]
    for event in seed["events"]:
        assert 0 <= event["start"] < event["end"] <= len(seed["text"])


def test_body_is_taken_as_it_is(zhiwen: Any) -> None:
    given = {"id": 7, "text": BODY, "kind": "body", "fetched_at": "2025-12-24"}

    (result,) = zhiwen("analyse", "--jsonl", given=requests(given)).lines()

    assert result["id"] == 7
    assert result["text"] == BODY
    assert result["repairs"] == []
    assert {figure["value"] for figure in result["figures"]} >= {191000000, 325}


BAD_LINES = [
    ("not json", "not a JSON line"),
    ("[1]", "expected a JSON object"),
    ({"text": "x"}, "key 'id' is missing"),
    ({"id": 1}, "exactly one of 'path', 'html', 'text'"),
    ({"id": 1, "text": "x", "html": "y"}, "exactly one of"),
    ({"id": 1, "text": "x", "kind": "summary"}, "key 'kind' is 'summary'"),
    ({"id": 1, "path": "/nowhere/page.html"}, "'/nowhere/page.html' cannot be read"),
    ({"id": 1, "text": "x", "fetched_at": "yesterday"}, "key 'fetched_at' is 'yesterday'"),
    ({"id": 1, "txt": "x"}, "unknown key 'txt'"),
    ({"id": 1, "text": 5}, "key 'text' must be a string"),
]


@pytest.fixture(scope="module")
def answered(zhiwen: Any) -> Any:
    """All bad lines in one run, a good one behind each."""
    good = {"id": "good", "text": BODY, "kind": "body"}
    return zhiwen("analyse", "--jsonl", given=requests(*(row for bad, _ in BAD_LINES for row in (bad, good))))


@pytest.mark.parametrize(("number", "words"), [(n, words) for n, (_, words) in enumerate(BAD_LINES)])
def test_a_bad_line_is_answered_with_what_is_wrong(answered: Any, number: int, words: str) -> None:
    bad = answered.lines()[2 * number]

    assert bad["outcome"] == "error"
    assert words in bad["error"]


def test_bad_lines_do_not_end_the_others(answered: Any) -> None:
    assert answered.code == 1
    assert [row["outcome"] for row in answered.lines()[1::2]] == ["article"] * len(BAD_LINES)


def test_workers_keep_the_order(zhiwen: Any) -> None:
    rows = [{"id": n, "text": BODY * (1 + 40 * (n % 5 == 0)), "kind": "body"} for n in range(30)]

    done = zhiwen("analyse", "--jsonl", "--jobs", "2", given=requests(*rows))

    assert done.code == 0
    assert [row["id"] for row in done.lines()] == list(range(30))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_results_stream(jobs: str, environment: dict[str, str]) -> None:
    """An answer comes before the next question is asked: nothing waits for the end of the input."""
    command = [sys.executable, "-m", "cli.main", "analyse", "--jsonl", "--jobs", jobs]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(requests({"id": number, "text": BODY, "kind": "body"}).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()

    assert process.returncode == 0
