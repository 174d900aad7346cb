"""What understanding hands on: an article with its evidence, or the reason why there is none.

All offsets count characters (code points) of `Article.text`; `end` is exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date  # `date` is a field of Event, and would hide the type from those who resolve hints
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class LineLabel(StrEnum):
    """What a visible line of a page is. The first four are kept, the rest is dropped."""

    TITLE = "title"
    BYLINE = "byline"
    SUBHEADING = "subheading"
    BODY = "body"
    SPAM_KEYWORDS = "spam_keywords"
    CHROME = "chrome"
    COUNTER = "counter"
    IMAGE_CAPTION = "image_caption"
    DISCLAIMER = "disclaimer"
    RELATED = "related"
    SIDEBAR = "sidebar"
    FOOTER = "footer"


KEPT_LABELS = frozenset({LineLabel.TITLE, LineLabel.BYLINE, LineLabel.SUBHEADING, LineLabel.BODY})
BODY_LABELS = frozenset({LineLabel.SUBHEADING, LineLabel.BODY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A non-empty visible line of the page, in order. `text` as shown, `clean` repaired and simplified."""

    text: str
    clean: str
    label: LineLabel
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change that a repair step made: what stood there, what stands there now, and why."""

    step: str
    before: str
    after: str
    why: str
    line: int | None = None  # index into the page's visible lines, from 0
    start: int = 0  # offset in that line as it stood when this change was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A name in the text. `canonical` is the lexicon's name, None for names the lexicon does not have.

    type: COMPANY, ORG, INVESTOR, PERSON, PRODUCT, GPE, DATE. `found_by` names the component.
    """

    text: str
    start: int
    end: int
    type: str
    canonical: str | None = None
    found_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A quantity as data. `value` in base units (243.77 亿元 is 24377000000, 6.6% is 6.6).

    kind: MONEY, PERCENT, COUNT, RANK, RATIO, DURATION. unit: ISO currency, "%", "pp", or the counted thing (家, token, parameter, rank, times, year).
    op: "=", ">", ">=", "<", "<=", "~". qualifier: the word that says so (超, 近, 逾). metric, subject, period:
    what was bound, None where nothing was. `value_high` is the upper end of a range.
    """

    text: str
    start: int
    end: int
    kind: str
    value: Decimal
    value_high: Decimal | None = None
    unit: str
    op: str = "="
    qualifier: str | None = None
    metric: str | None = None
    subject: str | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a company, with the words that say so (`start`, `end`, `trigger`).

    modality: "fact", or "planned", "rumoured", "denied": a rumour is not a filing. "past": it happened, but the text tells
    it as history, with a period that ended more than 60 days before publication (2020年7月在科创板上市, in 2025): it is no
    news, and neither alerts nor facets count it.
    date: the day, None where the text names no day; a month or a year alone is not made one.
    """

    type: str
    company: str | None
    date: Date | None
    start: int
    end: int
    trigger: str
    modality: str = "fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What the author wrote, cleaned, with what we understood of it.

    text           body and subheadings, one line each, "\\n" between; simplified Chinese where the page is Chinese
    original_text  the same lines in the page's own script, after repair; None where nothing was simplified
    published_at   aware; a date without a time is that day's midnight in China with `published_precision` "day"
    published_from which evidence decided ("meta article:published_time", "latest date in the page's chrome", …)
    language       ISO 639-1; script "Hans" or "Hant" of the page as it came, None where not Chinese
    about          canonical names of the companies the article is about, most important first
    mirror         the page is a spam mirror of somebody's article
    fingerprint    SHA-256 of the folded body without white space: the same text has the same one in either script
    """

    url: str
    canonical_url: str
    source: str
    title: str
    author: str | None = None
    publisher: str | None = None
    published_at: datetime | None = None
    published_precision: str | None = None
    published_from: str | None = None
    fetched_at: datetime
    language: str
    script: str | None = None
    text: str
    original_text: str | None = None
    lines: tuple[Line, ...] = ()
    repairs: tuple[Repair, ...] = ()
    entities: tuple[Entity, ...] = ()
    figures: tuple[Figure, ...] = ()
    events: tuple[Event, ...] = ()
    keywords: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    mirror: bool = False
    fingerprint: str


class DropReason(StrEnum):
    """Why a page ends without an article. Every page that is dropped has exactly one."""

    EMPTY = "empty"
    GONE = "gone"  # HTTP 404 or 410 for a page we knew
    HTTP_ERROR = "http_error"
    NOT_TEXT = "not_text"  # an image, an archive, a programme
    UNRECOVERABLE_ENCODING = "unrecoverable_encoding"
    TOO_LARGE = "too_large"
    BROKEN_PDF = "broken_pdf"
    SCANNED_PDF = "scanned_pdf"  # a PDF of pictures: no text layer
    SOFT_404 = "soft_404"
    LIST_PAGE = "list_page"
    THIN = "thin"
    PAYWALL = "paywall"
    LOGIN_WALL = "login_wall"
    SPAM = "spam"
    NOT_NEWS = "not_news"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """The expected end of a page that holds no article. `detail` says what was seen, for a person."""

    url: str
    source: str
    reason: DropReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNote:
    """One step of the analysis as `zhiwen explain` shows it: what it decided, and from what."""

    step: str
    decision: str
    evidence: tuple[str, ...] = ()
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The result with the way it came about. `repaired`: the whole page's visible text, line for line."""

    result: Article | Dropped
    notes: tuple[StepNote, ...]
    lines: tuple[Line, ...] = ()
    repairs: tuple[Repair, ...] = ()
    repaired: str = ""
