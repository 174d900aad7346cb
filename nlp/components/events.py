"""Filing and business events: a trigger, the company it is said of, the day, and how sure the text is.

folded text ─ triggers ─▶ candidates ─ guards ─▶ company ─▶ date ─▶ modality ─▶ events

A rumour is not a filing: 拟/计划 is "planned", 传/据悉/消息称 "rumoured", 否认 "denied"; what is negated did not happen
and is no event. What is told as history (2020年7月上市, 此前已上市, 曾上市, and what came 此后 of it) is "past".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from nlp.components.clauses import at, clauses, inside
from nlp.components.dates import last_day
from nlp.components.records import DateMention, Mention, Span
from nlp.records import Event

_GAP = "[^，,。；;！!？?\\n]{0,12}?"
_AROUND = 12
_PLANNED = re.compile(
    r"拟|计划|将|预计|有望|即将|考虑|准备|筹备|意向|洽谈|寻求|或(?!者)|冲刺|目标|打算|plans? to|intends? to|will |considering|expected to"
)
# On the way to a listing, and not there.
_UNDERWAY = re.compile("推进|推动|筹划|谋求|争取|瞄准|加快|加速|筹备|冲刺")
_TOWARDS = frozenset({"listing", "filing_submitted", "ipo_pricing"})
# These happen on a day; results and the like tell of a period, which says nothing of when they were told.
_DATED = frozenset({
    "filing_submitted", "filing_accepted", "hearing_passed", "prospectus_published", "tutoring", "registration", "lapsed", "listing", "ipo_pricing",
    "spin_off", "funding", "acquisition", "model_release", "product_launch", "partnership", "personnel", "shutdown",
})  # fmt: skip
_HISTORY = timedelta(days=60)  # before publication: what was over by then is told as history, not as news
_NEAR = 14  # characters between a date and the trigger it belongs to
# Said of background, however recent. Not 之前, which follows what it is before (上市之前), nor 早些时候, which is today.
_BEFORE = re.compile("(?<![未不何])曾(?!几何时)|此前|早前|先前")
_AFTER = re.compile("此后|随后|后来|其后|尔后")
_RUMOURED = re.compile(
    r"传(?!统|输|递|感|播|媒|音|承|真|奇|授|导|达|动|来|闻?不)|据悉|消息称|有消息|知情人士|据报道|据传|传闻|爆料|曝|据称|市场消息|疑似|rumou?r|reportedly|people familiar|sources? sa(?:id|y)"
)
_DENIED = re.compile(r"否认|辟谣|不实|不属实|谣言|无类似|没有(?:发布)?过?类似|从未|den(?:y|ied|ies)")
_NEGATED = re.compile(
    r"(?:未|没有|尚未|并未|无法|不会|不再|不|暂无|从未|未能|拒绝|取消|not |never |no )(?:[^，,。；;]{0,3})$"
)
_NOT_NEGATED = re.compile(r"(?:不仅|不断|不只|不但|前所未有|不久|不到|不少|未来|不止|不同)")
_SUPPOSED = re.compile(r"无论|如果|假如|一旦|倘若|若(?!干)|whether|\bif ")
_GOVERNED = re.compile(
    r"(?:由|与|对|向|被|给|据|跟|替|在|比|较|从|获|获得|用|使用|基于|接入|搭载|针对|相比|起诉|收购|加入|离开|前)\s*[“\"「『《]?$"
)


class EventType(BaseModel):
    """One entry of nlp/data/events.yaml; its head explains the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: str
    triggers: tuple[str, ...]
    actor: Literal["before", "after"] = "before"
    needs: tuple[str, ...] = ()
    excluded: tuple[str, ...] = Field(default=(), alias="not")
    agents: tuple[str, ...] = ("COMPANY",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    type: EventType
    trigger: re.Pattern[str]
    excluded: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The text as events see it. `masked` is the folded text with each product name's last character as U+0000 and
    each company name's as U+0001, so that triggers can say "发布 {model}" without knowing the names."""

    text: str
    folded: str
    masked: str
    sentences: Sequence[Span]
    mentions: Sequence[Mention]
    dates: Sequence[DateMention]
    main: str | None
    published: date | None


class EventFinder:
    """The compiled triggers. Stateless after construction."""

    def __init__(self, types: Sequence[EventType]) -> None:
        self._compiled = [_compile(type_) for type_ in types]

    def find(self, scene: Scene) -> list[Event]:
        """Events in order of their triggers, one for each type, company and day."""
        events = sorted(self._all(scene), key=lambda event: (event.start, event.type))
        events = [_as_sequel(scene, event, events) for event in events]
        return list(_distinct(_without_echoes(events)))

    def _all(self, scene: Scene) -> Iterator[Event]:
        for compiled in self._compiled:
            for match in compiled.trigger.finditer(scene.masked):
                event = _event(scene, compiled, match.start(), match.end())
                if event is not None:
                    yield event


def load_event_types() -> tuple[EventType, ...]:
    raw = yaml.safe_load(resources.files("nlp").joinpath("data/events.yaml").read_text(encoding="utf-8"))
    return tuple(TypeAdapter(list[EventType]).validate_python(raw))


def mask(folded: str, mentions: Sequence[Mention]) -> str:
    """`folded` with the last character of product names as U+0000 and of company names as U+0001; same length."""
    marks = {"PRODUCT": "\x00", "COMPANY": "\x01"}
    characters = list(folded)
    for mention in mentions:
        mark = marks.get(mention.type)
        if mark and mention.end - mention.start > 1:
            characters[mention.end - 1] = mark
    return "".join(characters)


def _compile(type_: EventType) -> _Compiled:
    triggers = (
        trigger.replace("{gap}", _GAP)
        .replace("{model}", "[^，,。；;\\n]{0,16}?\\x00")
        .replace("{company}", "[^，,。；;\\n]{0,10}?\\x01")
        for trigger in type_.triggers
    )
    excluded = re.compile("|".join(type_.excluded)) if type_.excluded else None
    return _Compiled(
        type=type_, trigger=re.compile("|".join(f"(?:{trigger})" for trigger in triggers)), excluded=excluded
    )


def _event(scene: Scene, compiled: _Compiled, start: int, end: int) -> Event | None:
    sentence = scene.sentences[at(scene.sentences, start)]
    around = scene.folded[max(0, start - _AROUND) : end + _AROUND]
    if compiled.excluded and compiled.excluded.search(around):
        return None
    whole = scene.folded[sentence.start : sentence.end]
    if compiled.type.needs and not any(word in whole for word in compiled.type.needs):
        return None
    modality = _modality(scene, compiled.type, sentence, start)
    if modality is None:
        return None
    agent = _agent(scene, compiled.type, sentence, start, end)
    if agent is None:
        return None
    return Event(
        type=compiled.type.type,
        company=agent,
        date=_date(scene, sentence, start),
        start=start,
        end=end,
        trigger=scene.text[start:end],
        modality=modality,
    )


def _modality(scene: Scene, type_: EventType, sentence: Span, start: int) -> str | None:
    """How sure the sentence is; None where the trigger is negated."""
    clause = next((c for c in clauses(scene.folded, sentence) if c.start <= start < c.end), sentence)
    before = scene.folded[clause.start : start]
    if _SUPPOSED.search(scene.folded[sentence.start : start]):
        return None
    if _NEGATED.search(before[-8:]) and not _NOT_NEGATED.search(before[-10:]):
        return None
    whole = scene.folded[sentence.start : sentence.end]
    if type_.type != "denial" and _DENIED.search(whole):
        return "denied"
    if _RUMOURED.search(scene.folded[sentence.start : start]):
        return "rumoured"
    # The plan may be the trigger's own first word: 拟收购, plans to buy.
    if _PLANNED.search(before[-14:]) or _PLANNED.match(scene.folded, start):
        return "planned"
    if type_.type in _TOWARDS and (_UNDERWAY.search(before[-10:]) or _UNDERWAY.match(scene.folded, start)):
        return "planned"
    over = (type_.type in _DATED and _is_long_ago(scene, sentence, start)) or _is_background(scene, sentence, start)
    return "past" if over else "fact"


def _is_long_ago(scene: Scene, sentence: Span, start: int) -> bool:
    """Did the period said just before the trigger (2020年7月在科创板上市) end long before publication?"""
    if scene.published is None:
        return False
    said = [mention for mention in inside(scene.dates, sentence) if mention.end <= start]
    if not said or not _belongs(scene.folded[said[-1].end : start]):
        return False
    end = last_day(said[-1].period or "")
    return end is not None and end < scene.published - _HISTORY


def _is_background(scene: Scene, sentence: Span, start: int) -> bool:
    """Does a word just before the trigger (此前已通过聆讯, 曾获投资) say that it is not what is told? A date behind it says when."""
    for word in _BEFORE.finditer(scene.folded, sentence.start, start):
        named = any(name.start <= word.start() < name.end for name in inside(scene.mentions, sentence))
        dated = any(word.end() <= said.start < start for said in inside(scene.dates, sentence))
        if not named and not dated and _belongs(scene.folded[word.end() : start]):
            return True
    return False


def _belongs(between: str) -> bool:
    """A word of time with `between` and then the trigger: in its own clause, or alone in the one before (去年，优必选登陆港交所)."""
    return len(between) <= _NEAR and not re.search("的|.[,，：:]", between)


def _as_sequel(scene: Scene, event: Event, events: Sequence[Event]) -> Event:
    """What came after history, with no date of its own, is history (2024年12月发布V3，此后又推出R1)."""
    sentence = scene.sentences[at(scene.sentences, event.start)]
    earlier = [each for each in events if sentence.start <= each.start and each.end <= event.start]
    if event.modality != "fact" or not earlier or earlier[-1].modality != "past":
        return event
    between = Span(start=earlier[-1].end, end=event.start)
    word = _AFTER.search(scene.folded, between.start, between.end)
    if word is None or inside(scene.dates, between) or not _belongs(scene.folded[word.end() : event.start]):
        return event
    return replace(event, modality="past")


def _agent(scene: Scene, type_: EventType, sentence: Span, start: int, end: int) -> str | None:
    """Who it is said of: the nearest free name before the trigger, else one inside or right behind it, else the main company."""
    names = [
        name for name in inside(scene.mentions, sentence) if name.type in type_.agents and name.kind not in _WITNESSES
    ]
    before = [name for name in names if name.end <= start]
    behind = [name for name in names if start <= name.start < end + 16]
    if type_.actor == "after" and behind:
        return behind[0].label
    maker = _maker(scene, sentence, start, end) if type_.type in _BY_MAKERS else None
    if maker is not None:
        return maker
    free = [name for name in before if not _governed(scene, name)]
    preferred = [name for name in free if name.type == type_.agents[0]] or free
    if preferred:
        return _in_clause(scene, sentence, preferred, start).label
    if behind:
        return behind[0].label
    if before:
        return before[-1].label
    return (_topic_before(scene, sentence) or scene.main) if "COMPANY" in type_.agents else None


# These tell of events; they do not make them.
_WITNESSES = frozenset({"media", "research", "event"})
# Who makes a product did what was done with it, whatever other companies the sentence names.
_BY_MAKERS = frozenset({"model_release", "product_launch", "price_change"})


def _maker(scene: Scene, sentence: Span, start: int, end: int) -> str | None:
    """The maker of the product in the trigger, or right beside it, where the lexicon knows it."""
    for name in inside(scene.mentions, sentence):
        if name.type == "PRODUCT" and name.maker and name.start < end + 4 and name.end > start - 2:
            return name.maker
    return None


def _topic_before(scene: Scene, sentence: Span) -> str | None:
    """What the sentences just before in the same paragraph are about: their first free company, nearest first."""
    index = at(scene.sentences, sentence.start)
    for earlier in reversed(scene.sentences[max(0, index - 3) : index]):
        if scene.text[earlier.start : earlier.end].endswith("\n"):
            return None
        for name in inside(scene.mentions, earlier):
            if name.type == "COMPANY" and not _governed(scene, name):
                return name.label
    return None


def _in_clause(scene: Scene, sentence: Span, names: Sequence[Mention], start: int) -> Mention:
    """The first free name of the trigger's clause, else the sentence's first: the topic, not the last one named."""
    clause = next((c for c in clauses(scene.folded, sentence) if c.start <= start < c.end), sentence)
    local = [name for name in names if name.start >= clause.start]
    return local[0] if local else names[0]


def _governed(scene: Scene, name: Mention) -> bool:
    return bool(_GOVERNED.search(scene.folded[max(0, name.start - 4) : name.start]))


def _date(scene: Scene, sentence: Span, start: int) -> date | None:
    """The day said in the sentence: the last one before the trigger, else the first behind it."""
    days = [mention for mention in inside(scene.dates, sentence) if mention.grain == "day" and mention.period]
    before = [mention for mention in days if mention.start <= start]
    chosen = before[-1] if before else (days[0] if days else None)
    return date.fromisoformat(chosen.period) if chosen and chosen.period else None


def _distinct(events: Iterable[Event]) -> Iterator[Event]:
    """One event for each type and company: the surest first, then one with a day, then the first told."""
    best: dict[tuple[str, str | None], Event] = {}
    for event in events:
        key = (event.type, event.company)
        held = best.get(key)
        if held is None or _rank(event) < _rank(held):
            best[key] = event
    yield from sorted(best.values(), key=lambda event: event.start)


def _without_echoes(events: Sequence[Event]) -> Iterator[Event]:
    """A model that is released is not a product launched as well, where both read the same words."""
    models = [event for event in events if event.type == "model_release"]
    for event in events:
        echo = event.type == "product_launch" and any(
            model.company == event.company and model.start < event.end and event.start < model.end for model in models
        )
        if not echo:
            yield event


def _rank(event: Event) -> tuple[bool, bool]:
    return (event.modality != "fact", event.date is None)
