"""Author, publisher and time of an article, each with the evidence that decided."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from nlp.extraction.bylines import (
    Named,
    find_account,
    find_author,
    find_before_time,
    find_editor,
    find_publisher,
    find_signature,
)
from nlp.extraction.metadata import Metadata, Said
from nlp.extraction.times import FoundTime, day_in_url, find_times, time_in_attribute
from nlp.labels import Labelled
from nlp.records import BODY_LABELS, LineLabel
from nlp.surnames import looks_like_person

_AROUND = 12  # lines in front of the body in which a byline may stand
_BEHIND = 6  # lines behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A field's value and the evidence that decided it."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    moment: datetime
    precision: str
    why: str


_NAMES_SOURCE = re.compile("[(（【]?(?:稿件|文章|信息|本文|新闻)?[来來]源")  # of a text as often as of a picture


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLines:
    """The repaired lines of a page with their labels."""

    texts: Sequence[str]
    labels: Sequence[Labelled]

    def with_label(self, *wanted: LineLabel) -> list[int]:
        return [number for number, labelled in enumerate(self.labels) if labelled.label in wanted]

    def near_title(self) -> list[str]:
        """Byline lines around the body, those between title and body first."""
        body = self.with_label(*BODY_LABELS)
        if not body:
            return [self.texts[number] for number in self.with_label(LineLabel.BYLINE)]
        title = next(iter(self.with_label(LineLabel.TITLE)), None)
        first = max(0, (title if title is not None and title < body[0] else body[0]) - 3, body[0] - 3 * _AROUND)
        # The first line of the body too where it is short: old pages run source and time into it.
        numbers = [
            *range(first, body[0] + (len(self.texts[body[0]]) <= 80)),
            *(n for n in self.with_label(LineLabel.BYLINE) if n > body[0]),
        ]
        numbers += [n for n in range(body[-1] + 1, min(len(self.texts), body[-1] + 1 + _BEHIND)) if n not in numbers]
        return [
            self.texts[n]
            for n in numbers
            if n < len(self.texts)
            and len(self.texts[n]) <= 200
            and n != title
            # Whom a picture came from is not who published the article.
            and (self.labels[n].label is not LineLabel.IMAGE_CAPTION or _NAMES_SOURCE.match(self.texts[n]))
        ]


def choose_author(page: PageLines, metadata: Metadata, hints: Mapping[str, str]) -> Value | None:
    near = [line for line in page.near_title() if len(line) <= 100]
    found = find_author(near)
    if found:
        return _from_line(found)
    body = [page.texts[number] for number in page.with_label(*BODY_LABELS)]
    found = find_author([*(line[-60:] for line in body[-3:]), *(line[:60] for line in body[:2])]) or find_signature(
        body
    )
    if found:
        return _from_line(found)
    for said in metadata.authors:
        if _is_person(said.value) and said.value not in {publisher.value for publisher in metadata.publishers}:
            return Value(value=said.value, why=said.where)
    writer = _writer_before_time(near, metadata)
    if writer:
        return writer
    if hints.get("author"):
        return Value(value=hints["author"], why="the list or feed that named the page")
    editor = find_editor(near)
    return (
        None
        if editor is None
        else Value(value=editor.name, why=f"the editor, as nobody else is named: {editor.line[:60]}")
    )


def _writer_before_time(near: Sequence[str], metadata: Metadata) -> Value | None:
    """The name in front of the time, where it has a person's shape and the head names somebody else as the publisher."""
    named = find_before_time(near)
    publishers = [said.value for said in metadata.publishers if not said.value.startswith("http")]
    if named is None or not publishers or not looks_like_person(named.name):
        return None
    if any(named.name in publisher for publisher in publishers):
        return None
    return Value(
        value=named.name, why=f"a person's name in front of the time, published by {publishers[0]}: {named.line[:60]!r}"
    )


_NO_NAME = re.compile('[.<>="{}|/\\\\]|admin|编辑部|^网站|未知|佚名', re.IGNORECASE)


def _is_person(value: str) -> bool:
    return (
        2 <= len(value) <= 40
        and not value.startswith(("http", "@"))
        and not _NO_NAME.search(value)
        and not value.isdigit()
    )


def choose_publisher(
    page: PageLines,
    metadata: Metadata,
    hints: Mapping[str, str],
    *,
    name: str | None,
    mirror: bool,
    author: str | None,
) -> Value | None:
    """`name`: what the source's configuration calls it. A mirror's head speaks of the mirror, so there only lines count."""
    found = find_publisher(page.near_title())
    if found and found.name != author:
        return _from_line(found)
    outside = [
        page.texts[number]
        for number in page.with_label(LineLabel.SIDEBAR, LineLabel.RELATED, LineLabel.COUNTER, LineLabel.BYLINE)
    ]
    account = find_account(outside)
    if account:
        return Value(value=account.name, why=f"the account card beside the article: {account.line[:60]}")
    if name:
        return Value(value=name, why="the source's configuration")
    if hints.get("publisher"):
        return Value(value=hints["publisher"], why="the list or feed that named the page")
    said = next((item for item in metadata.publishers if not item.value.startswith("http")), None)
    return Value(value=said.value, why=said.where) if said and not mirror else None


