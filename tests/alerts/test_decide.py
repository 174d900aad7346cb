from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import alert_id, alerts_for, match, sentence_around
from alerts.ruleset import EventCondition, Rule, RuleSet
from nlp.records import Article, Entity, Event
from store.records import StoredArticle

HEARING = ("hearing_passed", "岚图智能", "通过港交所聆讯")


@pytest.fixture
def hearing(make_stored):
    """岚图智能 passed its hearing; 云栈科技 is mentioned beside it."""
    return make_stored(
        text="市场近日活跃。岚图智能今日通过港交所聆讯。云栈科技是其客户。",
        companies=("岚图智能", "云栈科技"),
        events=(HEARING,),
        about=("岚图智能",),
    )


MET = [
    pytest.param({"query": "通过港交所"}, id="query"),
    pytest.param({"companies": ["云栈科技"]}, id="company mentioned"),
    pytest.param({"companies": ["岚图智能"], "about_only": True}, id="company it is about"),
    pytest.param({"companies": ["无名", "岚图智能"]}, id="one of several companies"),
    pytest.param({"events": ["hearing_passed"]}, id="event"),
    pytest.param({"events": ["listed", "hearing_passed"]}, id="one of several events"),
    pytest.param({"events": ["hearing_passed"], "companies": ["岚图智能"]}, id="event of the company"),
    pytest.param({"events": ["hearing_passed"], "about_only": True}, id="event of the company it is about"),
    pytest.param({"sources": ["example"]}, id="source"),
    pytest.param({"query": "客户", "companies": ["云栈科技"], "sources": ["example", "x"]}, id="several conditions"),
]
NOT_MET = [
    pytest.param({"query": "递表"}, id="query"),
    pytest.param({"companies": ["智谱"]}, id="company not there"),
    pytest.param({"companies": ["云栈科技"], "about_only": True}, id="mentioned, not about"),
    pytest.param({"events": ["listed"]}, id="other event"),
    pytest.param({"events": ["hearing_passed"], "companies": ["云栈科技"]}, id="event of another company"),
    pytest.param({"sources": ["other"]}, id="other source"),
    pytest.param({"query": "客户", "companies": ["智谱"]}, id="one of two conditions fails"),
    pytest.param({"query": "无此词", "events": ["hearing_passed"]}, id="query fails after event"),
]


@pytest.mark.parametrize("conditions", MET)
def test_rule_is_met_when_all_its_conditions_hold(make_rule, hearing, conditions) -> None:
    rule = make_rule(**conditions)

    assert match(rule, hearing) is not None
    assert RuleSet([rule]).candidates(hearing.article) == [rule]


@pytest.mark.parametrize("conditions", NOT_MET)
def test_rule_is_not_met_when_one_condition_fails(make_rule, hearing, conditions) -> None:
    assert match(make_rule(**conditions), hearing) is None


@pytest.mark.parametrize("modality", ["planned", "rumoured", "denied", "past"])
def test_rumour_is_not_a_filing(make_rule, make_stored, modality: str) -> None:
    rumour = make_stored(events=((*HEARING, modality),))

    assert match(make_rule(events=["hearing_passed"]), rumour) is None
    wanted = EventCondition(type="hearing_passed", modalities=frozenset({modality}))
    assert match(make_rule(events=[wanted]), rumour) is not None


def test_event_without_company_is_that_of_the_main_company(make_rule, make_stored) -> None:
    """`公司今日通过聆讯` names nobody: whoever the article is about did it."""
    stored = make_stored(events=(("hearing_passed", None, "通过港交所聆讯"),), about=("岚图智能", "云栈科技"))

    assert match(make_rule(events=["hearing_passed"], companies=["岚图智能"]), stored) is not None
    assert match(make_rule(events=["hearing_passed"], companies=["云栈科技"]), stored) is None


def test_company_that_only_the_analysis_names_is_there(make_rule, make_stored) -> None:
    """`它` did it, and the event knows who that is: the prefilter and the rule must agree."""
    stored = make_stored(text="它通过聆讯。", title="快讯", events=(("hearing_passed", "岚图智能", "通过聆讯"),))
    rule = make_rule(companies=["岚图智能"], events=["hearing_passed"])

    assert match(rule, stored) is not None
    assert RuleSet([rule]).candidates(stored.article) == [rule]


def test_event_without_any_company_is_not_about_one(make_rule, make_stored) -> None:
    stored = make_stored(events=(("hearing_passed", None, "通过港交所聆讯"),))

    assert match(make_rule(events=["hearing_passed"], about_only=True), stored) is None
    assert match(make_rule(events=["hearing_passed"]), stored) is not None


@pytest.mark.parametrize(("type_", "met"), [("COMPANY", True), ("INVESTOR", True), ("PRODUCT", False), ("ORG", False)])
def test_only_companies_are_companies(make_rule, make_stored, type_: str, met: bool) -> None:
    """A product may bear its maker's name, and no rule about companies means an exchange."""
    stored = make_stored(companies=("岚图智能",))
    entity = replace(stored.article.entities[0], type=type_)
    stored = replace(stored, article=replace(stored.article, entities=(entity,)))

    assert (match(make_rule(companies=["岚图智能"]), stored) is not None) == met


def test_mirror_is_left_out_only_where_the_rule_says_so(make_rule, make_stored) -> None:
    mirror = make_stored(mirror=True)

    assert match(make_rule(query="聆讯"), mirror) is not None
    assert match(make_rule(query="聆讯", exclude_mirrors=True), mirror) is None


