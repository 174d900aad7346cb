"""Rules from YAML: `config/rules/*.yaml`, each file a list of rules under `rules:`.

    rules:
      - id: filings                    # kept for good: it decides what has been alerted already
        name: 递表、聆讯与上市
        events: [hearing_passed, {type: listed, modality: [fact, planned]}]
        companies: [智谱]              # any of them; an alias will do
        query: 港交所 OR 上交所        # the language of `zhiwen search`
        sources: [hkex_hearings]       # ids of sources
        about_only: true               # about the company, not merely naming it
        exclude_mirrors: true          # not on spam copies of somebody's article
        channels: [inbox]              # names in config/channels.yaml
        enabled: true

All conditions that are given must hold. What is wrong is refused at once and by name; nothing is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from alerts.ports import QueryCompiler
from alerts.ruleset import EventCondition, Rule, RuleSet
from zhiwen.complaints import refusal
from zhiwen.errors import QueryError, SettingsError
from zhiwen.yamlfile import YamlFile, read_yaml

__all__ = ["Rule", "RuleSet", "load_rules"]

Words = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class _EventEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    type: str
    modality: list[Literal["fact", "planned", "rumoured", "denied", "past"]] = Field(["fact"], min_length=1)


def _spelled_out(entry: object) -> object:
    """`hearing_passed` is short for {type: hearing_passed}."""
    return entry if isinstance(entry, dict) else {"type": entry}


class _RuleEntry(BaseModel):
    # Strict: a bare 02513 is the number 1355 to YAML, and must not become the company "1355".
    model_config = ConfigDict(extra="forbid", strict=True)
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    name: str = Field(min_length=1)
    channels: Words
    query: str = Field("", min_length=1)
    # An empty list is refused, not read as "any": a rule whose last company was deleted would meet everything.
    companies: Words = []
    events: Annotated[list[Annotated[_EventEntry, BeforeValidator(_spelled_out)]], Field(min_length=1)] = []
    sources: Words = []
    about_only: bool = False
    exclude_mirrors: bool = False
    enabled: bool = True

    @model_validator(mode="after")
    def _says_something(self) -> _RuleEntry:
        if not (self.query or self.companies or self.events or self.sources):
            raise ValueError("it would meet every article; give it a query, companies, events or sources")
        if self.about_only and not (self.companies or self.events):
            raise ValueError("key 'about_only' says nothing without companies or events; give it one, or leave it out")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a rule may refer to; None where the caller does not say, and nothing is checked."""

    compiler: QueryCompiler
    channels: Collection[str]
    events: Collection[str] | None
    sources: Collection[str] | None
    company: Callable[[str], str | None] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a rule stands, for errors."""

    file: YamlFile
    number: int
    id: str

    def refuse(self, *keys: str | int, problem: str, hint: str) -> SettingsError:
        where = self.file.place(("rules", self.number, *keys))
        return SettingsError(f"{where}: rule '{self.id}': {problem}", hint=hint)


def load_rules(
    folder: Path,
    *,
    compiler: QueryCompiler,
    channels: Collection[str],
    known_events: Collection[str] | None = None,
    known_sources: Collection[str] | None = None,
    resolve_company: Callable[[str], str | None] | None = None,
) -> RuleSet:
    """All rules of the folder's YAML files, by file name. No file: no rules.

    `resolve_company` gives the canonical name for an alias, None for a company that nothing would ever be linked to.
    Raises SettingsError, naming file, line, rule and key, also for a query that does not parse.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder}: the folder of rules does not exist", hint="create it; it may be empty")
    known = _Known(
        compiler=compiler, channels=channels, events=known_events, sources=known_sources, company=resolve_company
    )
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.yaml")):
        for rule in _rules_of(read_yaml(path), known):
            if rule.id in rules:
                first = rules[rule.id].defined_in
                raise SettingsError(
                    f"{rule.defined_in}: rule '{rule.id}': the id is taken by {first}", hint="give it another id"
                )
            rules[rule.id] = rule
    return RuleSet(list(rules.values()))


def _rules_of(file: YamlFile, known: _Known) -> Iterator[Rule]:
    if file.data is None:
        return
    if not isinstance(file.data, dict) or list(file.data) != ["rules"] or not isinstance(file.data["rules"], list):
        raise SettingsError(
            f"{file.place()}: expected the one key 'rules' with a list", hint="see docs/recipes/add-a-rule.md"
        )
    for number, data in enumerate(file.data["rules"]):
        yield _rule(file, number, data, known)


def _rule(file: YamlFile, number: int, data: Any, known: _Known) -> Rule:
    id_ = data.get("id", f"number {number + 1}") if isinstance(data, dict) else f"number {number + 1}"
    try:
        entry = _RuleEntry.model_validate(data)
    except ValidationError as error:
        raise refusal(error, what=f"rule '{id_}'", file=file, model=_RuleEntry, at=("rules", number)) from error
    place = _Place(file=file, number=number, id=entry.id)
    _check_names("channels", entry.channels, known.channels, place)
    _check_names("sources", entry.sources, known.sources, place)
    _check_names("events", [event.type for event in entry.events], known.events, place)
    return Rule(
        id=entry.id,
        name=entry.name,
        channels=tuple(dict.fromkeys(entry.channels)),
        query=entry.query,
        matcher=_compiled(entry.query, known.compiler, place) if entry.query else None,
        companies=frozenset(_canonical(entry.companies, known, place)),
        events=tuple(EventCondition(type=event.type, modalities=frozenset(event.modality)) for event in entry.events),
        sources=frozenset(entry.sources),
        about_only=entry.about_only,
        exclude_mirrors=entry.exclude_mirrors,
        enabled=entry.enabled,
        defined_in=file.place(("rules", number)),
    )


def _check_names(key: str, names: Collection[str], known: Collection[str] | None, place: _Place) -> None:
    """Every name is one of `known`; the hint shows the nearest, or all there are."""
    if known is None:
        return
    for number, name in enumerate(names):
        if name not in known:
            near = get_close_matches(name, list(known), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(known)) or 'none'}"
            raise place.refuse(key, number, problem=f"there is no {key.removesuffix('s')} '{name}'", hint=hint)


def _compiled(query: str, compiler: QueryCompiler, place: _Place) -> Any:
    try:
        return compiler(query)
    except QueryError as error:
        raise place.refuse(
            "query", problem=f"the query does not parse: {error.message}", hint=error.hint or f"it reads: {query}"
        ) from error


def _canonical(names: Collection[str], known: _Known, place: _Place) -> Iterator[str]:
    for number, name in enumerate(names):
        canonical = known.company(name) if known.company else name
        if canonical is None:
            raise place.refuse(
                "companies",
                number,
                problem=f"the lexicon has no company '{name}', so no article would be linked to it",
                hint="add it to config/lexicon, or use a query",
            )
        yield canonical
