"""What a source file says. One file in config/sources is one source; its name is the source's id.

    kind: feed     RSS, Atom or JSON Feed; the articles behind its entries are fetched, or its content is the article
    kind: list     an HTML page or JSON (JSONP too) that names articles
    kind: folder   files that people or licensed feeds put there

A new source is a new file. Strict types: YAML turns an unquoted 00700 into 448, so numbers are refused where text is meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from crawler.revisit import Revisit
from crawler.schedule import Schedule, cron_line, duration
from crawler.selectors import check_expression, check_jmespath
from crawler.templates import check_template
from zhiwen.complaints import refusal
from zhiwen.errors import SettingsError
from zhiwen.yamlfile import read_yaml

# The fields of a list's items. All but `url` and `id` travel with the page as hints.
FieldName = Literal["url", "id", "title", "author", "publisher", "published", "company", "form", "content"]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone: write one like Asia/Shanghai") from error
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


def _web_address(text: str) -> str:
    if urlsplit(text).scheme not in {"http", "https"} or not urlsplit(text).hostname:
        raise ValueError(f"{text!r} is not a web address: write http://… or https://…")
    return check_template(text, names=("page", "today", "since"))


def _span(value: object) -> object:
    """YAML reads 30 as a number and 1:30 as ninety: neither says its unit."""
    return value if isinstance(value, timedelta) else duration(str(value))


def _one_or_many(value: object) -> object:
    """`title: h1` reads as well as `title: [h1]`; as tuples, because the models are strict and frozen."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


