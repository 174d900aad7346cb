"""No article that meets a query is without its required terms: a filter may leave out nothing that would alert."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.matching import Subject, evaluate
from index.query.ast import Or
from index.query.parser import parse
from index.query.plan import resolve
from index.records import Document
from index.required import required_terms
from zhiwen.folding import fold
from zhiwen.times import now

LONG = "a" * 80
ATOMS = [
    "智谱", "智譜", "谱", "的", "上市", "港股", "聆讯", "AI", "ai", "OpenAI", "GLM-4.5", "4.5", "1,000", "1000", "２，０２５", "2025",
    "24,377.5", "24377.5", "1,000,000", "10,00", "0123", "3亿", "①", "١٢٣٤", "ⅳ", LONG, LONG[:40], "1" * 70, "ab\u200bc", "\ud83d",
]  # fmt: skip
GLUE = ["", "", " ", "，", ",", ".", "-", "\n", "\u200b"]


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("智譜華章", [{"智谱华章"}]),
        ("OpenAI", [{"openai"}]),
        ("深度求索AI", [{"深度求索"}, {"ai"}]),
        ('"智谱，发布 GLM"', [{"智谱"}, {"发布"}, {"glm"}]),
        ("谱", [{"谱"}]),
        ("智谱 openai 智谱", [{"智谱"}, {"openai"}]),
        ("智谱 OR 聆讯", [{"智谱", "聆讯"}]),
        ("(智谱 OR 月之暗面) 完成融资", [{"智谱", "月之暗面"}, {"完成融资"}]),
        ("智谱 聆讯 OR 商汤 融资", [{"智谱", "商汤"}, {"智谱", "融资"}, {"聆讯", "商汤"}, {"聆讯", "融资"}]),
        (" OR ".join(f"(第{n} 融资)" for n in "甲乙丙丁戊"), [{"第甲", "第乙", "第丙", "第丁", "第戊"}]),
        ('"智谱 港交所聆讯"~20', [{"智谱"}, {"港交所聆讯"}]),
        ("deep*", [{"deep"}]),
        ("4.5", [{"4.5"}]),
        ("24377.5", [{"24377.5", "24,377.5"}]),
        ("1000000", [{"1000000", "1,000,000"}]),
        ("智谱^3", [{"智谱"}]),
        ("智谱 -聆讯", [{"智谱"}]),
        ("智谱 company:商汤 opanai~", [{"智谱"}]),
        ("202*", []),
        ("opanai~", []),
        (LONG, []),
        ("NOT 智谱", []),
        ("智谱 OR source:hkex", []),
        ("智谱 OR opanai~", []),
        ("company:智谱", []),
        ("published:7d", []),
        ("", []),
    ],
)
def test_the_clauses_of_a_query(query: str, clauses: list[set[str]]) -> None:
    assert list(required_terms(parse(query).root)) == clauses


def test_what_nothing_meets_requires_what_nothing_holds() -> None:
    assert required_terms(Or(children=())) == (frozenset(),)


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice(ATOMS) + chance.choice(GLUE) for _ in range(chance.randint(0, longest)))


def _leaf(chance: random.Random) -> str:
    words = [word for word in ATOMS if word not in ("ab\u200bc", "\ud83d")]
    phrase = "".join(chance.choice(words) + chance.choice(GLUE) for _ in range(chance.randint(1, 3)))
    return chance.choice(
        [
            f'"{chance.choice(words)}"',
            f'"{phrase}智"',
            f'"{chance.choice(words)} {chance.choice(words)}"~{chance.randint(0, 6)}',
            chance.choice(["gl*", "a*", "open*", "4*", "智*", "10*", f"{LONG[:40]}*", "智谱AI*"]),
            "opnai~",
            f'title:"{chance.choice(words)}"',
            "mirror:true",
        ]
    )


def _query(chance: random.Random, depth: int = 0) -> str:
    if depth > 2 or chance.random() < 0.4:
        return _leaf(chance)
    joined = chance.choice([" ", " OR "]).join(_query(chance, depth + 1) for _ in range(chance.randint(2, 3)))
    return chance.choice([f"({joined})", f"({joined})", f"NOT ({joined})"])


@given(st.integers(0, 10**9))
@settings(max_examples=300, deadline=None)
def test_what_meets_a_query_holds_a_term_of_every_clause(documents: Callable[..., list[Document]], seed: int) -> None:
    chance = random.Random(seed)
    texts = [{"title": _text(chance, 2), "text": _text(chance, 8)} for _ in range(12)]
    for _ in range(8):
        node = resolve(parse(_query(chance)).root, aliases=lambda name, field: (name,), now=now())
        required = required_terms(node)
        for document in documents(*texts):
            if evaluate(node, Subject(document)) is not None:
                held = fold(f"{document.title}\n{document.text}")
                assert all(any(term in held for term in clause) for clause in required), (node, held)
