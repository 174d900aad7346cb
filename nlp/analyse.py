"""From a page to an article, or to the reason why there is none.

    RawPage ─ restore ─▶ Restored | NotRestored ─ understand ─▶ Understood ─ assemble ─▶ Article | Dropped

Restoring makes the page what its author wrote; understanding reads it. Neither knows the other; this module joins
them. `explain` is the same path and keeps what was decided on the way: there is no second code path for it.
"""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.records import RawPage
from nlp.records import Article, Dropped, Explanation, Line, LineLabel, StepNote
from nlp.stages import BodyText, NotRestored, OverridesBySource, Restored, Understood
from zhiwen.folding import fold
from zhiwen.times import CHINA
from zhiwen.urls import canonical_url

if TYPE_CHECKING:
    from nlp.restore import Restorer
    from nlp.understand import Understander


class Analyser:
    """The analysis as one object: built once a process (about a second), then used for any number of pages."""

    def __init__(self, *, restorer: Restorer, understander: Understander) -> None:
        self._restorer = restorer
        self._understander = understander

    def analyse(self, page: RawPage) -> Article | Dropped:
        return self.explain(page).result

    def explain(self, page: RawPage) -> Explanation:
        started = time.perf_counter()
        restored = self._restorer.restore(page)
        took = _milliseconds(started)
        if isinstance(restored, NotRestored):
            return Explanation(
                result=restored.dropped,
                notes=(*restored.notes, StepNote(step="restore", decision="dropped", milliseconds=took)),
                lines=restored.lines,
                repairs=restored.repairs,
                repaired=restored.repaired,
            )
        started = time.perf_counter()
        understood = self._understander.understand(
            restored.text, title=restored.title, published=_day(restored) or page.fetched_at.astimezone(CHINA).date()
        )
        notes = (
            *restored.notes,
            StepNote(step="restore", decision="article", milliseconds=took),
            *understood.notes,
            StepNote(step="understand", decision=_summary(understood), milliseconds=_milliseconds(started)),
        )
        return Explanation(
            result=assemble(page, restored, understood),
            notes=notes,
            lines=restored.lines,
            repairs=restored.repairs,
            repaired=restored.repaired,
        )

    def explain_body(self, body: BodyText) -> Explanation:
        """Understand clean text as it is: offsets count in the given text."""
        started = time.perf_counter()
        understood = self._understander.understand(
            body.text, title=body.title, published=body.fetched_at.astimezone(CHINA).date()
        )
        restored = _as_given(body)
        page = RawPage(
            url=body.url, final_url=body.url, source=body.source, fetched_at=body.fetched_at, body=body.text.encode()
        )
        summary = StepNote(step="understand", decision=_summary(understood), milliseconds=_milliseconds(started))
        return Explanation(
            result=assemble(page, restored, understood),
            notes=(*understood.notes, summary),
            lines=restored.lines,
            repaired=body.text,
        )


def assemble(page: RawPage, restored: Restored, understood: Understood) -> Article:
    return Article(
        url=page.url,
        canonical_url=restored.canonical_url,
        source=page.source,
        title=restored.title,
        author=restored.author,
        publisher=restored.publisher,
        published_at=restored.published_at,
        published_precision=restored.published_precision,
        published_from=restored.published_from,
        fetched_at=page.fetched_at.astimezone(UTC),
        language=restored.language,
        script=restored.script,
        text=restored.text,
        original_text=restored.original_text,
        lines=restored.lines,
        repairs=restored.repairs,
        entities=understood.entities,
        figures=understood.figures,
        events=understood.events,
        keywords=understood.keywords,
        about=understood.about,
        mirror=restored.mirror,
        fingerprint=fingerprint(restored.text),
    )


def fingerprint(text: str) -> str:
    """SHA-256 of the folded text without white space: equal for the same text in either script."""
    return hashlib.sha256("".join(fold(text).split()).encode("utf-8", "surrogatepass")).hexdigest()


def build_analyser(lexicon_folder: Path, overrides: OverridesBySource | None = None) -> Analyser:
    """Load what analysis needs. Raises SettingsError for a lexicon that does not say what it must."""
    from nlp.lexicon import load_lexicon
    from nlp.restore import Restorer
    from nlp.understand import Understander

    return Analyser(restorer=Restorer(overrides or {}), understander=Understander(load_lexicon(lexicon_folder)))


def _as_given(body: BodyText) -> Restored:
    lines = tuple(
        Line(text=line, clean=line, label=LineLabel.BODY, reason="given as body")
        for line in body.text.split("\n")
        if line.strip()
    )
    from nlp.script import language_of  # shares the detector of restoring

    language, script = language_of(body.text)
    return Restored(
        title=body.title,
        author=None,
        publisher=None,
        published_at=None,
        published_precision=None,
        published_from=None,
        canonical_url=canonical_url(body.url),
        language=language,
        script=script,
        text=body.text,
        original_text=None,
        lines=lines,
        repairs=(),
        repaired=body.text,
        mirror=False,
        notes=(),
    )


def _day(restored: Restored) -> date | None:
    return restored.published_at.astimezone(CHINA).date() if restored.published_at else None


def _summary(understood: Understood) -> str:
    return f"{len(understood.entities)} entities, {len(understood.figures)} figures, {len(understood.events)} events"


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)
