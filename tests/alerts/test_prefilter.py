"""Rules are skipped by the words they need, and nobody may notice but the clock."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from alerts.decide import alert_of, alerts_for
from alerts.ports import CompiledQuery, QueryMatch
from alerts.ruleset import Rule, RuleSet
from index.matching import Subjects, compile_query
from nlp.records import Article
from store.records import StoredArticle

ATOMS = ["智谱", "智譜", "谱", "月之暗面", "聆訊", "聆讯", "融资", "OpenAI", "AI", "GLM-4.5", "4.5", "1,000", "1000", "港股", "\ud83d"]  # fmt: skip
GLUE = ["", "", " ", "，", "\n", "-"]


def compiled(query: str, *, subjects: Subjects | None = None) -> CompiledQuery:
    """As the composition root joins index and alerts."""
    match = compile_query(query, subjects=subjects)

    def matched(article: Article) -> QueryMatch | None:
        found = match(article)
        return QueryMatch(spans=found.spans) if found else None

    return CompiledQuery(matches=matched, required=match.required)


def rule(id_: str, query: str, *, subjects: Subjects | None = None, **fields: object) -> Rule:
    matcher = compiled(query, subjects=subjects)
    return Rule(id=id_, name=id_, channels=("inbox",), query=query, matcher=matcher, **fields)  # type: ignore[arg-type]


def _text(chance: random.Random, longest: int) -> str:
    return "".join(chance.choice(ATOMS) + chance.choice(GLUE) for _ in range(chance.randint(0, longest)))


def _query(chance: random.Random) -> str:
    words = [f'"{chance.choice(ATOMS[:-1])}{chance.choice(["", "AI", "的"])}"' for _ in range(chance.randint(1, 3))]
    joined = chance.choice([" ", " OR ", " -"]).join(words)
    return chance.choice([joined, joined, f"NOT ({joined})", f"title:({joined})", f"{joined} OR source:example"])


@pytest.mark.parametrize("seed", range(40))
def test_skipping_rules_changes_no_alert(make_stored: Callable[..., StoredArticle], now, seed: int) -> None:
    chance = random.Random(seed)
    subjects = Subjects()
    queries = [_query(chance) for _ in range(25)]
    skipping = RuleSet([rule(f"r{number}", query, subjects=subjects) for number, query in enumerate(queries)])
    asking = [rule(f"r{number}", query) for number, query in enumerate(queries)]
    for seq in range(1, 9):
        stored = make_stored(seq, title=_text(chance, 2), text=_text(chance, 8))

        naive = [alert for each in asking if (alert := alert_of(each, stored, now=now))]

        assert [alert for alert, _ in alerts_for(stored, skipping, now)] == naive


def test_only_rules_whose_words_are_there_are_asked(make_article: Callable[..., Article]) -> None:
    rules = RuleSet(
        [
            rule("here", "聆讯"),
            rule("inside", "岚图"),  # 岚图智能 is required by another rule, and both stand there
            rule("both", "岚图智能"),
            rule("traditional", "聆訊 OR 遞表"),
            rule("elsewhere", "融资"),
            rule("half", "岚图智能 融资"),
            rule("half of either", "(岚图智能 融资) OR (聆讯 递表)"),
            rule("one of each", "(聆讯 OR 递表) (融资 OR 岚图)"),
            rule("title only", "title:通过聆讯"),
            rule("without words", "NOT 融资"),
            rule("off", "聆讯", enabled=False),
        ]
    )

    candidates = [each.id for each in rules.candidates(make_article("岚图智能的聆讯。"))]

    assert candidates == ["here", "inside", "both", "traditional", "one of each", "title only", "without words"]


def test_a_matcher_without_promises_is_always_asked(make_article, make_rule) -> None:
    rules = RuleSet([make_rule("plain", query="融资")])

    assert [each.id for each in rules.candidates(make_article("聆讯。"))] == ["plain"]


def test_a_matcher_that_nothing_meets_is_never_asked(make_article) -> None:
    never = CompiledQuery(matches=lambda article: None, required=(frozenset(),))
    rules = RuleSet([Rule(id="never", name="never", channels=("inbox",), query="x", matcher=never)])

    assert rules.candidates(make_article("聆讯。")) == []


def test_an_article_is_folded_once_for_all_its_rules(make_article, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a thousand rules on one article cost a thousand look-ups, not a thousand analyses."""
    import index.matching

    folded: list[str] = []
    monkeypatch.setattr(index.matching, "fold", lambda text: folded.append(text) or text)
    subjects = Subjects()
    matchers = [compile_query(query, subjects=subjects) for query in ("聆讯", "岚图", "智能", "OpenAI", "聆讯 港交所")]
    first, second = make_article("岚图智能聆讯。"), make_article("岚图智能聆讯。")

    for article in (first, second, first):
        assert [matcher(article) is not None for matcher in matchers] == [True, True, True, False, False]

    assert len(folded) == 6  # title and text, three times over
