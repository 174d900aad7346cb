"""What feeds and lists share: asking for the entry points, one page of them after the other, and following their items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from scrapy import Request
from scrapy.http import Response

from crawler.challenge import is_challenge
from crawler.decide import Fetch, carries_article
from crawler.items import Item, NotAList
from crawler.judge import REFUSING, Answer
from crawler.run import Arrived
from crawler.sources import FeedSource, ListSource
from crawler.spiders.base import SourceSpider, arrived
from crawler.templates import fill

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class EntrySpider(SourceSpider):
    """A source whose entry points name articles. Subclasses read the answer: `read(arrived)`."""

    accept = "*/*"

    @property
    def source(self) -> FeedSource | ListSource:
        source = self.run.source
        assert isinstance(source, FeedSource | ListSource)
        return source

    def read(self, arrived: Arrived) -> list[Item] | NotAList:
        raise NotImplementedError

    def entries(self) -> Iterator[Request]:
        first = self.source.pages.first if self.source.pages else 0
        for template in self.source.urls:
            yield self.entry_request(template, page=first)

    def entry_request(self, template: str, *, page: int) -> Request:
        source = self.source
        today = self.run.now().astimezone(ZoneInfo(source.timezone)).date()
        values = {"page": page, "today": today, "since": today - source.window}
        url = fill(template, values)
        body, content_type = _body(source, values)
        return Request(
            url,
            method=source.method,
            body=body,
            callback=self.entry_came,
            errback=self.entry_failed,
            cb_kwargs={"asked": url, "template": template, "page": page},
            headers={"Accept": self.accept, **content_type, **source.headers},
            meta={"asked": url, "download_maxsize": self.run.limits.list_bytes},
            dont_filter=True,
        )

    def entry_came(self, response: Response, *, asked: str, template: str, page: int) -> Iterator[Request]:
        came = arrived(response, asked=asked)
        if came.status == 304:
            self.run.list_not_modified(came)
            return
        wrong = _wrong(came)
        if wrong is not None:
            yield from self._refuse(came, *wrong)
            return
        items = self.read(came)
        if isinstance(items, NotAList):
            self.run.entry_failed(came.url, answer=Answer.WRONG, what=items.what)
            return
        yield from self._follow(came, items, template=template, page=page)

    def _follow(self, came: Arrived, items: list[Item], *, template: str, page: int) -> Iterator[Request]:
        self.run.list_came(came, items=len(items))
        chosen = [choice.item for item in items if isinstance(choice := self.run.choose(item), Fetch)]
        for item in chosen:
            if carries_article(item, self.source):
                self.run.entry_content(item)
            else:
                yield from self.ask_for(item.url, hints=item.hints)
        pages = self.source.pages
        if pages and chosen and page + pages.step <= pages.last:
            yield self.entry_request(template, page=page + pages.step)

    def _refuse(self, came: Arrived, answer: Answer, what: str) -> Iterator[Request]:
        """A site that refuses its entry point does not want us: the rest of this run would only insist."""
        self.run.entry_failed(came.url, answer=answer, what=what)
        if answer is Answer.REFUSED:
            self.run.stop = f"stopped: {what}"
            self.stop_if_told()
        yield from ()

    def entry_failed(self, failure: Failure) -> None:
        asked, trouble = self.asked_in_vain(failure)
        if trouble.answer is not None:
            self.run.entry_failed(asked, answer=trouble.answer, what=trouble.what)


def _wrong(came: Arrived) -> tuple[Answer, str] | None:
    if is_challenge(came.body):
        return Answer.REFUSED, "a challenge page instead of the list"
    if came.status in REFUSING:
        return Answer.REFUSED, f"HTTP {came.status}"
    return (Answer.WRONG, f"HTTP {came.status}") if came.status != 200 else None


def _body(source: FeedSource | ListSource, values: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    if source.form is not None:
        body = urlencode(fill(source.form, values)).encode()
        return body, {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    if source.payload is not None:
        return json.dumps(fill(source.payload, values), ensure_ascii=False).encode(), {
            "Content-Type": "application/json"
        }
    return b"", {}
