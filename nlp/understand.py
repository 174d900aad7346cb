"""From a clean text to what it says.

text ─ build_pipeline(lexicon) ─▶ doc._ ─▶ Understood(entities, figures, events, keywords, about)

Offsets count characters of the text as it was given.
"""

from __future__ import annotations

from datetime import date

from nlp.components.records import Context, DateMention, Mention
from nlp.language import build_pipeline
from nlp.lexicon import Lexicon
from nlp.records import Entity, StepNote
from nlp.stages import Understood


class Understander:
    """Built once a process (about a second), then used for any number of texts. Same text, same answer."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._nlp = build_pipeline(lexicon)

    def understand(self, text: str, *, title: str = "", published: date | None = None) -> Understood:
        """What `text` says. `published` resolves relative dates (17 日, 今年上半年); `title` weighs what it is about."""
        if not text:
            return Understood()
        # Words of this text leave spaCy's string store with it: a daemon that reads for weeks must not grow.
        with self._nlp.memory_zone():
            doc = self._nlp.read(text, Context(title=title, published=published))
            return Understood(
                entities=_entities(doc._.names, doc._.dates),
                figures=tuple(doc._.figures),
                events=tuple(doc._.events),
                keywords=tuple(doc._.keywords),
                about=tuple(doc._.about),
                notes=_notes(doc._.notes),
            )


def _entities(names: list[Mention], dates: list[DateMention]) -> tuple[Entity, ...]:
    entities = [
        Entity(
            text=name.text,
            start=name.start,
            end=name.end,
            type=name.type,
            canonical=name.canonical,
            found_by=f"zhiwen_{'gazetteer' if name.found_by == 'gazetteer' else 'names'}",
        )
        for name in names
    ]
    entities += [
        Entity(text=d.text, start=d.start, end=d.end, type="DATE", canonical=d.period, found_by="zhiwen_dates")
        for d in dates
        if d.entity
    ]
    return tuple(sorted(entities, key=lambda entity: (entity.start, entity.end)))


def _notes(notes: list[StepNote]) -> tuple[StepNote, ...]:
    return tuple(notes)
