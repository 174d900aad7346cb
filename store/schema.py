"""The tables, as this code sees them. Migrations build them step by step; a test holds the two together.

pages 1─1 bodies
pages ──finish──▶ articles 1─n versions ──seq──▶ index, alerts
                                                 alerts 1─n deliveries      visits      runs      counters

Every text that came from a page passes through `PlainText`: PostgreSQL takes no NUL and no UTF-8 encoder takes a
lone surrogate, and a page can hold both (JSON-LD: "\\ud83d", "\\u0000"). Each becomes U+FFFD, one for one, so that
offsets stay true on both engines.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    text,
)

from zhiwen.times import require_utc

# The migration that this code was written for. A test compares it with the newest file in store/migrations/versions.
REVISION = "0002"

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: str) -> str:
    """`value` as every engine takes it: NUL and lone surrogates become U+FFFD. Same length; idempotent."""
    return _UNSTORABLE.sub("\ufffd", value)


class PlainText(TypeDecorator[str]):
    """Text that any engine takes. A StrEnum is written as its value."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        # str(): psycopg would write the *name* of an enum member.
        return None if value is None else storable(str(value))


class JsonText(TypeDecorator[Any]):
    """Small JSON, kept as text: nothing is asked of it in SQL, and it reads the same in every client."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else storable(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment. SQLite keeps it as naive UTC text of fixed width, which sorts like the moments do."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = require_utc(value, what="a time for the database")
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in an INTEGER column; elsewhere numbers are 64 bits wide.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Written out, not bound: an engine uses a partial index only where it can see that the condition implies it.
NOT_ENDED = text("state IN ('new', 'claimed')")
CLAIMED = text("state = 'claimed'")

# The spool: raw pages, and how each of them ended.
pages = Table(
    "pages",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("put_at", UtcDateTime, nullable=False),
    Column("url", PlainText, nullable=False),
    Column("final_url", PlainText, nullable=False),
    Column("source", PlainText, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("content_type", PlainText, nullable=False),
    Column("hints", JsonText, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # of the body, before compression
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claim", Text),
    Column("claimed_by", PlainText),
    Column("lease_until", UtcDateTime),
    Column("outcome", PlainText),
    Column("reason", PlainText),
    Column("detail", PlainText),
    Column("error", PlainText),
    Column("article_id", Text),
    Column("finished_at", UtcDateTime),
    # Every page ends exactly once: an outcome if, and only if, it has ended.
    CheckConstraint("(state IN ('new', 'claimed')) = (outcome IS NULL)", name="ended_with_outcome"),
    CheckConstraint("(state = 'claimed') = (claim IS NOT NULL)", name="claimed_with_token"),
    Index("ix_pages_not_ended", "id", sqlite_where=NOT_ENDED, postgresql_where=NOT_ENDED),
    Index("ix_pages_claimed", "lease_until", sqlite_where=CLAIMED, postgresql_where=CLAIMED),
    Index(None, "url", "sha256"),
    # Not by state first: SQLite would claim by it, and sort the whole backlog each time.
    Index(None, "outcome", "reason", "source", "state"),
    sqlite_autoincrement=True,  # a number is never given to a second page, even after old ones are removed
)

# Apart from the pages, whose rows are written anew with every claim and outcome: SQLite would write the body each time.
bodies = Table(
    "bodies",
    metadata,
    Column("page_id", RowNumber, ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),  # zlib
)

# One row an article; `version` and `seq` are those of its newest version (0 only inside the transaction that adds it).
articles = Table(
    "articles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("canonical_url", PlainText, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False, index=True),
    Column("first_stored_at", UtcDateTime, nullable=False),
    Column("last_fetched_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime),
)

versions = Table(
    "versions",
    metadata,
    Column("article_id", Text, ForeignKey("articles.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("page_id", RowNumber, ForeignKey("pages.id", ondelete="SET NULL"), index=True),
    Column("url", PlainText, nullable=False, index=True),
    Column("source", PlainText, nullable=False),
    Column("title", PlainText, nullable=False),
    Column("author", PlainText),
    Column("publisher", PlainText),
    Column("published_at", UtcDateTime),
    Column("language", PlainText, nullable=False),
    Column("mirror", Boolean, nullable=False),
    Column("fingerprint", PlainText, nullable=False, index=True),
    Column("article", PlainText, nullable=False),  # JSON of nlp.records.Article (store/serial.py)
    Index(None, "source", "published_at"),
)

# Rows that many writers advance one after the other: "seq", the last ingest sequence given out, and "alerts", the
# sequence up to which rules have been matched.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("rule", PlainText, nullable=False),
    Column("article_id", PlainText, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("alert", PlainText, nullable=False),  # JSON of alerts.records.Alert
    Index(None, "created_at"),
    Index(None, "rule", "created_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("alert_id", PlainText, ForeignKey("alerts.id"), primary_key=True),
    Column("channel", PlainText, primary_key=True),
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("claim", Text),
    Column("claimed_until", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("last_error", PlainText),
    Index(None, "channel", "state", "next_attempt_at"),
)

visits = Table(
    "visits",
    metadata,
    Column("url", PlainText, primary_key=True),
    Column("source", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("status", Integer, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("etag", PlainText),
    Column("last_modified", PlainText),
    Column("sha256", Text),
    Column("unchanged", Integer, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("next_visit_at", UtcDateTime),
    Column("hints", JsonText, nullable=False, server_default="{}"),
    Index(None, "source", "kind", "next_visit_at"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=True),
    Column("source", PlainText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime, nullable=False),
    Column("outcome", PlainText, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("not_modified", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("skipped", JsonText, nullable=False),
    Column("problems", JsonText, nullable=False),
    Column("retry_after", Float),
    Index(None, "source", "id"),
)
