"""The spaCy components: thin classes around the functions of this folder, with what they need and what they give.

zhiwen_gazetteer ─▶ zhiwen_dates ─▶ zhiwen_names ─▶ zhiwen_salience ─▶ zhiwen_figures ─▶ zhiwen_events ─▶ zhiwen_keywords

Each puts its findings on `doc._` with character offsets; zhiwen_names also sets `doc.ents` where tokens align.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import filter_spans

from nlp.components import salience as salience_of
from nlp.components.clauses import sentences
from nlp.components.dates import find_dates
from nlp.components.events import EventFinder, Scene, load_event_types, mask
from nlp.components.figures import Binding, bind
from nlp.components.gazetteer import Gazetteer
from nlp.components.keywords import keywords
from nlp.components.metrics import MetricFinder, load_metrics
from nlp.components.names import Reading, find_names
from nlp.components.records import Context, Mention
from nlp.components.values import lex_values
from nlp.records import StepNote
from zhiwen.folding import fold

if TYPE_CHECKING:
    from nlp.language import NewsLanguage

_EXTENSIONS = ("context", "folded", "sentences", "names", "dates", "salience", "about", "figures", "events", "keywords", "notes")  # fmt: skip
PIPES = ("zhiwen_gazetteer", "zhiwen_dates", "zhiwen_names", "zhiwen_salience", "zhiwen_figures", "zhiwen_events", "zhiwen_keywords")  # fmt: skip
_SHOWN = 12  # findings a note names as evidence


def declare_extensions() -> None:
    """`doc._` attributes are global to spaCy; declaring them twice is an error there, so it is asked first."""
    for name in _EXTENSIONS:
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)


declare_extensions()


def prepare(doc: Doc, context: Context) -> Doc:
    """What every component reads: the folded text, its sentences, and what is known of it before."""
    doc._.context = context
    doc._.folded = fold(doc.text)
    doc._.sentences = sentences(doc.text)
    doc._.notes = []
    return doc


class _Component:
    """Times its work and leaves a note. Subclasses implement `run` and say what they found."""

    step = ""

    def __call__(self, doc: Doc) -> Doc:
        if doc._.context is None:
            prepare(doc, Context())
        started = time.perf_counter()
        found = self.run(doc)
        took = round((time.perf_counter() - started) * 1000, 1)
        decision = f"found {len(found)}"
        doc._.notes.append(
            StepNote(step=self.step, decision=decision, evidence=tuple(found[:_SHOWN]), milliseconds=took)
        )
        return doc

    def run(self, doc: Doc) -> list[str]:
        raise NotImplementedError


class GazetteerComponent(_Component):
    step = "zhiwen_gazetteer"

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def run(self, doc: Doc) -> list[str]:
        doc._.names = self._gazetteer.find(doc.text, doc._.folded, title=fold(doc._.context.title))
        return _labels(doc._.names)


class DatesComponent(_Component):
    step = "zhiwen_dates"

    def run(self, doc: Doc) -> list[str]:
        names = [(name.start, name.end) for name in doc._.names]
        dates = find_dates(doc.text, doc._.folded, sentences=doc._.sentences, published=doc._.context.published)
        doc._.dates = _outside(dates, names)
        return [f"{date.text} = {date.period}" for date in doc._.dates]


class NamesComponent(_Component):
    step = "zhiwen_names"

    def __init__(self, language: NewsLanguage) -> None:
        self._lexicon = language.lexicon
        self._is_word = language.is_word

    def run(self, doc: Doc) -> list[str]:
        reading = Reading(
            text=doc.text,
            folded=doc._.folded,
            known=doc._.names,
            lexicon=self._lexicon,
            is_word=self._is_word,
            title=doc._.context.title,
        )
        doc._.names = find_names(reading)
        _set_ents(doc)
        return _labels([name for name in doc._.names if name.found_by == "rules"])


class SalienceComponent(_Component):
    step = "zhiwen_salience"

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def run(self, doc: Doc) -> list[str]:
        title = doc._.context.title
        named = self._gazetteer.find(title, fold(title), title=doc._.folded) if title else []
        opening = next((s for s in doc._.sentences if doc.text[s.start : s.end].strip()), None)
        doc._.salience = salience_of.salience(
            doc._.names, title_names=frozenset(name.label for name in named), opening=opening
        )
        doc._.about = salience_of.about(doc._.salience)
        return [f"{name} {score}" for name, score in doc._.salience.items()]


class FiguresComponent(_Component):
    step = "zhiwen_figures"

    def __init__(self, finder: MetricFinder) -> None:
        self._finder = finder

    def run(self, doc: Doc) -> list[str]:
        blocked = [(name.start, name.end) for name in doc._.names if re.search(r"\d", name.text)]
        blocked += [(date.start, date.end) for date in doc._.dates]
        blocked += [match.span() for match in _NEVER_FIGURES.finditer(doc._.folded)]
        binding = Binding(
            text=doc.text,
            folded=doc._.folded,
            sentences=doc._.sentences,
            values=lex_values(doc._.folded, blocked=blocked),
            mentions=doc._.names,
            dates=doc._.dates,
            words=self._finder.find(doc._.folded),
            finder=self._finder,
            main=next(iter(doc._.about), None),
        )
        doc._.figures = bind(binding)
        return [f"{f.text} = {f.value} {f.unit}: {f.subject}, {f.metric}, {f.period}" for f in doc._.figures]


# Links, phone numbers, times of the day, codes in brackets: digits that count nothing.
_NEVER_FIGURES = re.compile(
    r"https?://[^\s，。、）)]+|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)|(?<!\d)400-\d{3,4}-\d{3,4}"
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)|[（(]\d{4,6}(?:\.[a-z]{2})?[)）]"
)


class EventsComponent(_Component):
    step = "zhiwen_events"

    def __init__(self, finder: EventFinder) -> None:
        self._finder = finder

    def run(self, doc: Doc) -> list[str]:
        scene = Scene(
            text=doc.text,
            folded=doc._.folded,
            masked=mask(doc._.folded, doc._.names),
            sentences=doc._.sentences,
            mentions=doc._.names,
            dates=doc._.dates,
            main=next(iter(doc._.about), None),
            published=doc._.context.published,
        )
        doc._.events = self._finder.find(scene)
        return [f"{e.type}: {e.company}, {e.date}, {e.modality} ({e.trigger})" for e in doc._.events]


class KeywordsComponent(_Component):
    step = "zhiwen_keywords"

    def run(self, doc: Doc) -> list[str]:
        doc._.keywords = keywords((token.text for token in doc), doc._.names)
        return list(doc._.keywords)


def _labels(mentions: list[Mention]) -> list[str]:
    return list(dict.fromkeys(f"{mention.text} ({mention.type})" for mention in mentions))


def _outside(dates: list[Any], names: list[tuple[int, int]]) -> list[Any]:
    """Dates that do not lie in a name: 36氪, 21世纪经济报道."""
    kept, index = [], 0
    for date in dates:
        while index < len(names) and names[index][1] <= date.start:
            index += 1
        if index == len(names) or names[index][0] >= date.end:
            kept.append(date)
    return kept


def _set_ents(doc: Doc) -> None:
    """`doc.ents` for users of spaCy, where a name's edges are token edges; `doc._.names` has them all."""
    spans = [doc.char_span(name.start, name.end, label=name.type) for name in doc._.names]
    doc.ents = filter_spans([span for span in spans if span is not None])


