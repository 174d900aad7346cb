"""An alert as JSON, for files and receivers. docs/webhook.md promises this form; a test keeps the two together.

Fields may be added within a version; a receiver ignores those it does not know. Anything else is a new version.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from alerts.records import Alert, Evidence

VERSION = 1


def payload(alert: Alert) -> dict[str, Any]:
    """Plain JSON values; times in ISO 8601 with offset, None where the article does not say."""
    return {
        "version": VERSION,
        "id": alert.id,
        "rule": alert.rule,
        "created_at": _time(alert.created_at),
        "article": {
            "id": alert.article_id,
            "version": alert.version,
            "seq": alert.seq,
            "url": alert.url,
            "title": alert.title,
            "source": alert.source,
            "publisher": alert.publisher,
            "published_at": _time(alert.published_at),
        },
        "companies": list(alert.companies),
        "events": list(alert.events),
        "evidence": [_evidence(each) for each in alert.evidence],
    }


def body(alert: Alert) -> bytes:
    """The payload on one line, in UTF-8: the same bytes at every attempt, so that receivers may compare them."""
    # A page may hold half of a surrogate pair; U+FFFD in its place is still an alert, an exception is none.
    text = json.dumps(payload(alert), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.kind,
        "text": evidence.text,
        "sentence": evidence.sentence,
        "start": evidence.start,
        "end": evidence.end,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
