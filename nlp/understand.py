"""From a clean text to what it says.

text ─ build_pipeline(lexicon) ─▶ doc._ ─▶ Understood(entities, figures, events, keywords, about)

Offsets count characters of the text as it was given.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from nlp.components.records import Context, DateMention, Mention
from nlp.language import build_pipeline
from nlp.lexicon import Lexicon
from nlp.records import Entity
from nlp.stages import Understood

_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class Understander:
    """Built once a process (about a second), then used for any number of texts. Same text, same answer."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._nlp = build_pipeline(lexicon)

    def understand(self, text: str, *, title: str = "", published: date | None = None) -> Understood:
        """What `text` says. `published` resolves relative dates (17 日, 今年上半年); `title` weighs what it is about."""
        if not text:
            return Understood()
        # spaCy keeps strings as UTF-8, where half a surrogate pair has no place; U+FFFD keeps every offset.
        readable = _LONE_SURROGATES.sub("\ufffd", text)
        # Words of this text leave spaCy's string store with it: a daemon that reads for weeks must not grow.
        with self._nlp.memory_zone():
            doc = self._nlp.read(readable, Context(title=title, published=published))
            return Understood(
                entities=_entities(text, doc._.names, doc._.dates),
                figures=tuple(replace(figure, text=text[figure.start : figure.end]) for figure in doc._.figures),
                events=tuple(replace(event, trigger=text[event.start : event.end]) for event in doc._.events),
                keywords=tuple(doc._.keywords),
                about=tuple(doc._.about),
                notes=tuple(doc._.notes),
            )


def _entities(text: str, names: list[Mention], dates: list[DateMention]) -> tuple[Entity, ...]:
    entities = [
        Entity(
            text=text[name.start : name.end],
            start=name.start,
            end=name.end,
            type=name.type,
            canonical=name.canonical,
            found_by=f"zhiwen_{'gazetteer' if name.found_by == 'gazetteer' else 'names'}",
        )
        for name in names
    ]
    entities += [
        Entity(
            text=text[d.start : d.end],
            start=d.start,
            end=d.end,
            type="DATE",
            canonical=d.period,
            found_by="zhiwen_dates",
        )
        for d in dates
        if d.entity
    ]
    return tuple(sorted(entities, key=lambda entity: (entity.start, entity.end)))