def test_evidence_is_the_words_in_their_sentence(make_rule, hearing) -> None:
    (evidence,) = match(make_rule(events=["hearing_passed"]), hearing)

    assert evidence.kind == "event"
    assert evidence.text == "通过港交所聆讯"
    assert evidence.sentence == "岚图智能今日通过港交所聆讯。"
    assert hearing.article.text[evidence.start : evidence.end] == "通过港交所聆讯"


def test_each_condition_gives_its_evidence(make_rule, hearing) -> None:
    rule = make_rule(events=["hearing_passed"], companies=["岚图智能"], query="岚图智能")
    kinds = [evidence.kind for evidence in match(rule, hearing)]

    assert kinds == ["event", "company", "query", "query"]


def test_evidence_in_the_title_has_no_offsets_into_the_text(make_rule, make_stored) -> None:
    stored = make_stored(title="独家：岚图智能通过聆讯", text="正文。", about=("岚图智能",))
    (query,) = match(make_rule(query="独家"), stored)
    (company,) = match(make_rule(companies=["岚图智能"]), stored)

    assert (query.text, query.sentence, query.start, query.end) == ("独家", stored.article.title, None, None)
    assert (company.text, company.sentence, company.start) == ("岚图智能", stored.article.title, None)


def test_many_occurrences_give_a_few_pieces_of_evidence(make_rule, make_stored) -> None:
    text = "".join(f"第{number}次聆讯。" for number in range(1000))

    assert len(match(make_rule(query="聆讯"), make_stored(text=text, title=""))) == 5


def test_same_words_in_the_same_sentence_are_evidence_once(make_rule, make_stored) -> None:
    evidence = match(make_rule(query="亿元"), make_stored(text="收入3亿元，利润1亿元。现金9亿元。", title=""))

    assert [each.sentence for each in evidence] == ["收入3亿元，利润1亿元。", "现金9亿元。"]


def test_alert_says_what_met_and_where_it_goes(make_rule, hearing, now) -> None:
    rules = RuleSet([make_rule("filings", events=["hearing_passed"], channels=("inbox", "ops"))])
    ((alert, channels),) = alerts_for(hearing, rules, now)

    assert channels == ("inbox", "ops")
    assert (alert.rule, alert.article_id, alert.seq, alert.created_at) == ("filings", hearing.id, hearing.seq, now)
    assert alert.companies == ("岚图智能", "云栈科技")
    assert alert.events == ("hearing_passed",)


def test_alert_id_depends_on_rule_and_article_only(make_rule, hearing, make_stored, now) -> None:
    """It is the Idempotency-Key: another time or version must not make another one."""
    rules = RuleSet([make_rule("a", query="聆讯"), make_rule("b", query="聆讯")])
    first = [alert.id for alert, _ in alerts_for(hearing, rules, now)]
    again = [alert.id for alert, _ in alerts_for(make_stored(9, id=hearing.id, version=2), rules, now)]

    assert first == again == [alert_id("a", hearing.id), alert_id("b", hearing.id)]
    assert first[0] != first[1]


def test_disabled_rule_is_no_candidate(make_rule, hearing, now) -> None:
    assert alerts_for(hearing, RuleSet([make_rule(query="聆讯", enabled=False)]), now) == []


TEXTS = st.text(alphabet="智谱通过聆讯。！？!?\n .；”a1…", max_size=600)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_sentence_holds_the_words_and_stands_in_the_text(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    sentence = sentence_around(text, start, end)

    assert sentence in text
    assert text[start:end].strip() in sentence


def test_decimal_point_ends_no_sentence() -> None:
    text = "Revenue rose 1.5% to 3.2 billion. Shares fell."

    assert sentence_around(text, 0, 7) == "Revenue rose 1.5% to 3.2 billion."


def test_text_without_sentences_is_cut_around_the_words() -> None:
    text = "甲" * 5000 + "聆讯" + "乙" * 5000
    sentence = sentence_around(text, 5000, 5002)

    assert sentence == "甲" * 200 + "聆讯" + "乙" * 200


# ── the prefilter ────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["甲", "乙", "丙"])
KINDS = st.sampled_from(["listed", "hearing_passed"])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_rule_that_is_met_is_filtered_out(
    data: st.DataObject,
) -> None:
    """The index over rules may only save work."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    types = st.sampled_from(["COMPANY", "INVESTOR", "ORG", "PRODUCT"])
    entities = st.builds(
        Entity,
        text=NAMES,
        start=st.just(0),
        end=st.just(1),
        type=types,
        canonical=st.none() | NAMES,
        found_by=st.just("t"),
    )
    events = st.builds(
        Event, type=KINDS, company=st.none() | NAMES, date=st.none(), start=st.just(0), end=st.just(1),
        trigger=st.just("x"), modality=st.sampled_from(["fact", "rumoured"]),
    )  # fmt: skip
    article = Article(
        url="u", canonical_url="u", source="s", title="t", fetched_at=moment, language="zh", text="x", fingerprint="f",
        about=tuple(data.draw(st.lists(NAMES, unique=True))), entities=tuple(data.draw(st.lists(entities, max_size=4))),
        events=tuple(data.draw(st.lists(events, max_size=3))),
    )  # fmt: skip
    rule = Rule(
        id="r", name="r", channels=("c",), companies=frozenset(data.draw(st.lists(NAMES))),
        events=tuple(EventCondition(type=kind) for kind in data.draw(st.lists(KINDS, unique=True))),
        about_only=data.draw(st.booleans()),
    )  # fmt: skip
    stored = StoredArticle(id="a", version=1, seq=1, stored_at=moment, first_stored_at=moment, article=article)

    if match(rule, stored) is not None:
        assert RuleSet([rule]).candidates(article) == [rule]
