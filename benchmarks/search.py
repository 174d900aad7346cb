"""Search speed: indexes generated Chinese news and times queries, in one run. `python benchmarks/search.py --documents 300000`

`share` is the part of all documents that a query finds: the cost of most goes with it. Every number is of this machine and
this run. Beside the wall-clock milliseconds stand those of the processor: where they are far apart, something else was
running.

Rows named "drawn" are of a hundred different questions each: names as often as the news has them, phrases cut out of the
texts at random, conditions put together by chance. Each is asked three times and the best counts, as the engines were
compared when they were chosen; the percentiles are over the questions.

`--against http://127.0.0.1:9200` asks an Elasticsearch the same, over the same documents in the same run, each query first
here and then there; `ratio` is its median by ours, so above 1 the embedded index is faster.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from corpus import COMPANIES, generated
from names import ALIASES, names_found

from index.open import open_index
from index.query.plan import plan
from index.records import SearchIndex, SearchRequest
from zhiwen.errors import QueryError
from zhiwen.times import now

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
DRAWN = 100  # questions a row
_RUN_OF_CHINESE = re.compile("[\u4e00-\u9fff]{4,}")


def drawn_queries() -> dict[str, list[SearchRequest]]:
    """Other questions than the generator's seed would make, and the same in every run."""
    chance = random.Random(3)
    texts = [document.text for document in generated(2 * DRAWN, length=300, seed=11)]
    weights = [1 / rank for rank in range(1, len(COMPANIES) + 1)]
    names = chance.choices(COMPANIES, weights, k=DRAWN)
    plain = [SearchRequest(query=name) for name in names]
    return {
        "drawn names": plain,
        "drawn phrases": [SearchRequest(query=f'"{_cut(chance.choice(texts), chance)}"') for _ in range(DRAWN)],
        "drawn conditions, newest": [_conditions(chance, weights) for _ in range(DRAWN)],
        "drawn names, four facets, histogram": [replace(FACETED, query=one.query) for one in plain],
    }


def _different(chance: random.Random, weights: list[float]) -> list[str]:
    """Three names, as often as the news has them."""
    names = chance.choices(COMPANIES, weights, k=3)
    return names if len(set(names)) == len(names) else _different(chance, weights)


def _cut(text: str, chance: random.Random) -> str:
    """Four to nine characters of a running text."""
    run = chance.choice(_RUN_OF_CHINESE.findall(text))
    length = min(chance.randint(4, 9), len(run))
    start = chance.randint(0, len(run) - length)
    return str(run[start : start + length])


