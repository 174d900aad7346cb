"""Score `zhiwen analyse` on the evaluation data beside this checkout: `make eval`, or `make eval ARGS="repair lines"`.

Everything goes through the public contract (JSON lines), so what is measured is what users get. The data belongs to
other people and is not part of this repository: where it is absent, one line says so and nothing is scored.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "eval"
Row = dict[str, Any]
DROPPED_LABELS = frozenset({"spam_keywords", "chrome", "counter", "image_caption", "disclaimer", "related", "sidebar", "footer"})  # fmt: skip


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def analyse(requests: Iterable[Row], jobs: int) -> list[Row]:
    """Results of `zhiwen analyse --jsonl` for requests, in order."""
    command = [sys.executable, "-m", "cli.main", "analyse", "--jsonl", "--jobs", str(jobs)]
    given = "".join(json.dumps(request, ensure_ascii=False) + "\n" for request in requests)
    done = subprocess.run(command, input=given.encode(), stdout=subprocess.PIPE, cwd=ROOT, check=False)
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def scored(script: Path, *arguments: Path | str, predictions: Iterable[Row]) -> str:
    """What the task's own scorer prints for `predictions`; PRED among the arguments is their file."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in predictions)
        file.flush()
        words = [file.name if argument == "PRED" else str(argument) for argument in arguments]
        done = subprocess.run(
            [sys.executable, str(script), *words], capture_output=True, text=True, cwd=script.parent, check=False
        )
    return done.stdout + done.stderr


def repair(jobs: int) -> Iterator[str]:
    folder = DATA / "repair"
    cases = rows(folder / "cases.jsonl")
    results = analyse(({"id": case["id"], "text": case["corrupted"]} for case in cases), jobs)
    predictions = [{"id": row["id"], "text": row.get("repaired", "")} for row in results]
    yield scored(folder / "score.py", folder / "cases.jsonl", "PRED", predictions=predictions)
    (seed,) = analyse([{"id": "seed", "path": str(folder / "seed.txt")}], 1)
    yield f"seed page: {_differing_lines(seed, folder / 'seed_clean.txt')}"


