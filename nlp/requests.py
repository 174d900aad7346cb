"""The contract of `zhiwen analyse --jsonl`: a request line in, a result line out.

    {"id", one of "path" | "html" | "text", "url"?, "source"?, "fetched_at"?, "kind"?: "page" | "body"}
      -> {"id", "outcome": "article" | "dropped" | "error", …}

How zhiwen is measured hangs on this shape (issue 3), so it is built here by hand and not from the records.
"""

from __future__ import annotations

import json
import logging
import mimetypes
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.records import RawPage
from nlp.records import Article, Dropped, Entity, Event, Explanation, Figure, Line, Repair
from nlp.stages import BodyText
from zhiwen.errors import InputError
from zhiwen.times import CHINA, now

if TYPE_CHECKING:
    from nlp.analyse import Analyser

log = logging.getLogger("zhiwen.nlp")

_CONTENTS = ("path", "html", "text")
_KEYS = frozenset({"id", "url", "source", "fetched_at", "kind", *_CONTENTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    id: Any
    content: RawPage | BodyText


def answer(line: str, analyser: Analyser) -> dict[str, Any]:
    """The result for one request line. Never raises: what the line says wrong, and our own bugs, are "error" results."""
    id_: Any = None
    try:
        data = _object(line)
        id_ = data.get("id")
        request = parse(data)
    except InputError as error:
        return {"id": id_, "outcome": "error", "error": str(error)}
    try:
        if isinstance(request.content, BodyText):
            return result(request.id, analyser.explain_body(request.content))
        return result(request.id, analyser.explain(request.content))
    except Exception as error:  # once per line: one page that we cannot analyse must not end the others
        log.exception("request %r failed", id_)
        return {"id": id_, "outcome": "error", "error": f"zhiwen failed on it: {type(error).__name__}: {error}"}


def parse(data: dict[str, Any]) -> Request:
    """The request in `data`; raises InputError saying which key is wrong and what it may be."""
    unknown = sorted(set(data) - _KEYS)
    if unknown:
        raise InputError(f"unknown key '{unknown[0]}'", hint=f"keys are {', '.join(sorted(_KEYS))}")
    if "id" not in data:
        raise InputError("key 'id' is missing")
    given = [key for key in _CONTENTS if data.get(key) is not None]
    if len(given) != 1:
        raise InputError(f"needs exactly one of 'path', 'html', 'text'; found {', '.join(given) or 'none'}")
    kind = data.get("kind", "page")
    if kind not in ("page", "body"):
        raise InputError(f"key 'kind' is {kind!r}", hint="it is 'page' or 'body'")
    fetched_at = _moment(data.get("fetched_at"))
    url, source = _string(data, "url"), _string(data, "source") or "analyse"
    if kind == "body":
        text = _text(data, given[0])
        return Request(id=data["id"], content=BodyText(text=text, source=source, url=url, fetched_at=fetched_at))
    body, content_type = _bytes(data, given[0])
    page = RawPage(
        url=url,
        final_url=url,
        source=source,
        fetched_at=fetched_at,
        content_type=content_type,
        headers={"content-type": f"{content_type}; charset=utf-8"} if given[0] != "path" else {},
        body=body,
    )
    return Request(id=data["id"], content=page)


def result(id_: Any, explanation: Explanation) -> dict[str, Any]:
    """The result line for an analysis, as the contract says it."""
    shared: dict[str, Any] = {
        "lines": [_line(line) for line in explanation.lines],
        "repaired": explanation.repaired,
        "repairs": [_repair(repair) for repair in explanation.repairs],
    }
    match explanation.result:
        case Dropped() as dropped:
            return {"id": id_, "outcome": "dropped", "reason": dropped.reason.value, "detail": dropped.detail, **shared}
        case Article() as article:
            return {
                "id": id_,
                "outcome": "article",
                "title": article.title,
                "author": article.author,
                "publisher": article.publisher,
                "published_at": published(article),
                "language": article.language,
                "text": article.text,
                "mirror": article.mirror,
                **shared,
                "entities": [_entity(entity) for entity in article.entities],
                "figures": [_figure(figure) for figure in article.figures],
                "events": [_event(event) for event in article.events],
                "about": list(article.about),
                "keywords": list(article.keywords),
            }


def published(article: Article) -> str | None:
    """ISO 8601 with China's offset; only the date where the page told no time."""
    if article.published_at is None:
        return None
    local = article.published_at.astimezone(CHINA)
    return local.date().isoformat() if article.published_precision == "day" else local.isoformat()


def number(value: Decimal) -> int | float:
    """A JSON number: an integer where the value is one."""
    return int(value) if value == value.to_integral_value() else float(value)


def _object(line: str) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not a JSON line: {error}") from error
    if not isinstance(data, dict):
        raise InputError(f"expected a JSON object, found {type(data).__name__}")
    return data


def _string(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"key '{key}' must be a string, found {type(value).__name__}")
    return value


def _moment(value: Any) -> datetime:
    if value is None:
        return now()
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"key 'fetched_at' is {value!r}", hint="ISO 8601, e.g. 2025-12-24T20:00:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(f"key 'path': {path!r} cannot be read: {error}") from error


def _bytes(data: dict[str, Any], key: str) -> tuple[bytes, str]:
    value = _string(data, key)
    if key == "path":
        return _read(value), mimetypes.guess_type(value)[0] or "text/html"
    return value.encode("utf-8", "surrogatepass"), "text/html" if key == "html" else "text/plain"


def _text(data: dict[str, Any], key: str) -> str:
    if key == "html":
        raise InputError("key 'html' does not go with kind 'body'", hint="give the clean text as 'text'")
    value = _string(data, key)
    if key == "text":
        return value
    try:
        return _read(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"key 'path': {value!r} is not UTF-8 text: {error}") from error


def _line(line: Line) -> dict[str, Any]:
    return {"text": line.text, "clean": line.clean, "label": line.label.value}


def _repair(repair: Repair) -> dict[str, Any]:
    return {
        "step": repair.step,
        "before": repair.before,
        "after": repair.after,
        "why": repair.why,
        "line": repair.line,
    }


def _entity(entity: Entity) -> dict[str, Any]:
    return {
        "text": entity.text,
        "start": entity.start,
        "end": entity.end,
        "type": entity.type,
        "canonical": entity.canonical,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    shown = {
        "text": figure.text,
        "start": figure.start,
        "end": figure.end,
        "kind": figure.kind,
        "value": number(figure.value),
        "unit": figure.unit,
        "op": figure.op,
        "qualifier": figure.qualifier,
        "metric": figure.metric,
        "subject": figure.subject,
        "period": figure.period,
    }
    if figure.value_high is not None:
        shown["value_high"] = number(figure.value_high)
    return shown


def _event(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "company": event.company,
        "date": event.date.isoformat() if event.date else None,
        "start": event.start,
        "end": event.end,
        "modality": event.modality,
    }