def _factory(name: str, *, requires: list[str], assigns: list[str]) -> Callable[[Any], Any]:
    return cast(Callable[[Any], Any], Language.factory(name, requires=requires, assigns=assigns))


@_factory("zhiwen_gazetteer", requires=[], assigns=["doc._.names"])
def make_gazetteer(nlp: NewsLanguage, name: str) -> GazetteerComponent:
    return GazetteerComponent(nlp.gazetteer)


@_factory("zhiwen_dates", requires=["doc._.names"], assigns=["doc._.dates"])
def make_dates(nlp: NewsLanguage, name: str) -> DatesComponent:
    return DatesComponent()


@_factory("zhiwen_names", requires=["doc._.names"], assigns=["doc._.names", "doc.ents"])
def make_names(nlp: NewsLanguage, name: str) -> NamesComponent:
    return NamesComponent(nlp)


@_factory("zhiwen_salience", requires=["doc._.names"], assigns=["doc._.salience", "doc._.about"])
def make_salience(nlp: NewsLanguage, name: str) -> SalienceComponent:
    return SalienceComponent(nlp.gazetteer)


@_factory("zhiwen_figures", requires=["doc._.names", "doc._.dates", "doc._.about"], assigns=["doc._.figures"])
def make_figures(nlp: NewsLanguage, name: str) -> FiguresComponent:
    return FiguresComponent(MetricFinder(load_metrics()))


@_factory("zhiwen_events", requires=["doc._.names", "doc._.dates", "doc._.about"], assigns=["doc._.events"])
def make_events(nlp: NewsLanguage, name: str) -> EventsComponent:
    return EventsComponent(EventFinder(load_event_types()))


@_factory("zhiwen_keywords", requires=["doc._.names"], assigns=["doc._.keywords"])
def make_keywords(nlp: NewsLanguage, name: str) -> KeywordsComponent:
    return KeywordsComponent()
