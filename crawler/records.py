"""What the crawler hands on: a page exactly as it came, in bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# Response headers that later stages or audits need; all others are let go. Names in lower case.
KEPT_HEADERS = frozenset(
    {"content-type", "content-language", "content-encoding", "etag", "last-modified", "date", "link", "x-robots-tag"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One fetched page, or one file of a drop folder.

    url         as it was asked for; `file:///…` for a dropped file without a sidecar
    final_url   after redirects
    source      id of the source (a file in config/sources), or "ingest" for what a person gave by hand
    fetched_at  aware, UTC
    status      HTTP status; 200 for files. 404 and 410 are passed on for known URLs: that is how a page goes
    headers     those of KEPT_HEADERS that came, names in lower case
    content_type  media type without parameters, lower case, "" when not known
    body        bytes after transfer and content decoding, never decoded to text
    hints       what the list or feed said about the page ("title", "author", "published", "publisher",
                "company", "form"): evidence for nlp, never the truth
    """

    url: str
    final_url: str
    source: str
    fetched_at: datetime
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes
    hints: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    def __post_init__(self) -> None:
        if self.fetched_at.tzinfo is None:
            raise ValueError(f"RawPage {self.url}: fetched_at is a naive time")
        if not self.sha256:
            object.__setattr__(self, "sha256", hashlib.sha256(self.body).hexdigest())