TimeZone = Annotated[str, AfterValidator(_time_zone)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Url = Annotated[str, AfterValidator(_web_address)]
Span = Annotated[timedelta, BeforeValidator(_span)]
Selectors = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Urls = Annotated[tuple[Url, ...], BeforeValidator(_one_or_many), Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Extract(_Part):
    """CSS selectors for the source's pages, tried in order; `drop` goes before all else. Same names as nlp's Overrides."""

    title: Selectors = ()
    author: Selectors = ()
    publisher: Selectors = ()
    published: Selectors = ()
    body: Selectors = ()
    drop: Selectors = ()


class Healthy(_Part):
    """How many items the entry points name in a healthy run. Fewer or more is reported, what came is kept."""

    min_items: Annotated[int, Field(ge=0)] = 1
    max_items: Annotated[int, Field(ge=1)] = 1000


class RevisitRule(_Part):
    first: Span = timedelta(hours=1)
    until: Span = timedelta(days=14)


class When(_Part):
    every: Span | None = None
    cron: Annotated[str, AfterValidator(cron_line)] | None = None
    timezone: TimeZone = "Asia/Shanghai"
    jitter: Span = timedelta(0)

    @model_validator(mode="after")
    def _one_of_two(self) -> When:
        if (self.every is None) == (self.cron is None):
            raise ValueError("write either every: (an interval like 30m) or cron: (a crontab line)")
        if self.every is not None and self.every < timedelta(seconds=10):
            raise ValueError("every: must be at least 10s")
        return self


class Pages(_Part):
    """Numbers for `{page}` in a URL or form, asked for one after the other while a page names something new."""

    first: int = 1
    last: int
    step: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> Pages:
        if self.last < self.first:
            raise ValueError(f"last ({self.last}) comes before first ({self.first})")
        return self


class Documents(_Part):
    """index: which addresses are indexes. links: CSS or XPath of the documents they link. pattern: which of the links; its
    group 1, where it has one, is the link. at_most: documents of one index, in its order."""

    index: Pattern
    links: str
    pattern: Pattern = ".+"
    at_most: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _links_hold(self) -> Documents:
        check_expression(self.links)
        return self


class _Source(_Part):
    """What every source says.

    status     "on": published for readers or explicitly permitted. "opt_in": check robots and terms before enabling it.
               "ack": the terms restrict automation; it is not crawled before `terms_acknowledged: true` stands there
    note       for people: where it comes from, what to know before it is enabled
    grade      how close it stands to what it reports: "filing", "first-hand", "media", "aggregator", "other"
    publisher  what the source is called where its pages do not say
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    name: str
    enabled: bool
    status: Literal["on", "opt_in", "ack"] = "on"
    terms_acknowledged: bool = False
    note: str = ""
    schedule: When
    grade: Literal["filing", "first-hand", "media", "aggregator", "other"] = "media"
    language: str | None = None
    publisher: str | None = None
    timezone: TimeZone = "Asia/Shanghai"
    extract: Extract = Extract()

    @property
    def overrides(self) -> dict[str, Any]:
        """Keyword arguments of nlp's Overrides, as plain data."""
        selectors: dict[str, Any] = self.extract.model_dump()
        return {**selectors, "publisher_name": self.publisher, "timezone": self.timezone}

    @property
    def when(self) -> Schedule:
        rule = self.schedule
        return Schedule(every=rule.every, cron=rule.cron, timezone=rule.timezone, jitter=rule.jitter)


class _WebSource(_Source):
    """What a source on the web says.

    headers          what the entry points need; page_headers: what the articles need
    needs_contact    refuse to run without a contact in the operator's user agent (SEC asks for one)
    delay            least seconds between two requests to a host; AutoThrottle only makes it longer
    max_pages        articles fetched in one run; the rest waits for the next run
    max_bytes        largest article, where filings need more than the default
    article_pattern  addresses that are articles; all others are skipped. None: every one is
    full_text        the entry's own content is the article, its address is not fetched (unless it carries none)
    documents        of an index page (of a filing) the documents it links are the articles, not the page itself
    revisit          when known articles are looked at again; "never" asks once
    published_format strptime format of the entry's times, "unix", "unix_ms", or None: the parser's guess
    """

    urls: Urls
    method: Literal["GET", "POST"] = "GET"
    form: Mapping[str, str] | None = None
    payload: Mapping[str, Any] | None = None
    pages: Pages | None = None
    window: Span = timedelta(days=3)
    headers: Mapping[str, str] = Field(default_factory=dict)
    page_headers: Mapping[str, str] = Field(default_factory=dict)
    needs_contact: bool = False
    delay: Annotated[float, Field(ge=0, le=60, strict=False)] = 5.0
    max_pages: Annotated[int, Field(ge=1)] = 100
    max_bytes: Annotated[int, Field(ge=1024)] | None = None
    article_pattern: Pattern | None = None
    exclude_pattern: Pattern | None = None
    exclude_title: Pattern | None = None
    full_text: bool = False
    documents: Documents | None = None
    revisit: RevisitRule | Literal["never"] = RevisitRule()
    published_format: str | None = None
    healthy: Healthy = Healthy()

    @property
    def revisit_policy(self) -> Revisit | None:
        rule = self.revisit
        return None if isinstance(rule, str) else Revisit(first=rule.first, until=rule.until)

    @model_validator(mode="after")
    def _request_fits(self) -> _WebSource:
        if self.method == "GET" and (self.form is not None or self.payload is not None):
            raise ValueError("form and payload are sent with method: POST")
        if self.form is not None and self.payload is not None:
            raise ValueError("write either form or payload (JSON), a request has one body")
        sent = (*(self.form or {}).values(), *_texts(self.payload))
        for text in sent:
            check_template(text, names=("page", "today", "since"))
        if (self.pages is not None) != any("{page" in text for text in (*self.urls, *sent)):
            raise ValueError("pages: gives the numbers for {page} in urls, form or payload; write both or neither")
        return self


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case Mapping():
            return [text for item in value.values() for text in _texts(item)]
        case list() | tuple():
            return [text for item in value for text in _texts(item)]
    return []


class FeedSource(_WebSource):
    kind: Literal["feed"]


class ListSource(_WebSource):
    """A page that names articles.

    format  "html": `items` is CSS or XPath, fields are CSS or XPath inside an item (text of the element, or ::attr(x)).
            "json": `items` and fields are JMESPath; a JSONP wrapper is taken off
    each    a list inside every item (JMESPath): each of its members is an item of its own, with the outer one's fields
    link    how an item's address is written from its fields, like "https://host/detail/{id}"; relative ones are joined
    ok_if   JMESPath that must hold for the answer to count ("state == `1`")
    """

    kind: Literal["list"]
    format: Literal["html", "json"]
    items: str
    each: str | None = None
    ok_if: str | None = None
    fields: Mapping[FieldName, str]
    link: str = "{url}"

    @model_validator(mode="after")
    def _expressions_hold(self) -> ListSource:
        check = check_jmespath if self.format == "json" else check_expression
        for expression in (self.items, *self.fields.values()):
            check(expression)
        json_only = [expression for expression in (self.each, self.ok_if) if expression is not None]
        if json_only and self.format == "html":
            raise ValueError("each and ok_if are for format: json")
        for expression in json_only:
            check_jmespath(expression)
        check_template(self.link, names=tuple(self.fields))
        if self.full_text and "content" not in self.fields:
            raise ValueError("full_text: true needs fields.content, the article inside the list")
        return self


class FolderSource(_Source):
    """`path` is relative to the folder of the configuration, unless absolute."""

    kind: Literal["folder"]
    path: str
    recursive: bool = True

    def folder(self, config_folder: Path) -> Path:
        return config_folder / self.path


class UrlSource(_WebSource):
    """URLs that a person gave (`zhiwen ingest URL`); never a file."""

    kind: Literal["urls"]


Source = FeedSource | ListSource | FolderSource | UrlSource
_FileSource = FeedSource | ListSource | FolderSource
_FromFile: TypeAdapter[_FileSource] = TypeAdapter(Annotated[_FileSource, Field(discriminator="kind")])
_BY_KIND: Mapping[object, type[_FileSource]] = {"feed": FeedSource, "list": ListSource, "folder": FolderSource}


def ingest_source(urls: tuple[str, ...], *, delay: float = 1.0) -> UrlSource:
    """The source of pages given by hand. Raises SettingsError for something that is no web address."""
    try:
        return UrlSource(
            id="ingest", name="given by hand", kind="urls", enabled=True, schedule=When(every=timedelta(days=1)),
            urls=tuple(url.replace("{", "%7B").replace("}", "%7D") for url in urls), delay=delay, max_pages=max(1, len(urls)),
        )  # fmt: skip
    except ValidationError as error:
        raise SettingsError(str(error.errors()[0]["ctx"]["error"])) from error


def load_sources(folder: Path) -> list[Source]:
    """All sources of `folder`, by id. Raises SettingsError that names every file and key that is wrong."""
    sources: list[Source] = []
    wrong: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            sources.append(load_source(path))
        except SettingsError as error:
            wrong.append(str(error))
    if wrong:
        raise SettingsError("\n".join(wrong))
    if not sources:
        raise SettingsError(f"{folder} holds no source", hint="a source is a .yaml file there, see docs")
    return sources


def load_source(path: Path) -> Source:
    """Raises SettingsError."""
    file = read_yaml(path)
    if not isinstance(file.data, dict):
        raise SettingsError(f"{file.place()}: holds no keys", hint="a source starts with id:, name:, kind:")
    try:
        source = _FromFile.validate_python(file.data)
    except ValidationError as error:
        what = f"source '{file.data.get('id', path.stem)}'"
        model = _BY_KIND.get(str(file.data.get("kind")), _FileSource)
        raise refusal(error, what=what, file=file, model=model) from error
    if source.id != path.stem:
        raise SettingsError(
            f"{file.place(('id',))}: source '{source.id}' stands in a file of another name",
            hint=f"call the file {source.id}.yaml",
        )
    return source
