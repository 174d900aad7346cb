"""From a page's bytes to the article its author wrote, or to the reason why there is none.

    bytes ─ 1 kind ─ 2 decode ─ 3 lines ─ 4 repair ─ 5 extract ─ 6 label ─ 7 language ─ 8 fields ─ 9 simplify ─ 10 judge ─▶

 1  What the bytes are: HTML, plain text, PDF; anything else ends here.                      nlp.kinds, nlp.pdf
 2  Bytes become text by trial decoding; declarations are evidence.                          nlp.decoding
 3  Text becomes the lines that a reader sees, each with its place in the tree.              nlp.extraction.page
 4  Lines damaged by a mirror machine are repaired; clean lines stay as they are.            nlp.repair
 5  The title and the region of the body: selectors of the source, our own cascade for
    Chinese, trafilatura for other languages.                                                nlp.extraction
 6  Every line gets a label and a reason; body lines make the text.                          nlp.labels, nlp.spam
 7  Language and script.                                                                     nlp.script
 8  Author, publisher, time, each with the evidence that decided.                            nlp.extraction.fields
 9  Traditional pages are simplified, the original is kept.                                  nlp.script
10  A verdict: an article, or the one reason why not.                                        nlp.verdicts

Every decision leaves a StepNote, which `zhiwen explain` shows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.records import RawPage
from nlp.decoding import decode
from nlp.extraction.body import choose_body
from nlp.extraction.facts import Facts, facts_of
from nlp.extraction.fields import PageLines, Published, Value, choose_author, choose_published, choose_publisher
from nlp.extraction.foreign import foreign_lines
from nlp.extraction.metadata import Metadata, read_metadata
from nlp.extraction.overrides import Selected, apply_overrides, selected_lines
from nlp.extraction.page import Visible, html_lines, parse_html, text_lines
from nlp.extraction.titles import ChosenTitle, choose_title
from nlp.kinds import Kind, kind_of
from nlp.labels import Labelled, Region, body_numbers, label_lines
from nlp.pdf import read_pdf
from nlp.records import Dropped, DropReason, Line, LineLabel, Repair, StepNote
from nlp.repair.steps import Repaired, repair, repair_as
from nlp.script import language_of, script_of, simplify
from nlp.spam import spam_reasons
from nlp.stages import NotRestored, Overrides, OverridesBySource, Restored
from nlp.verdicts import Verdict, judge
from zhiwen.folding import fold
from zhiwen.urls import canonical_url

MAX_BYTES = 24_000_000  # a prospectus in PDF has up to 20 MB; an HTML page of more than a few is no article


class Restorer:
    """Restores pages. Holds no state between them but the overrides, by source id."""

    def __init__(self, overrides: OverridesBySource | None = None) -> None:
        self._overrides = dict(overrides or {})

    def restore(self, page: RawPage) -> Restored | NotRestored:
        """Never raises for what a page holds; SettingsError for a selector of the source's that does not parse."""
        return _Restoration(page=page, overrides=self._overrides.get(page.source, Overrides())).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Steps 1 to 3: a page as visible lines, with its tree where it has one."""

    visible: Visible
    metadata: Metadata
    root: Any = None
    selected: Selected = field(default_factory=Selected)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    title: str
    author: Value | None
    publisher: Value | None
    published: Published | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What steps 4 to 9 found: everything about the page but whether it is an article."""

    repaired: Repaired
    facts: list[Facts]
    labels: list[Labelled]
    fields: _Fields
    lines: tuple[Line, ...]
    language: str
    script: str | None


