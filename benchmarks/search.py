"""Search speed: indexes generated Chinese news and times queries, in one run. `python benchmarks/search.py --documents 300000`

Articles are put together from the sentences of our own sample articles (config/samples) and from phrases below, with
64 company names of falling frequency, as in the news, and a tail of random characters, so that the vocabulary is not
that of twenty pages. The seed is fixed: runs can be compared. `share` is the part of
all documents that a query finds: the cost of most goes with it.

Every number is of this machine and this run. Beside the wall-clock milliseconds stand those of the processor: where
they are far apart, something else was running.
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
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

from index.open import open_index
from index.query.plan import plan
from index.records import Document, DocumentFigure, SearchIndex, SearchRequest
from zhiwen.errors import QueryError
from zhiwen.times import now

SAMPLES = Path(__file__).parents[1] / "config" / "samples"
COMPANIES = ["OpenAI", "DeepSeek", "智谱", "阿里巴巴", "月之暗面", "字节跳动", "Anthropic", "商汤科技", "百度", "腾讯", "MiniMax", "科大讯飞", "英伟达", "华为", "阶跃星辰", "百川智能", "零一万物", "面壁智能", "寒武纪", "摩尔线程", "旷视科技", "云从科技", "依图科技", "第四范式", "出门问问", "宇树科技", "优必选", "地平线", "黑芝麻智能", "壁仞科技", "燧原科技", "沐曦", "天数智芯", "昆仑万维", "三六零", "京东", "美团", "小米", "快手", "网易", "谷歌", "微软", "苹果", "亚马逊", "特斯拉", "Mistral", "Cohere", "xAI", "Perplexity", "软银", "红杉中国", "高瓴", "小鹏汽车", "理想汽车", "蔚来", "文远知行", "小马智行", "银河通用", "智元机器人", "深势科技", "晶泰科技", "思必驰", "云知声", "达观数据"]  # fmt: skip
_VERBS = ["发布", "开源", "推出", "升级", "下线", "测试", "采购", "投资", "收购", "评测"]
_OBJECTS = ["新一代大模型", "推理框架", "智能体平台", "视频生成工具", "代码助手", "语音模型", "训练芯片", "具身机器人", "搜索产品", "数据集", "云服务", "办公套件"]  # fmt: skip
PHRASES = ["向港交所递交招股书", "完成新一轮融资", "宣布与高校合作", "下调了接口价格", "通过上市聆讯", "收入同比增长", "亏损进一步收窄", "训练成本大幅下降", "海外用户超过预期", "获得多家机构投资", "调整了组织架构", "算力需求持续上升", "监管部门公布备案名单", *(verb + thing for verb in _VERBS for thing in _OBJECTS)]  # fmt: skip
EVENTS = ["funding", "results", "listing", "filing_submitted", "hearing_passed", "release", "partnership"]
FILLER = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"  # fmt: skip
FACETED = SearchRequest(query="智谱", facets=("company", "source", "event", "publisher"), histogram="day")
QUERIES = {
    "term, in a third": SearchRequest(query="openai"),
    "term, in a quarter": SearchRequest(query="智谱"),
    "term, common": SearchRequest(query="百度"),
    "term, rare": SearchRequest(query="面壁智能"),
    "one character": SearchRequest(query="谱"),
    "phrase": SearchRequest(query='"向港交所递交招股书"'),
    "phrase of four characters": SearchRequest(query='"算力需求"'),
    "phrase, rare": SearchRequest(query='"面壁智能向港交所递交"'),
    "phrase of two scripts": SearchRequest(query='"OpenAI完成新一轮融资"'),
    "two terms": SearchRequest(query="智谱 融资"),
    "boolean, dates, source, newest": SearchRequest(
        query="(智谱 OR 商汤科技) -百度",
        sources=("s1", "s2"),
        since=date(2025, 3, 1),
        until=date(2025, 9, 30),
        sort="newest",
    ),
    "four facets, histogram by day": FACETED,
    "four facets, histogram by month in New York": replace(FACETED, histogram="month", timezone="America/New_York"),
    "everything, newest": SearchRequest(query=""),
    "one a story": SearchRequest(query="智谱", collapse=True),
    "company filter only": SearchRequest(query="company:智谱"),
    "figure: metric and period": SearchRequest(query="figure:(metric:revenue period:2024)"),
    "figure: metric, value, period": SearchRequest(query="figure:(metric:revenue AND value:>990亿 AND period:2024)"),
    "by figure": SearchRequest(query="智谱", sort="figure:revenue"),
    "nearness": SearchRequest(query='"面壁智能 聆讯"~20'),
}
TYPICAL = SearchRequest(
    query='(智谱 OR 商汤科技) company:智谱 -百度 published:>=2025-12-01 "向港交所递交招股书"', sources=("s1",)
)
HOSTILE = [
    "(" * 10_000,
    "a " * 500_000,
    '"' * 1_999,
    "a*" * 900,
    "(a OR " * 300,
    "figure:" * 280,
    "~" * 2_000,
    "a:" * 999,
]


class _Paragraphs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "p":
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def sample_sentences() -> list[str]:
    """The sentences of our sample pages that are UTF-8 and in Chinese."""
    paragraphs: list[str] = []
    for page in sorted(SAMPLES.glob("*.html")):
        reader = _Paragraphs()
        reader.feed(page.read_bytes().decode("utf-8", "ignore"))
        paragraphs += reader.texts
    sentences = (sentence.strip() for paragraph in paragraphs for sentence in paragraph.split("。"))
    return [f"{sentence}。" for sentence in sentences if len(sentence) > 8 and not sentence.isascii()]


def generated(count: int, *, length: int, seed: int = 7) -> Iterator[Document]:
    """Documents of about `length` characters, one in five a repost of the one before it."""
    chance, samples = random.Random(seed), sample_sentences()
    weights = [1 / rank for rank in range(1, len(COMPANIES) + 1)]
    story = 0
    for seq in range(1, count + 1):
        about = chance.choices(COMPANIES, weights, k=2)
        amount = chance.randint(1, 999)
        sentences, size = [f"{about[0]}{chance.choice(PHRASES)}，收入{amount}亿元。"], 20
        while size < length:
            filler = "".join(chance.choices(FILLER, k=chance.randint(8, 30)))
            said = f"{chance.choice(about)}{chance.choice(PHRASES)}，{filler}。"
            sentences.append(chance.choice(samples) if chance.random() < 0.4 else said)
            size += len(sentences[-1])
        story += chance.random() > 0.2
        moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000))
        figure = DocumentFigure(
            metric="revenue", value=amount * 1e8, unit="CNY", period=str(chance.randint(2022, 2025)), subject=about[0]
        )
        yield Document(
            id=f"{seq:020d}",
            seq=seq,
            version=1,
            url=f"https://news.example/{seq}",
            title=about[0] + chance.choice(PHRASES),
            text="\n".join(sentences),
            source=f"s{chance.randint(0, 9)}",
            author=None,
            publisher=f"p{chance.randint(0, 99)}",
            published_at=moment,
            stored_at=moment,
            language="zh",
            mirror=False,
            companies=tuple(dict.fromkeys(about)),
            about=(about[0],),
            people=(),
            events=tuple({chance.choice(EVENTS) for _ in range(2)}),
            keywords=(),
            figures=(figure, replace(figure, metric=chance.choice(["net_loss", "users"]), value=float(amount))),
            story=f"{story:016x}",
            first_stored_at=moment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    wall: float  # seconds
    processor: float


def spent(action: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return Spent(wall=time.perf_counter() - wall, processor=time.process_time() - processor)


def fill(index: SearchIndex, *, count: int, length: int, batch: int) -> dict[str, object]:
    """Batches are made before the clock runs, one at a time, so that memory is the index's and not the generator's."""
    documents = generated(count, length=length)
    rounds = []
    while made := list(islice(documents, batch)):
        rounds.append(spent(lambda made=made: index.apply(made)))  # type: ignore[misc]  # one loop, one call
    status = index.status()
    return {
        "documents": status.documents,
        "characters": length,
        "documents/s": round(count / sum(one.wall for one in rounds)),
        "documents/processor s": round(count / sum(one.processor for one in rounds)),
        "disk, MB": round(status.size_bytes / 1e6),
        "peak memory of the process, MB": peak_memory(),
        "detail": status.detail.split(", ")[-1],
    }


def peak_memory() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def milliseconds(rounds: list[Spent]) -> dict[str, float]:
    """Percentiles of the wall, and the processor's median."""
    walls = sorted(one.wall * 1e3 for one in rounds)
    at = {name: walls[min(int(len(walls) * share), len(walls) - 1)] for name, share in (("p95", 0.95), ("p99", 0.99))}
    median = statistics.median(walls)
    processor = statistics.median(one.processor * 1e3 for one in rounds)
    return {name: round(value, 3) for name, value in {"p50": median, **at, "processor p50": processor}.items()}


