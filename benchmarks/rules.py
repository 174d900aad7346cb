"""Alert speed with rules that are queries and nothing else: `python benchmarks/rules.py --rules 1000 10000`

    naive        each rule is asked about each article, and makes of it what it needs by itself
    shared       as naive; the rules share what was folded and analysed of an article
    prefiltered  only rules whose required words stand in the article are asked, and share what they need

Texts and rules are put together from our own phrases with a fixed seed. The alerts of all three are counted and must be
the same, so a fast wrong answer shows. Naive and shared look at fewer articles: they would take minutes.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from alerts.decide import alerts_for
from alerts.ports import CompiledQuery, QueryMatch, QueryMatcher
from alerts.ruleset import Rule, RuleSet
from index.matching import Subjects, compile_query
from nlp.records import Article
from store.records import StoredArticle

SYLLABLES = "智星云海澜微光宇芯图灵岚峰川瀚思为普联拓启元创深远博睿科达维信通天元同方正泰华越恒盛新安瑞嘉凯迪"
PHRASES = ["发布新一代大模型", "向港交所递交招股书", "完成新一轮融资", "宣布与高校合作", "开源了推理框架", "下调了接口价格", "通过上市聆讯", "收入同比增长", "推出智能体平台", "训练成本大幅下降", "获得多家机构投资", "调整了组织架构"]  # fmt: skip
FILLER = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"  # fmt: skip
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _names(count: int, chance: random.Random) -> list[str]:
    """Companies: three or four characters of Chinese, one in five with a latin word."""
    names: dict[str, None] = {}
    while len(names) < count:
        name = "".join(chance.choices(SYLLABLES, k=chance.choice([3, 4])))
        names[f"{name}AI" if chance.random() < 0.2 else name] = None
    return list(names)


def queries(names: list[str], chance: random.Random) -> Iterator[str]:
    for name in names:
        other, phrase = chance.choice(names), chance.choice(PHRASES)
        yield chance.choice(
            [name, f"{name} OR {other}", f'{name} "{phrase}"', f'"{name} {phrase}"~20', f"{name} -{other}"]
        )


def articles(count: int, names: list[str], *, length: int, chance: random.Random) -> Iterator[StoredArticle]:
    """Articles of about `length` characters, each about two companies of those."""
    for seq in range(1, count + 1):
        about = chance.choices(names, k=2)
        text = ""
        while len(text) < length:
            filler = "".join(chance.choices(FILLER, k=chance.randint(8, 30)))
            text += f"{chance.choice(about)}{chance.choice(PHRASES)}，{filler}{chance.randint(1, 9999):,}亿元。\n"
        url, title = f"https://news.example/{seq}", about[0] + chance.choice(PHRASES)
        article = Article(
            url=url, canonical_url=url, source="example", title=title, fetched_at=NOW, language="zh", text=text, fingerprint="f"
        )  # fmt: skip
        yield StoredArticle(id=str(seq), version=1, seq=seq, stored_at=NOW, first_stored_at=NOW, article=article)


def compiled(query: str, *, subjects: Subjects | None, prefiltered: bool) -> QueryMatcher:
    """As the composition root joins index and alerts."""
    match = compile_query(query, subjects=subjects)

    def matched(article: Article) -> QueryMatch | None:
        found = match(article)
        return QueryMatch(spans=found.spans) if found else None

    return CompiledQuery(matches=matched, required=match.required if prefiltered else ())


def rule_set(texts: list[str], *, subjects: Subjects | None, prefiltered: bool = False) -> RuleSet:
    return RuleSet(
        [
            Rule(id=f"r{number}", name=query, channels=("inbox",), query=query,
                 matcher=compiled(query, subjects=subjects, prefiltered=prefiltered))
            for number, query in enumerate(texts)
        ]
    )  # fmt: skip


def measured(rules: RuleSet, stored: list[StoredArticle]) -> dict[str, object]:
    alerts_for(stored[-1], rules, NOW)  # builds the automaton and the fold's table
    begin = time.perf_counter()
    alerts = [len(alerts_for(each, rules, NOW)) for each in stored]
    seconds = time.perf_counter() - begin
    return {"articles_a_second": round(len(stored) / seconds, 1), "articles": len(stored), "alerts": alerts}


def compared(count: int, *, length: int, seconds_of_naive: float) -> dict[str, object]:
    chance = random.Random(7)
    names = _names(count, chance)
    texts = list(queries(names, chance))
    stored = list(articles(2000, names, length=length, chance=chance))
    few = stored[: max(2, int(seconds_of_naive * 4_000 / count))]
    begin = time.perf_counter()
    fast = rule_set(texts, subjects=Subjects(), prefiltered=True)
    loaded = time.perf_counter() - begin
    results = {
        "naive": measured(rule_set(texts, subjects=None), few),
        "shared": measured(rule_set(texts, subjects=Subjects()), few),
        "prefiltered": measured(fast, stored),
    }
    alerts = {way: result.pop("alerts") for way, result in results.items()}
    for way in ("naive", "shared"):
        assert alerts[way] == alerts["prefiltered"][: len(few)], way  # type: ignore[index]
    total = sum(alerts["prefiltered"])  # type: ignore[call-overload]
    return {"rules": count, "compile_seconds": round(loaded, 2), "alerts": total, **results}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--length", type=int, default=1000, help="characters of an article")
    parser.add_argument("--naive-seconds", type=float, default=5, help="roughly, of each of the slow ways")
    given = parser.parse_args()
    for count in given.rules:
        print(
            json.dumps(compared(count, length=given.length, seconds_of_naive=given.naive_seconds), ensure_ascii=False)
        )


if __name__ == "__main__":
    main()
