"""Rules as they are applied, and the question which of them an article could meet at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from alerts.ports import CompiledQuery, QueryMatcher
from nlp.records import Article
from zhiwen.folding import fold

Clauses = tuple[frozenset[str], ...]  # see CompiledQuery.required

# As `company:` in the index means it; a product or a person may bear the same name.
_NAMED_AS_COMPANY = frozenset({"COMPANY", "INVESTOR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCondition:
    """An event of this type meets it, where its modality is one of these: a rumour is not a filing."""

    type: str
    modalities: frozenset[str] = frozenset({"fact"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to alert on. All conditions that are given must hold; an empty one is not given.

    query       matched by `matcher`; both empty or both given
    companies   canonical names. With `events`, the event must be of one of them
    about_only  the company must be what the article is about, not merely mentioned
    defined_in  file and line
    """

    id: str
    name: str
    channels: tuple[str, ...]
    query: str = ""
    matcher: QueryMatcher | None = None
    companies: frozenset[str] = frozenset()
    events: tuple[EventCondition, ...] = ()
    sources: frozenset[str] = frozenset()
    about_only: bool = False
    exclude_mirrors: bool = False
    enabled: bool = True
    defined_in: str = ""


class RuleSet(Collection[Rule]):
    """The rules there are, enabled or not, in the order in which they were defined; ids are unique."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        if len(self._rules) < len(rules):
            raise ValueError("two rules have the same id")
        self._by_company: dict[str, list[int]] = defaultdict(list)
        self._by_event: dict[str, list[int]] = defaultdict(list)
        self._by_words: dict[int, Clauses] = {}
        self._always: list[int] = []
        self._enabled = [rule for rule in rules if rule.enabled]
        for number, rule in enumerate(self._enabled):
            self._file(number, rule)

    def _file(self, number: int, rule: Rule) -> None:
        """Under one condition only, the rarest: what it leaves out, the rule would refuse."""
        if rule.companies:
            for company in rule.companies:
                self._by_company[company].append(number)
        elif rule.events:
            for kind in {event.type for event in rule.events}:
                self._by_event[kind].append(number)
        elif isinstance(rule.matcher, CompiledQuery) and rule.matcher.required:
            self._by_words[number] = rule.matcher.required
        else:
            self._always.append(number)

    @cached_property
    def _words(self) -> _Words:
        return _Words(self._by_words)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule: object) -> bool:
        return rule in self._rules.values()

    def get(self, id_: str) -> Rule | None:
        return self._rules.get(id_)

    def candidates(self, article: Article) -> list[Rule]:
        """The enabled rules that `article` could meet: never one too few, often some too many."""
        numbers = set(self._always)
        for company in mentioned_companies(article):
            numbers.update(self._by_company.get(company, ()))
        for event in article.events:
            numbers.update(self._by_event.get(event.type, ()))
        if self._by_words:
            numbers.update(self._words.met_in(f"{article.title}\n{article.text}"))
        return [self._enabled[number] for number in sorted(numbers)]


class _Words:
    """Which rules' clauses a text meets: the words of all of them are looked for in one pass.

    A rule is filed under one clause, the one whose words the fewest rules ask for: 智谱 rather than 融资. Only where
    that is met are its others looked at. Ten thousand words take a fiftieth of a second to file.
    """

    def __init__(self, rules: Mapping[int, Clauses]) -> None:
        from ahocorasick_rs import AhoCorasick

        written = {number: [frozenset(map(_encodable, each)) for each in clauses] for number, clauses in rules.items()}
        asked = Counter(word for clauses in written.values() for clause in clauses for word in clause)
        self._all_of: dict[int, list[frozenset[str]]] = {}
        self._filed: dict[str, list[int]] = defaultdict(list)
        for number, clauses in written.items():
            first, *self._all_of[number] = sorted(clauses, key=lambda clause: sum(asked[word] for word in clause))
            for word in first:
                self._filed[word].append(number)
        self._words = list(asked)
        self._automaton = AhoCorasick(self._words)

    def met_in(self, text: str) -> Iterator[int]:
        """The rules, by number, of which every clause has a word in `text`; one may come twice."""
        # overlapping: 智谱 and 谱华 both stand in 智谱华章
        found = self._automaton.find_matches_as_indexes(_encodable(fold(text)), overlapping=True)
        words = {self._words[number] for number in {match[0] for match in found}}
        for word in words:
            for number in self._filed.get(word, ()):
                if not any(words.isdisjoint(clause) for clause in self._all_of[number]):
                    yield number


def _encodable(text: str) -> str:
    """Half a surrogate pair, which the automaton does not take, as a question mark in terms and text alike."""
    return text.encode("utf-8", "replace").decode("utf-8")


def mentioned_companies(article: Article) -> dict[str, None]:
    """Companies in the article, each once: those it is about first, then as they come.

    Canonical names, or as written where the lexicon has none.
    """
    companies = (entity for entity in article.entities if entity.type in _NAMED_AS_COMPANY)
    named = (entity.canonical or entity.text for entity in companies)
    acting = (event.company for event in article.events)
    return dict.fromkeys(name for name in (*article.about, *named, *acting) if name)


def mention(article: Article, companies: Collection[str]) -> tuple[int, int] | None:
    """The first span that names one of `companies`; None where only the title or the analysis does."""
    for entity in article.entities:
        if entity.type in _NAMED_AS_COMPANY and (entity.canonical or entity.text) in companies:
            return entity.start, entity.end
    return None