@dataclass(slots=True, kw_only=True)
class _Restoration:
    """One page on its way. Each method is a step of the module's docstring and leaves a note."""

    page: RawPage
    overrides: Overrides
    notes: list[StepNote] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def run(self) -> Restored | NotRestored:
        answered = _check_answer(self.page)
        if answered is not None:
            return self._dropped(answered)
        read = self._read()
        if isinstance(read, Verdict):
            return self._dropped(read)
        found = self._find(read)
        verdict = judge(
            found.facts,
            found.labels,
            title=fold(found.fields.title),
            metadata=read.metadata,
            all_text="\n".join(fact.text for fact in found.facts),
        )
        if verdict.reason is not None:
            return self._dropped(verdict, lines=found.lines, repairs=found.repaired.repairs)
        mirror = found.repaired.diagnosis.is_mirror
        self._note("verdict", "article" + (", restored from a mirror" if mirror else ""), verdict.detail)
        return self._restored(read, found)

    def _find(self, read: _Read) -> _Found:
        """Steps 4 to 9."""
        repaired = self._repair(read)
        facts = [
            facts_of(line, link_share=seen.link_share, tag=seen.tag)
            for line, seen in zip(repaired.lines, read.visible.lines, strict=True)
        ]
        language, script = self._language(repaired, facts)
        title, region = self._extract(read, repaired, facts, language)
        labels = self._label(repaired, facts, region)
        fields = self._fields(read, repaired, labels, title)
        clean = self._simplify(repaired) if script == "Hant" else repaired.lines
        lines = tuple(
            Line(text=seen.text, clean=line, label=labelled.label, reason=labelled.reason)
            for seen, line, labelled in zip(read.visible.lines, clean, labels, strict=True)
        )
        return _Found(
            repaired=repaired, facts=facts, labels=labels, fields=fields, lines=lines, language=language, script=script
        )

    def _restored(self, read: _Read, found: _Found) -> Restored:
        traditional = found.script == "Hant"
        fields, body = found.fields, body_numbers(found.labels)
        return Restored(
            title=_in_simplified(fields.title, traditional=traditional),
            author=_in_simplified(fields.author.value, traditional=traditional) if fields.author else None,
            publisher=_in_simplified(fields.publisher.value, traditional=traditional) if fields.publisher else None,
            published_at=fields.published.moment if fields.published else None,
            published_precision=fields.published.precision if fields.published else None,
            published_from=fields.published.why if fields.published else None,
            canonical_url=_canonical(self.page, read.metadata),
            language=found.language,
            script=found.script,
            text="\n".join(found.lines[number].clean for number in body),
            original_text="\n".join(found.repaired.lines[number] for number in body) if traditional else None,
            lines=found.lines,
            repairs=found.repaired.repairs,
            repaired="\n".join(line.clean for line in found.lines),
            mirror=found.repaired.diagnosis.is_mirror,
            notes=tuple(self.notes),
        )

    def _note(self, step: str, decision: str, *evidence: str) -> None:
        now = time.perf_counter()
        took = round((now - self.started) * 1000, 2)
        self.started = now
        self.notes.append(StepNote(step=step, decision=decision, evidence=evidence, milliseconds=took))

    def _dropped(
        self, verdict: Verdict, *, lines: tuple[Line, ...] = (), repairs: tuple[Repair, ...] = ()
    ) -> NotRestored:
        assert verdict.reason is not None
        self._note("verdict", f"dropped: {verdict.reason.value}", verdict.detail)
        return NotRestored(
            dropped=Dropped(url=self.page.url, source=self.page.source, reason=verdict.reason, detail=verdict.detail),
            lines=lines,
            repairs=repairs,
            repaired="\n".join(line.clean for line in lines),
            notes=tuple(self.notes),
        )

    def _read(self) -> _Read | Verdict:
        kind = kind_of(self.page.body, self.page.content_type)
        self._note("kind", kind.kind.value, kind.why)
        if kind.kind is Kind.OTHER:
            return Verdict(reason=DropReason.NOT_TEXT, detail=kind.why)
        read = self._read_pdf() if kind.kind is Kind.PDF else self._read_text(kind.kind)
        if isinstance(read, _Read) and not read.visible.lines:
            return Verdict(reason=DropReason.EMPTY, detail="no visible text")
        return read

    def _read_pdf(self) -> _Read | Verdict:
        pdf = read_pdf(self.page.body)
        if pdf.problem is not None:
            reason = DropReason.BROKEN_PDF if pdf.problem == "broken" else DropReason.SCANNED_PDF
            return Verdict(reason=reason, detail=pdf.detail)
        visible = text_lines(pdf.text)
        self._note("lines", f"{len(visible.lines)} paragraphs", f"{pdf.pages} pages of PDF")
        return _Read(visible=visible, metadata=Metadata(title_tag=pdf.title))

    def _read_text(self, kind: Kind) -> _Read | Verdict:
        decoded = decode(self.page.body, header_charset=_header_charset(self.page))
        self._note("decode", decoded.encoding, *decoded.evidence)
        if decoded.unrecoverable:
            detail = f"{decoded.lost} characters were destroyed before we fetched it (锟斤拷, U+FFFD)"
            return Verdict(reason=DropReason.UNRECOVERABLE_ENCODING, detail=detail)
        root = parse_html(decoded.text) if kind is Kind.HTML else None
        if root is None:
            read = _Read(visible=text_lines(decoded.text), metadata=Metadata())
        else:
            selected = apply_overrides(root, self.overrides)
            read = _Read(visible=_seen(root), metadata=read_metadata(root), root=root, selected=selected)
        extent = f"{read.visible.hidden} hidden characters left out" + (
            ", cut at our limit" if read.visible.cut else ""
        )
        self._note("lines", f"{len(read.visible.lines)} visible lines", extent)
        return read

    def _repair(self, read: _Read) -> Repaired:
        repaired = repair([line.text for line in read.visible.lines])
        counts: dict[str, int] = {}
        for made in repaired.repairs:
            counts[made.step] = counts.get(made.step, 0) + 1
        made_by = tuple(f"{step}: {count}" for step, count in counts.items())
        self._note("repair", repaired.diagnosis.damage.value, *repaired.diagnosis.evidence, *made_by)
        return repaired

    def _language(self, repaired: Repaired, facts: Sequence[Facts]) -> tuple[str, str | None]:
        """By the running text, where there is some: menus in another language surround many articles."""
        prose = "\n".join(line for line, fact in zip(repaired.lines, facts, strict=True) if fact.is_prose)
        language, script = language_of(prose if len(prose) >= 40 else "\n".join(repaired.lines))
        self._note("language", language if script is None else f"{language}-{script}")
        return language, script

    def _extract(
        self, read: _Read, repaired: Repaired, facts: Sequence[Facts], language: str
    ) -> tuple[ChosenTitle | None, Region | None]:
        mirror = repaired.diagnosis.is_mirror
        said = _repaired_titles(read.metadata, repaired) if mirror else read.metadata
        title = choose_title(facts, repaired.lines, said, mirror=mirror)
        if read.selected.title:
            title = ChosenTitle(text=read.selected.title, line=None, why="the source's selector", from_head=False)
        if read.root is None:
            return title, None
        line = title.line if title else None
        if read.selected.body:
            region, how = Region(lines=selected_lines(read.visible), title=line, exact=True), "the source's selector"
        elif language != "zh" and (found := foreign_lines(read.root, read.visible)):
            region, how = Region(lines=found, title=line, exact=True), "trafilatura"
        else:
            region, how = Region(lines=choose_body(read.visible, facts, after=line), title=line), "the densest element"
        self._note(
            "extract", f"{len(region.lines)} lines by {how}", f"title: {title.why}" if title else "no title in the head"
        )
        return title, region

    def _label(self, repaired: Repaired, facts: Sequence[Facts], region: Region | None) -> list[Labelled]:
        traditional = script_of("\n".join(repaired.lines[:2000])) == "Hant"
        spam = spam_reasons(repaired.lines, traditional_page=traditional)
        labels = label_lines(facts, spam=spam, region=region)
        counts: dict[str, int] = {}
        for labelled in labels:
            counts[labelled.label.value] = counts.get(labelled.label.value, 0) + 1
        self._note(
            "label",
            f"{len(body_numbers(labels))} lines of body",
            *(f"{name}: {count}" for name, count in counts.items()),
        )
        return labels

    def _fields(
        self, read: _Read, repaired: Repaired, labels: Sequence[Labelled], title: ChosenTitle | None
    ) -> _Fields:
        lines = PageLines(texts=repaired.lines, labels=labels)
        hints, selected, mirror = self.page.hints, read.selected, repaired.diagnosis.is_mirror
        zone = ZoneInfo(self.overrides.timezone)
        shown, title_why = _title(lines, title, hints.get("title", ""), mirror=mirror)
        author = (
            Value(value=selected.author, why="the source's selector")
            if selected.author
            else choose_author(lines, read.metadata, hints)
        )
        publisher = (
            Value(value=selected.publisher, why="the source's selector")
            if selected.publisher
            else choose_publisher(
                lines,
                read.metadata,
                hints,
                name=self.overrides.publisher_name,
                mirror=mirror,
                author=author.value if author else None,
            )
        )
        published = choose_published(
            lines,
            read.metadata,
            hints,
            url=self.page.final_url,
            fetched_at=self.page.fetched_at,
            zone=zone,
            selected=selected.published,
        )
        self._note("title", shown, title_why)
        self._note("author", author.value if author else "none named", author.why if author else "")
        self._note("publisher", publisher.value if publisher else "none named", publisher.why if publisher else "")
        when = f"{published.moment.isoformat()} ({published.precision})" if published else "unknown"
        self._note("published", when, published.why if published else "no time on the page, in its head or its URL")
        return _Fields(title=shown, author=author, publisher=publisher, published=published)

    def _simplify(self, repaired: Repaired) -> tuple[str, ...]:
        clean = tuple(simplify(line) for line in repaired.lines)
        changed = sum(before != after for before, after in zip(repaired.lines, clean, strict=True))
        self._note("simplify", f"{changed} lines to simplified Chinese", "the original is kept")
        return clean