def _from_line(named: Named) -> Value:
    return Value(value=named.name, why=f"the line {named.line[:60]!r}")


def choose_published(
    page: PageLines,
    metadata: Metadata,
    hints: Mapping[str, str],
    *,
    url: str,
    fetched_at: datetime,
    zone: tzinfo,
    selected: str = "",
) -> Published | None:
    """Printed beside the title, before what the head says, before the URL, before any date on the page.

    A page prints its time for readers, in local time; heads carry wrong offsets and the times of templates. A printed day alone
    gives way to a head that knows the minute.
    """
    if selected and (found := time_in_attribute(selected, fetched_at=fetched_at, zone=zone)):
        return Published(moment=found.moment, precision=_coarse(found), why=f"the source's selector: {selected[:60]!r}")
    printed = _first(
        _sane(find_times(line, fetched_at=fetched_at, zone=zone), fetched_at)
        for line in page.near_title()
        if len(line) <= 120
    )
    said = _said_time(metadata.times, fetched_at, zone)
    in_url = next(iter(_sane([time] if (time := day_in_url(url, zone=zone)) else [], fetched_at)), None)
    if printed and not names_year(printed.text):
        # A month and a day need a year: the head's or the URL's, where they name that day.
        year = said.moment if said else in_url.moment if in_url else None
        if year is not None:
            printed = FoundTime(
                moment=_in_year(printed.moment, year.astimezone(zone).year),
                precision=printed.precision,
                text=printed.text,
            )
    if printed and said:
        return _agree(printed, said, zone)
    if printed:
        return Published(
            moment=printed.moment, precision=_coarse(printed), why=f"printed beside the title: {printed.text.strip()!r}"
        )
    if said:
        return said
    if hints.get("published") and (hinted := time_in_attribute(hints["published"], fetched_at=fetched_at, zone=zone)):
        return Published(moment=hinted.moment, precision=_coarse(hinted), why="the list or feed that named the page")
    if in_url:
        return Published(moment=in_url.moment, precision="day", why=f"the URL: {in_url.text}")
    return _latest_on_page(page, fetched_at, zone)


def _with_years(lines: Sequence[str]) -> Iterator[str]:
    """Lines as they are, but a year on a line of its own goes in front of the next one (2023 above 11/17 20:52)."""
    year = ""
    for line in lines:
        yield f"{year}/{line}" if year and line[:1].isdigit() else line
        year = line.rstrip("年 ") if re.fullmatch("(?:19|20)\\d\\d ?年?", line) else ""


def _in_year(moment: datetime, year: int) -> datetime:
    try:
        return moment.replace(year=year)
    except ValueError:  # 29 February
        return moment


def _first(many: object) -> FoundTime | None:
    for found in many:  # type: ignore[attr-defined]
        if found:
            return found[0]  # type: ignore[no-any-return]
    return None


def _sane(found: list[FoundTime], fetched_at: datetime) -> list[FoundTime]:
    """Nothing is published after it was fetched (a day's grace for clocks and zones), or before news sites existed."""
    return [time for time in found if time.moment.year >= 1995 and time.moment <= fetched_at + timedelta(days=1)]


def _said_time(times: Sequence[Said], fetched_at: datetime, zone: tzinfo) -> Published | None:
    for said in times:
        found = time_in_attribute(said.value, fetched_at=fetched_at, zone=zone)
        if found and _sane([found], fetched_at):
            return Published(moment=found.moment, precision=_coarse(found), why=said.where)
    return None


def _agree(printed: FoundTime, said: Published, zone: tzinfo) -> Published:
    same_day = printed.moment.astimezone(zone).date() == said.moment.astimezone(zone).date()
    if printed.precision == "day" and said.precision != "day":
        return said
    confirmed = ", on the day that " + said.why + " says" if same_day else ""
    return Published(
        moment=printed.moment,
        precision=_coarse(printed),
        why=f"printed beside the title: {printed.text.strip()!r}{confirmed}",
    )


def _coarse(found: FoundTime) -> str:
    return "day" if found.precision == "day" else "minute"


def _latest_on_page(page: PageLines, fetched_at: datetime, zone: tzinfo) -> Published | None:
    """The last resort: lists beside an article show stories of its day, so the latest full date among them bounds it."""
    latest: FoundTime | None = None
    for number, text in enumerate(page.texts):
        if len(text) > 60 or page.labels[number].label in BODY_LABELS:
            continue
        for found in _sane(find_times(text, fetched_at=fetched_at, zone=zone), fetched_at):
            if names_year(found.text) and (latest is None or found.moment > latest.moment):
                latest = found
    if latest is None:
        return None
    midnight = latest.moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    why = f"the latest full date in the page's chrome ({latest.text.strip()}): no time stands beside the title"
    return Published(moment=midnight, precision="day", why=why)


def names_year(text: str) -> bool:
    """Does a printed time name its year?"""
    return text.strip()[:2] in ("19", "20")