def measure(action: Callable[[], object], *, rounds: int, at_most: float = 4.0) -> dict[str, float]:
    """After a warm-up; slow questions are asked less often, for `at_most` seconds in all."""
    one = spent(action)
    fitting = max(10, min(rounds, int(at_most / max(one.wall, 1e-6))))
    return milliseconds([spent(action) for _ in range(fitting)])


def until_visible(index: SearchIndex, reader: SearchIndex, *, rounds: int) -> dict[str, float]:
    """From handing over ten new documents until another handle on the same folder finds them."""
    first = index.position()
    made = list(generated(10 * rounds, length=120, seed=9))

    def once(number: int) -> None:
        new = [
            replace(
                document, id=f"new-{number}-{document.id}", seq=first + 1 + 10 * number + at, title=f"编号{number}号"
            )
            for at, document in enumerate(made[10 * number : 10 * number + 10])
        ]
        index.apply(new)
        while reader.search(SearchRequest(query=f"title:编号{number}号", limit=1)).total < 10:
            time.sleep(0.005)

    return milliseconds([spent(lambda number=number: once(number)) for number in range(rounds)])  # type: ignore[misc]


def ask(index: SearchIndex, name: str, request: SearchRequest, *, rounds: int) -> None:
    status, total = index.status(), index.search(request).total
    took = measure(lambda: index.search(request), rounds=rounds)
    report(query=name, share=round(total / max(status.documents, 1), 3), **took)