def _check_answer(page: RawPage) -> Verdict | None:
    if page.status in (404, 410):
        return Verdict(reason=DropReason.GONE, detail=f"HTTP {page.status}")
    if page.status >= 400:
        return Verdict(reason=DropReason.HTTP_ERROR, detail=f"HTTP {page.status}")
    if not page.body.strip():
        return Verdict(reason=DropReason.EMPTY, detail=f"{len(page.body)} bytes, none of them visible")
    if len(page.body) > MAX_BYTES:
        return Verdict(reason=DropReason.TOO_LARGE, detail=f"{len(page.body):,} bytes, at most {MAX_BYTES:,} are read")
    return None


def _seen(root: Any) -> Visible:
    """The page as styles show it; as it is where they hide nearly all of it."""
    visible = html_lines(root)
    shown = sum(len(line.text) for line in visible.lines)
    return html_lines(root, styles=False) if visible.hidden > max(200, 3 * shown) else visible


def _header_charset(page: RawPage) -> str | None:
    for parameter in page.headers.get("content-type", "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value
    return None


def _repaired_titles(metadata: Metadata, repaired: Repaired) -> Metadata:
    """A mirror damages the titles in its head as it does the page."""
    texts = repair_as(repaired.diagnosis, [metadata.title_tag, *(said.value for said in metadata.titles)]).lines
    titles = (replace(said, value=text) for said, text in zip(metadata.titles, texts[1:], strict=True))
    return replace(metadata, title_tag=texts[0], titles=tuple(titles))


def _title(lines: PageLines, chosen: ChosenTitle | None, hint: str, *, mirror: bool) -> tuple[str, str]:
    """The line that the head repeats, what the head says, the line labelled title, what the list said, or the beginning
    of the text. A mirror's head speaks for the mirror: there the headline's line wins."""
    labelled = lines.with_label(LineLabel.TITLE)
    if chosen is not None and not (mirror and chosen.from_head and labelled):
        return chosen.text, chosen.why
    if labelled:
        return lines.texts[labelled[0]], lines.labels[labelled[0]].reason
    if hint:
        return hint, "the list or feed that named the page"
    body = [
        lines.texts[number]
        for number, one in enumerate(lines.labels)
        if one.label in (LineLabel.BODY, LineLabel.SUBHEADING)
    ]
    return (_first_sentence(body[0]), "no title anywhere: how the text begins") if body else ("", "no title anywhere")


def _first_sentence(text: str) -> str:
    for at, character in enumerate(text[:80]):
        if character in "。！？!?":
            return text[: at + (character != "。")]
    return text[:60]


def _in_simplified(text: str, *, traditional: bool) -> str:
    return simplify(text) if traditional else text


def _canonical(page: RawPage, metadata: Metadata) -> str:
    """The page's own word for its URL where it stays on the site and names a page; else the URL after redirects."""
    said, fetched = urlsplit_safe(metadata.canonical), urlsplit_safe(page.final_url or page.url)
    same_site = said is not None and fetched is not None and said[0].split(".")[-2:] == fetched[0].split(".")[-2:]
    if same_site and said is not None and said[1] not in ("", "/"):
        return canonical_url(metadata.canonical)
    return canonical_url(page.final_url or page.url)


def urlsplit_safe(url: str) -> tuple[str, str] | None:
    """(host, path and query) of an absolute http(s) URL; None for anything else."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return host, parts.path + parts.query
