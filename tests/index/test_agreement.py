"""The readers of the syntax tree agree: for random queries over random documents, every engine answers as memory does.

Memory asks the matcher that alert rules use, so rules agree with them too. ZHIWEN_AGREEMENT_PAIRS sets the number of
pairs for each engine.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from index import common_phrases
from index.records import Document, DocumentFigure, Highlight, SearchIndex, SearchRequest, SearchResult
from zhiwen.errors import QueryError

PAIRS = int(os.environ.get("ZHIWEN_AGREEMENT_PAIRS", "2000"))
OTHERS = ["embedded", pytest.param("elasticsearch_9", marks=pytest.mark.elasticsearch)]
PER_CORPUS = 40
ATOMS = [
    "智谱",
    "智譜",
    "谱",
    "智",
    "的",
    "上市",
    "港股",
    "AI",
    "ai",
    "AIGC",
    "OpenAI",
    "GLM",
    "GLM-4.5",
    "4.5",
    "4",
    "1,000",
    "3亿",
]
GLUE = ["", "", "", " ", "，", "\n", "-", "。", "、"]
WORDS = ["openai", "opnai", "glm", "gml", "aigc", "deep", "aigcx"]
SORTS = ["relevance", "newest", "figure:revenue"]
START = datetime(2025, 12, 1, tzinfo=UTC)


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice(ATOMS) + chance.choice(GLUE) for _ in range(chance.randint(0, longest)))


def _corpus(chance: random.Random, documents: Callable[..., list[Document]]) -> list[Document]:
    return documents(
        *(
            {
                "title": _text(chance, 3),
                "text": _text(chance, 12),
                "companies": tuple(chance.sample(["智谱", "阿里巴巴", "OpenAI"], chance.randint(0, 2))),
                "source": chance.choice("ab"),
                "grade": chance.choice(["filing", "media"]),
                "story": chance.choice(["", "s1", "s2", "s3"]),
                "keywords": tuple(chance.choices(["k1", "K1", "k2", "k3", *ATOMS], k=chance.randint(0, 4))),
                "figures": tuple(_figure(chance) for _ in range(chance.randint(0, 4))),
                "first_stored_at": START + timedelta(minutes=chance.randint(0, 3)),
                "mirror": chance.random() < 0.3,
                "published_at": None if chance.random() < 0.2 else START + timedelta(hours=chance.randint(0, 200)),
            }
            for _ in range(25)
        )
    )


def _figure(chance: random.Random) -> DocumentFigure:
    return DocumentFigure(
        metric=chance.choice([None, "revenue", "users"]),
        value=chance.choice([-1e8, 0.0, 1.0, 30.0, 1e8, 3e8, 3.5e8, 2e12]),
        unit=chance.choice(["CNY", "USD", "%"]),
        period=chance.choice([None, "2024", "2025H1"]),
        subject=chance.choice([None, "智谱", "OpenAI"]),
    )


def _about_a_figure(chance: random.Random, depth: int = 0) -> str:
    if depth > 1 or chance.random() < 0.5:
        return chance.choice(
            [
                chance.choice(["revenue", "metric:users", "metric:revenue"]),
                f"value:{chance.choice(['>', '>=', '<', '<=', ''])}{chance.choice(['0', '1亿', '3亿', '30', '30%', '3亿美元'])}",
                f"value:{chance.choice(['', '0', '1亿'])}..{chance.choice(['3亿', '2万亿'])}",
                f"period:{chance.choice(['2024', '2025H1'])}",
                f"unit:{chance.choice(['元', 'USD', '%'])}",
                f"{chance.choice(['subject', '公司'])}:{chance.choice(['智譜AI', 'openai'])}",
            ]
        )
    joined = chance.choice([" ", " AND ", " OR "]).join(
        _about_a_figure(chance, depth + 1) for _ in range(chance.randint(2, 3))
    )
    return chance.choice([f"({joined})", f"NOT ({joined})", f"({joined})"])


def _leaf(chance: random.Random) -> str:
    phrase = "".join(chance.choice(ATOMS) + chance.choice(GLUE) for _ in range(chance.randint(1, 3)))
    return chance.choice(
        [
            chance.choice(ATOMS),
            chance.choice(ATOMS),
            f'"{phrase}"',
            f'"{chance.choice(ATOMS)} {chance.choice(ATOMS)}"~{chance.randint(0, 6)}',
            f'"{chance.choice(ATOMS)} {chance.choice(ATOMS)} {chance.choice(ATOMS)}"~{chance.randint(0, 9)}',
            chance.choice(["gl*", "a*", "open*", "GLM-4*", "4*", "智*", "1*"]),
            chance.choice(WORDS) + chance.choice(["~", "~1", "~2"]),
            f"title:{chance.choice(ATOMS)}",
            f"text:{chance.choice(ATOMS)}",
            f'{chance.choice(["title", "text"])}:"{phrase}"',
            f'("{phrase}" OR {chance.choice(ATOMS)}) source:{chance.choice("ab")} published:>=2025-12-05',
            f"company:{chance.choice(['智譜AI', '阿里', 'openai', '没有'])}",
            f"source:{chance.choice('ab')}",
            "mirror:true",
            f"figure:({_about_a_figure(chance)})",
            f"figure:({_about_a_figure(chance)})",
            f"grade:{chance.choice(['filing', 'media'])}",
            f"story:{chance.choice(['s1', 's2'])}",
            f"{chance.choice(ATOMS[:2])}：{chance.choice(ATOMS)}",
            f"published:{chance.choice(['>=', '>', '<', '<=', ''])}2025-12-0{chance.randint(1, 9)}",
            f"{chance.choice(ATOMS)}^{chance.randint(1, 9)}",
        ]
    )


def _query(chance: random.Random, depth: int = 0) -> str:
    if depth > 2 or chance.random() < 0.4:
        return _leaf(chance)
    joined = chance.choice([" ", " AND ", " OR "]).join(_query(chance, depth + 1) for _ in range(chance.randint(2, 3)))
    return chance.choice([f"({joined})", f"NOT ({joined})", f"-{_leaf(chance)} ({joined})"])


def _stories(index: SearchIndex, request: SearchRequest) -> list[str]:
    """The hits of three pages by cursor, one a story."""
    given: list[str] = []
    request = replace(request, limit=3, collapse=True, facets=(), histogram=None)
    for _ in range(3):
        result = index.search(request)
        given += [hit.id for hit in result.hits]
        if result.cursor is None:
            break
        request = replace(request, cursor=result.cursor)
    return given


def _request(chance: random.Random) -> SearchRequest:
    return SearchRequest(
        query=_query(chance),
        sources=tuple(chance.choice([(), (), ("a",), ("a", "b"), ("c",)])),
        since=chance.choice([None, None, date(2025, 12, 3)]),
        limit=100,
        sort=chance.choice(SORTS),
        facets=("company", "source", "keyword", "grade"),
        facet_size=chance.choice([1, 2, 10]),
        histogram=chance.choice([None, "day", "week", "month"]),
        timezone=chance.choice(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]),
        highlight=chance.random() < 0.5,
    )


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("seed", range(max(1, PAIRS // PER_CORPUS)))
def test_engines_give_the_same_answers(
    seed: int,
    other: str,
    open_engine: Callable[..., SearchIndex],
    documents: Callable[..., list[Document]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if learning := seed % 2 == 0:  # whatever stands in two of the documents is a phrase by itself
        for name, value in {
            "_READ_AT_LEAST": 0,
            "_COMMON_AT_LEAST": 2,
            "_VERY_COMMON": 0.0,
            "_ROOM": 100.0,
            "_ROOM_AT_MOST": 1e9,
        }.items():
            monkeypatch.setattr(common_phrases, name, value)
    chance = random.Random(seed)
    from_lexicon = {"智譜AI": "智谱", "阿里": "阿里巴巴"}
    memory, engine = (
        open_engine(name, aliases=lambda name, field: (from_lexicon.get(name, name),)) for name in ("memory", other)
    )
    corpus = _corpus(chance, documents)
    for index in (memory, engine):
        index.apply(corpus[:15])  # two commits: more than one segment
        index.apply(corpus[15:])
    if other == "embedded":
        assert (" 0 phrases by themselves" not in engine.status().detail) == learning
    some = 0
    for _ in range(PER_CORPUS):
        request = _request(chance)
        try:
            expected, actual = memory.search(request), engine.search(request)
        except QueryError as error:
            pytest.fail(f"{request.query}: {error}")

        assert _shown(actual) == _shown(expected), request.query
        assert actual.total == expected.total == len(expected.hits)
        assert (actual.facets, actual.histogram) == (expected.facets, expected.histogram), request.query
        if request.sort != "relevance":
            assert [hit.id for hit in actual.hits] == [hit.id for hit in expected.hits], request.query
            assert _stories(engine, request) == _stories(memory, request), request.query
        some += 0 < expected.total < len(corpus)
    assert some > PER_CORPUS // 4  # neither everything nor nothing, often enough to mean something


def _shown(result: SearchResult) -> dict[str, tuple[Highlight, ...]]:
    return {hit.id: hit.highlights for hit in result.hits}