def _conditions(chance: random.Random, weights: list[float]) -> SearchRequest:
    one, other, without = _different(chance, weights)
    since = date(2025, 1, 1) + timedelta(days=chance.randint(0, 300))
    return SearchRequest(
        query=f"({one} OR {other}) -{without}",
        sources=tuple(f"s{number}" for number in chance.sample(range(10), chance.randint(1, 2))),
        since=since,
        until=since + timedelta(days=chance.randint(7, 270)),
        sort="newest",
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    wall: float  # seconds
    processor: float


def spent(action: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    action()
    return Spent(wall=time.perf_counter() - wall, processor=time.process_time() - processor)


def fill(index: SearchIndex, *, count: int, length: int, batch: int) -> dict[str, object]:
    """As `zhiwen index rebuild` does it, a batch in memory at a time. How fast that goes is measured by benchmarks/rebuild.py."""
    documents = generated(count, length=length)
    with index.replacement(sample=lambda: generated(count, length=length)) as fresh:
        while made := list(islice(documents, batch)):
            fresh.apply(made)
    status = index.status()
    return {
        "documents": status.documents,
        "characters": length,
        "disk, MB": round(status.size_bytes / 1e6),
        "peak memory of the process, MB": peak_memory(),
        "detail": status.detail.split(", ")[-1],
    }


def peak_memory() -> int:
    """MB. Not getrusage's: that of a fresh process begins with what its parent held."""
    (held,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return round(int(held.split()[1]) / 1024)


def milliseconds(rounds: list[Spent]) -> dict[str, float]:
    """Percentiles of the wall, and the processor's median."""
    walls = sorted(one.wall * 1e3 for one in rounds)
    at = {name: walls[min(int(len(walls) * share), len(walls) - 1)] for name, share in (("p95", 0.95), ("p99", 0.99))}
    median = statistics.median(walls)
    processor = statistics.median(one.processor * 1e3 for one in rounds)
    return {name: round(value, 3) for name, value in {"p50": median, **at, "processor p50": processor}.items()}


WARM_UP = 0.5  # seconds


def measure(action: Callable[[], object], *, rounds: int, at_most: float = 4.0) -> dict[str, float]:
    """After a warm-up, which compiles code and fills caches; slow questions are asked less often, for `at_most` seconds."""
    until = time.perf_counter() + WARM_UP
    one = spent(action)
    while time.perf_counter() < until:
        one = spent(action)
    fitting = max(10, min(rounds, int(at_most / max(one.wall, 1e-6))))
    return milliseconds([spent(action) for _ in range(fitting)])


def best_of_three(index: SearchIndex, requests: Sequence[SearchRequest]) -> dict[str, float]:
    """Each request asked once to warm up, then three times. Percentiles over the requests."""

    def best(request: SearchRequest) -> Spent:
        index.search(request)
        return min((spent(lambda: index.search(request)) for _ in range(3)), key=lambda one: one.wall)

    return milliseconds([best(request) for request in requests])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One index, and the one it is compared with."""

    index: SearchIndex
    other: SearchIndex | None
    rounds: int

    def everything(self) -> None:
        for name, request in QUERIES.items():
            self.ask(name, replace(request, highlight=False))
        self.ask("term, common, with highlights", QUERIES["term, common"])
        for name, requests in drawn_queries().items():
            self.ask_all(name, [replace(request, highlight=False) for request in requests])

    def ask(self, name: str, request: SearchRequest) -> None:
        held, total = self.index.status().documents, self.index.search(request).total
        took = measure(lambda: self.index.search(request), rounds=self.rounds)
        report(
            query=name, share=round(total / max(held, 1), 3), **took, **self._compared(request, total, ours=took["p50"])
        )

    def ask_all(self, name: str, requests: Sequence[SearchRequest]) -> None:
        held = max(self.index.status().documents, 1)
        totals = [self.index.search(request).total for request in requests]
        found = {"share": round(statistics.median(totals) / held, 3), "share, most": round(max(totals) / held, 3)}
        took = best_of_three(self.index, requests)
        told: dict[str, object] = {}
        if other := self.other:
            same = all(other.search(request).total == total for request, total in zip(requests, totals, strict=True))
            told = {**_beside(best_of_three(other, requests), ours=took["p50"]), "same totals": same}
        report(query=name, **found, **took, **told)

    def _compared(self, request: SearchRequest, total: int, *, ours: float) -> dict[str, object]:
        other = self.other
        if other is None:
            return {}
        theirs = measure(lambda: other.search(request), rounds=self.rounds)
        same = other.search(request).total == total
        return {**_beside(theirs, ours=ours), "same total": same}


def _beside(theirs: dict[str, float], *, ours: float) -> dict[str, object]:
    """What Elasticsearch took, without our process's part in it, and its median by `ours`."""
    told = {f"elasticsearch {name}": value for name, value in theirs.items() if not name.startswith("processor")}
    return {**told, "ratio": round(theirs["p50"] / ours, 2)}


@contextmanager
def elasticsearch(url: str, *, prefix: str, keep: bool) -> Iterator[SearchIndex]:
    """An index of ours at that server, gone afterwards."""
    from index.elastic.client import Server

    index = open_index(
        "elasticsearch", Path(), aliases=ALIASES, server=Server(urls=(url,), prefix=prefix, timeout=60.0)
    )
    try:
        yield index
    finally:
        index.close()
        if not keep:
            _delete(url, prefix)


def _delete(url: str, prefix: str) -> None:
    from elasticsearch import Elasticsearch

    with Elasticsearch(url) as client:
        for name in client.indices.get(index=f"{prefix}-*", expand_wildcards="all"):
            client.indices.delete(index=name)


def refuse(query: str) -> None:
    try:
        plan(SearchRequest(query=query), aliases=lambda name, field: (name,), now=now())
    except QueryError:
        return
    raise AssertionError(f"taken: {query[:20]}")


def report(**facts: object) -> None:
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def options() -> argparse.Namespace:
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--documents", type=int, default=20_000)
    known.add_argument("--length", type=int, default=120, help="characters of a text")
    known.add_argument("--engine", default="embedded", choices=["embedded", "memory"])
    known.add_argument("--against", metavar="URL", help="an Elasticsearch to compare with")
    known.add_argument("--batch", type=int, default=2_500)
    known.add_argument("--rounds", type=int, default=200)
    known.add_argument("--names", type=int, default=5_000, help="documents in which names are looked for; 0 for none")
    known.add_argument("--folder", type=Path, help="where the index is kept for the next run, which then only asks it")
    return known.parse_args()


def main() -> None:
    given = options()
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def opened(name: str) -> SearchIndex:
            return stack.enter_context(closing(open_index(given.engine, folder / name, aliases=ALIASES)))

        def opened_there(name: str) -> SearchIndex | None:
            prefix, keep = f"bench-{name}", bool(given.folder) and name == "short"
            return given.against and stack.enter_context(elasticsearch(given.against, prefix=prefix, keep=keep))

        index, other = opened("short"), opened_there("short")
        for engine, one in ((given.engine, index), ("elasticsearch", other)):
            if one and one.position() < given.documents:
                filled = fill(one, count=given.documents, length=given.length, batch=given.batch)
                report(indexing={"engine": engine, **filled})
        asked = Asked(index=index, other=other, rounds=given.rounds)
        asked.everything()
        if not given.folder:
            report(visible=until_visible(index, opened("short") if given.engine == "embedded" else index, rounds=30))
        for engine, one in ((given.engine, opened("names")), ("elasticsearch", opened_there("names"))):
            if one and given.names:
                look_for_names(engine, one, documents=given.names)
    measure_plans()
    report(**{"peak memory of the process, MB": peak_memory()})


def look_for_names(engine: str, index: SearchIndex, *, documents: int) -> None:
    index.clear()
    for found in names_found(index, documents=documents):
        report(engine=engine, **asdict(found))


def measure_plans() -> None:
    parse = measure(lambda: plan(TYPICAL, aliases=lambda name, field: (name,), now=now()), rounds=500)
    report(parse_and_plan=parse)
    for query in HOSTILE:
        report(hostile=query[:10], characters=len(query), **measure(lambda query=query: refuse(query), rounds=50))  # type: ignore[misc]


if __name__ == "__main__":
    main()