def _differing_lines(seed: Row, truth: Path) -> str:
    wanted = [line for line in truth.read_text(encoding="utf-8").splitlines() if line.strip()]
    got = [line for line in seed["repaired"].splitlines() if line.strip()]
    if len(wanted) != len(got):
        return f"{len(got)} lines instead of {len(wanted)}"
    wrong = [number for number, (w, g) in enumerate(zip(wanted, got, strict=True)) if _folded(w) != _folded(g)]
    return f"{len(wrong)} of {len(wanted)} lines differ" + (f": {wrong[:10]}" if wrong else "")


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def lines(jobs: int) -> Iterator[str]:
    folder = DATA / "lines"
    with (folder / "seed_lines.tsv").open(encoding="utf-8", newline="") as file:
        gold = [row["label"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    (seed,) = analyse([{"id": "seed", "path": str(DATA / "repair" / "seed.txt")}], 1)
    yield "seed   " + _label_scores([(gold, [line["label"] for line in seed["lines"]])])
    pages = rows(folder / "pages.jsonl")
    requests = ({"id": page["page"], "text": "\n".join(line["shown"] for line in page["lines"])} for page in pages)
    pairs = [
        ([line["label"] for line in page["lines"]], [line["label"] for line in result["lines"]])
        for page, result in zip(pages, analyse(requests, jobs), strict=True)
    ]
    yield "pages  " + _label_scores(pairs)
    negatives = analyse(
        ({"id": n, "text": row["text"]} for n, row in enumerate(rows(folder / "hard_negatives.jsonl"))), jobs
    )
    flagged = sum(any(line["label"] == "spam_keywords" for line in result["lines"]) for result in negatives)
    yield f"hard negatives flagged as spam: {flagged} of {len(negatives)}"


def _label_scores(pairs: list[tuple[list[str], list[str]]]) -> str:
    same = [(g, p) for gold, got in pairs if len(gold) == len(got) for g, p in zip(gold, got, strict=True)]
    unaligned = sum(len(gold) != len(got) for gold, got in pairs)

    def measure(is_it: Callable[[str], bool]) -> str:
        hit = sum(is_it(g) and is_it(p) for g, p in same)
        found, real = sum(is_it(p) for _, p in same), sum(is_it(g) for g, _ in same)
        return f"P {hit / max(found, 1):.3f} R {hit / max(real, 1):.3f}"

    accuracy = sum(g == p for g, p in same) / max(len(same), 1)
    keep = measure(lambda label: label not in DROPPED_LABELS)
    spam = measure(lambda label: label == "spam_keywords")
    return f"accuracy {accuracy:.3f}  keep {keep}  spam {spam}  pages not aligned {unaligned}"


def extraction(jobs: int) -> Iterator[str]:
    folder = DATA / "extraction"
    gold = rows(folder / "gold.jsonl")
    requests = [{"id": g["id"], "path": str(folder / "html" / f"{g['id']}.html"), "url": g["url"]} for g in gold]
    results = analyse(({k: v for k, v in r.items() if v is not None} for r in requests), jobs)
    predictions = [
        {
            "id": row["id"],
            "title": row.get("title"),
            "author": " ".join(part for part in (row.get("author"), row.get("publisher")) if part),
            "published": row.get("published_at"),
            "body": row.get("text"),
        }
        for row in results
    ]
    for name in ("open", "other"):
        score = scored(folder / "score.py", folder / "gold.jsonl", "PRED", "--set", name, predictions=predictions)
        yield f"set {name}\n{score}"
    dropped = [row for row in results if row["outcome"] == "dropped"]
    yield f"dropped {len(dropped)}: " + ", ".join(f"{row['id']} {row['reason']}" for row in dropped[:12])


def domain(jobs: int) -> Iterator[str]:
    folder = DATA / "domain"
    requests = (_body(doc["id"], doc["text"], doc["published"]) for doc in rows(folder / "docs.jsonl"))
    yield scored(folder / "score.py", folder / "docs.jsonl", "PRED", predictions=analyse(requests, jobs))


def figures(jobs: int) -> Iterator[str]:
    folder = DATA / "figures"
    published = json.loads((folder / "seed_meta.json").read_text(encoding="utf-8"))["published"]
    text = (folder / "seed_clean.txt").read_text(encoding="utf-8")
    (seed,) = analyse([_body("seed", text, published)], 1)
    yield scored(folder / "score.py", "PRED", "seed_figures_gold.jsonl", predictions=seed["figures"])
    duee = rows(folder / "duee_open.jsonl")
    results = analyse((_body(number, row["text"], None) for number, row in enumerate(duee)), jobs)
    for kind in ("MONEY", "PERCENT", "COUNT"):
        asked = [(row, result) for row, result in zip(duee, results, strict=True) if row["kind"] == kind]
        spotted = sum(any(_touch(figure, row) for figure in result["figures"]) for row, result in asked)
        yield f"DuEE-fin {kind}: {spotted} of {len(asked)} spotted ({spotted / max(len(asked), 1):.3f})"


def _body(id_: Any, text: str, published: str | None) -> Row:
    request = {"id": id_, "text": text, "kind": "body"}
    return {**request, "fetched_at": published} if published else request


def _touch(figure: Row, row: Row) -> bool:
    return bool(figure["start"] < row["end"] and row["start"] < figure["end"])


TASKS = {"repair": repair, "lines": lines, "extraction": extraction, "domain": domain, "figures": figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", choices=[*TASKS, []], help="which tasks; all by default")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if not DATA.is_dir():
        print(f"skipped: there is no evaluation data at {DATA}")
        return 0
    for name in arguments.tasks or TASKS:
        print(f"== {name}", flush=True)
        for part in TASKS[name](arguments.jobs):
            print(part.rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
