"""The seams inside nlp: restoring hands `Restored` to understanding, which adds `Understood`.

RawPage ─ restore ─▶ Restored | Dropped ─ understand ─▶ Understood ─ assemble ─▶ Article
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nlp.records import Dropped, Entity, Event, Figure, Line, Repair, StepNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a source's YAML says about its pages. CSS selectors, tried in order; `drop` goes before all else."""

    title: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    publisher_name: str | None = None  # what the source itself is called, where its pages do not say
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The page as its author wrote it. Fields as in `Article`; `repaired` is the whole page, line for line."""

    title: str
    author: str | None
    publisher: str | None
    published_at: datetime | None
    published_precision: str | None
    published_from: str | None
    canonical_url: str
    language: str
    script: str | None
    text: str
    original_text: str | None
    lines: tuple[Line, ...]
    repairs: tuple[Repair, ...]
    repaired: str
    mirror: bool
    notes: tuple[StepNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRestored:
    """No article in it; what was found on the way is kept for `explain`."""

    dropped: Dropped
    lines: tuple[Line, ...] = ()
    repairs: tuple[Repair, ...] = ()
    repaired: str = ""
    notes: tuple[StepNote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a text says. Offsets into the text that was given."""

    entities: tuple[Entity, ...] = ()
    figures: tuple[Figure, ...] = ()
    events: tuple[Event, ...] = ()
    keywords: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    notes: tuple[StepNote, ...] = ()


OverridesBySource = Mapping[str, Overrides]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyText:
    """Clean text of an article, given as it is: nothing is repaired or extracted, offsets count in it."""

    text: str
    title: str = ""
    source: str = "analyse"
    url: str = ""
    fetched_at: datetime
    hints: Mapping[str, str] = field(default_factory=dict)
