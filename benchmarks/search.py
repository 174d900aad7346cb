"""Search speed: generates short Chinese news, indexes them, and times queries. `python benchmarks/search.py --documents 20000`

Every number is of this machine and this run. Texts are put together from our own phrases with a fixed seed, so runs
can be compared; names follow a skewed distribution, as in the news. Results are counted, so a fast wrong answer shows.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from index.open import open_index
from index.records import Document, SearchIndex, SearchRequest

COMPANIES = ["智谱", "月之暗面", "商汤科技", "阿里巴巴", "百度", "腾讯", "字节跳动", "科大讯飞", "OpenAI", "Anthropic", "MiniMax", "DeepSeek", "阶跃星辰", "百川智能", "零一万物", "面壁智能"]  # fmt: skip
PHRASES = ["发布新一代大模型", "向港交所递交招股书", "完成新一轮融资", "宣布与高校合作", "开源了推理框架", "下调了接口价格", "通过上市聆讯", "收入同比增长", "亏损进一步收窄", "推出智能体平台", "训练成本大幅下降", "海外用户超过预期", "获得多家机构投资", "调整了组织架构", "算力需求持续上升", "监管部门公布备案名单"]  # fmt: skip
FILLER = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"  # fmt: skip
QUERIES = {
    "term, common": SearchRequest(query="智谱"),
    "term, rare": SearchRequest(query="面壁智能"),
    "one character": SearchRequest(query="谱"),
    "latin": SearchRequest(query="openai"),
    "phrase": SearchRequest(query='"向港交所递交招股书"'),
    "two terms": SearchRequest(query="智谱 融资"),
    "boolean, dates, source, newest": SearchRequest(
        query="(智谱 OR 商汤科技) -百度",
        sources=("s1", "s2"),
        since=date(2025, 3, 1),
        until=date(2025, 9, 30),
        sort="newest",
    ),
    "company filter only": SearchRequest(query="company:智谱"),
    "nearness": SearchRequest(query='"面壁智能 聆讯"~20'),
}


def generated(count: int, *, length: int, seed: int = 7) -> Iterator[Document]:
    """Documents of about `length` characters."""
    chance = random.Random(seed)
    weights = [1 / rank for rank in range(1, len(COMPANIES) + 1)]
    for seq in range(1, count + 1):
        about = chance.choices(COMPANIES, weights, k=2)
        sentences = []
        while sum(map(len, sentences)) < length:
            filler = "".join(chance.choices(FILLER, k=chance.randint(8, 30)))
            sentences.append(f"{chance.choice(about)}{chance.choice(PHRASES)}，{filler}{chance.randint(1, 999)}亿元。")
        yield Document(
            id=f"{seq:020d}",
            seq=seq,
            version=1,
            url=f"https://news.example/{seq}",
            title=about[0] + chance.choice(PHRASES),
            text="\n".join(sentences),
            source=f"s{chance.randint(0, 9)}",
            author=None,
            publisher=None,
            published_at=datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000)),
            stored_at=datetime(2026, 1, 1, tzinfo=UTC),
            language="zh",
            mirror=False,
            companies=tuple(dict.fromkeys(about)),
            about=(about[0],),
            people=(),
            events=(),
            keywords=(),
        )


def fill(index: SearchIndex, documents: list[Document], *, batch: int) -> dict[str, float]:
    begin = time.perf_counter()
    for first in range(0, len(documents), batch):
        index.apply(documents[first : first + batch])
    spent = time.perf_counter() - begin
    update = min(_seconds(lambda: index.apply([documents[0]])) for _ in range(3))
    status = index.status()
    return {
        "documents/s": round(len(documents) / spent),
        "MB": round(status.size_bytes / 1e6, 1),
        "held again, ms": round(update * 1e3, 1),
    }


def measure(index: SearchIndex, request: SearchRequest, *, rounds: int) -> dict[str, float]:
    """p50 and p99 in ms over `rounds` after a warm-up."""
    total = index.search(request).total
    spent = sorted(_seconds(lambda: index.search(request)) * 1e3 for _ in range(rounds))
    return {"total": total, "p50": round(statistics.median(spent), 3), "p99": round(spent[int(rounds * 0.99) - 1], 3)}


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=20_000)
    options.add_argument("--length", type=int, default=120, help="characters of a text")
    options.add_argument("--engine", default="embedded")
    options.add_argument("--batch", type=int, default=2_500)
    options.add_argument("--rounds", type=int, default=200)
    given = options.parse_args()
    documents = list(generated(given.documents, length=given.length))
    with tempfile.TemporaryDirectory() as folder:
        index = open_index(given.engine, Path(folder))
        print(json.dumps({"indexing": fill(index, documents, batch=given.batch)}, ensure_ascii=False))
        for name, request in QUERIES.items():
            for highlight in (False, True):
                asked = replace(request, highlight=highlight)
                result = measure(index, asked, rounds=given.rounds)
                print(json.dumps({"query": name, "highlights": highlight, **result}, ensure_ascii=False), flush=True)
        print(json.dumps({"peak memory, MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)}))
        index.close()


if __name__ == "__main__":
    main()