def refuse(query: str) -> None:
    try:
        plan(SearchRequest(query=query), aliases=lambda name, field: (name,), now=now())
    except QueryError:
        return
    raise AssertionError(f"taken: {query[:20]}")


def report(**facts: object) -> None:
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=20_000)
    options.add_argument(
        "--long", type=int, default=2_000, help="documents of 3,000 characters, in an index of their own"
    )
    options.add_argument("--length", type=int, default=120, help="characters of a text")
    options.add_argument("--engine", default="embedded")
    options.add_argument("--batch", type=int, default=2_500)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument(
        "--folder", type=Path, help="where the index is kept for the next run, which then only asks it"
    )
    given = options.parse_args()
    with ExitStack() as stack:
        folder = given.folder or stack.enter_context(tempfile.TemporaryDirectory())
        if given.long and not given.folder:
            long = open_index(given.engine, Path(folder) / "long")
            report(indexing=fill(long, count=given.long, length=3_000, batch=given.batch // 5))
            long.close()
        index = open_index(given.engine, Path(folder) / "short")
        if index.position() < given.documents:
            report(indexing=fill(index, count=given.documents, length=given.length, batch=given.batch))
        for name, request in QUERIES.items():
            ask(index, name, replace(request, highlight=False), rounds=given.rounds)
        ask(index, "term, common, with highlights", QUERIES["term, common"], rounds=given.rounds)
        reader = index if given.engine == "memory" else open_index(given.engine, Path(folder) / "short")
        report(visible=until_visible(index, reader, rounds=30))
        index.close()
    parse = measure(lambda: plan(TYPICAL, aliases=lambda name, field: (name,), now=now()), rounds=500)
    report(parse_and_plan=parse)
    for query in HOSTILE:
        report(hostile=query[:10], characters=len(query), **measure(lambda query=query: refuse(query), rounds=50))  # type: ignore[misc]
    report(**{"peak memory of the process, MB": peak_memory()})


if __name__ == "__main__":
    main()
