"""Whether a rule meets an article, and the alert that follows. Pure: nothing is read, written or sent here.

StoredArticle ─ candidates ─▶ Rule ─ match ─▶ Evidence ─▶ Alert
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from alerts.records import Alert, Evidence
from alerts.ruleset import EventCondition, Rule, RuleSet, mention, mentioned_companies
from nlp.records import Article, Event
from store.records import StoredArticle

# An alert is read on a phone: enough to judge by, not every occurrence. The article has the rest.
_EVIDENCE_OF_A_KIND = 5
# Text without sentence ends (tables, lists run together) is cut this far on either side of the words.
_SENTENCE_REACH = 200
_SENTENCE_END = re.compile(r"[。！？!?；]+[”’」』）)\"']*|\.(?=\s)|\n")


def alerts_for(stored: StoredArticle, rules: RuleSet, now: datetime) -> list[tuple[Alert, tuple[str, ...]]]:
    """All alerts of one article, each with the channels it goes to."""
    met = ((rule, alert_of(rule, stored, now=now)) for rule in rules.candidates(stored.article))
    return [(alert, rule.channels) for rule, alert in met if alert]


def alert_of(rule: Rule, stored: StoredArticle, *, now: datetime) -> Alert | None:
    """The alert, None where the rule is not met."""
    evidence = match(rule, stored)
    if evidence is None:
        return None
    article = stored.article
    return Alert(
        id=alert_id(rule.id, stored.id),
        rule=rule.id,
        article_id=stored.id,
        version=stored.version,
        seq=stored.seq,
        url=article.url,
        title=article.title,
        source=article.source,
        publisher=article.publisher,
        published_at=article.published_at,
        companies=tuple(mentioned_companies(article)),
        events=tuple(dict.fromkeys(event.type for event in (*_met(rule, article), *_facts(article)))),
        evidence=evidence,
        created_at=now,
    )


def alert_id(rule: str, article: str) -> str:
    """32 hex digits, the same after every restart: neither id can hold a line break, so no two pairs share one."""
    return hashlib.sha256(f"{rule}\n{article}".encode()).hexdigest()[:32]


def match(rule: Rule, stored: StoredArticle) -> tuple[Evidence, ...] | None:
    """Why `rule` meets the article; None where it does not.

    The tuple is empty where a rule is met by what leaves no words behind (a source, a query that only excludes).
    """
    article = stored.article
    if rule.exclude_mirrors and article.mirror:
        return None
    if rule.sources and article.source not in rule.sources:
        return None
    found: list[Evidence] = []
    for condition in (_by_events, _by_companies, _by_query):  # cheap ones first, the query last
        evidence = condition(rule, article)
        if evidence is None:
            return None
        found += _distinct(evidence)[:_EVIDENCE_OF_A_KIND]
    return tuple(found)


def _distinct(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The same words in the same sentence tell a reader nothing twice: the first of them stays."""
    first: dict[tuple[str, str], Evidence] = {}
    for each in evidence:
        first.setdefault((each.text, each.sentence), each)
    return list(first.values())


def _by_events(rule: Rule, article: Article) -> Sequence[Evidence] | None:
    if not rule.events:
        return ()
    met = _met(rule, article)
    return [_in_text("event", article, event.start, event.end) for event in met] or None


def _met(rule: Rule, article: Article) -> list[Event]:
    return [event for event in article.events if _is_one_of(event, rule.events) and _is_theirs(event, rule, article)]


def _is_one_of(event: Event, conditions: Sequence[EventCondition]) -> bool:
    return any(event.type == wanted.type and event.modality in wanted.modalities for wanted in conditions)


def _is_theirs(event: Event, rule: Rule, article: Article) -> bool:
    """An event whose company the text leaves open is one of the company that the article is mostly about."""
    company = event.company or next(iter(article.about), None)
    if rule.companies and company not in rule.companies:
        return False
    return not rule.about_only or company in article.about


def _facts(article: Article) -> list[Event]:
    return [event for event in article.events if event.modality == "fact"]


def _by_companies(rule: Rule, article: Article) -> Sequence[Evidence] | None:
    if not rule.companies:
        return ()
    there = article.about if rule.about_only else mentioned_companies(article)
    return [_company(name, article) for name in there if name in rule.companies] or None


def _company(name: str, article: Article) -> Evidence:
    span = mention(article, {name})
    if span is None:
        return Evidence(kind="company", text=name, sentence=article.title)
    return _in_text("company", article, *span)


def _by_query(rule: Rule, article: Article) -> Sequence[Evidence] | None:
    if rule.matcher is None:
        return ()
    met = rule.matcher(article)
    if met is None:
        return None
    return [_of_query(article, field, start, end) for field, start, end in met.spans]


def _of_query(article: Article, field: str, start: int, end: int) -> Evidence:
    if field == "title":
        return Evidence(kind="query", text=article.title[start:end], sentence=article.title)
    return _in_text("query", article, start, end)


def _in_text(kind: str, article: Article, start: int, end: int) -> Evidence:
    text = article.text
    return Evidence(kind=kind, text=text[start:end], sentence=sentence_around(text, start, end), start=start, end=end)


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence with the words at `start`:`end`, as it stands in `text`.

    >>> sentence_around("先说别的。智谱通过聆讯！再说。", 7, 11)
    '智谱通过聆讯！'
    """
    first = max(0, start - _SENTENCE_REACH)
    for stop in _SENTENCE_END.finditer(text, first, start):
        first = stop.end()
    last = _SENTENCE_END.search(text, end, end + _SENTENCE_REACH)
    return text[first : last.end() if last else end + _SENTENCE_REACH].strip()
