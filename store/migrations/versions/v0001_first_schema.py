"""The first schema: spool, articles with versions, alerts with deliveries, visits, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NOT_ENDED = sa.text("state IN ('new', 'claimed')")
_CLAIMED = sa.text("state = 'claimed'")


def upgrade() -> None:
    _spool()
    _articles()
    _alerts()
    _crawls()


def _spool() -> None:
    op.create_table(
        "pages",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("put_at", _MOMENT, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("final_url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fetched_at", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("hints", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Text()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("lease_until", _MOMENT),
        sa.Column("outcome", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("article_id", sa.Text()),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.CheckConstraint(
            "(state IN ('new', 'claimed')) = (outcome IS NULL)", name=op.f("ck_pages_ended_with_outcome")
        ),
        sa.CheckConstraint("(state = 'claimed') = (claim IS NOT NULL)", name=op.f("ck_pages_claimed_with_token")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pages_not_ended", "pages", ["id"], sqlite_where=_NOT_ENDED, postgresql_where=_NOT_ENDED)
    op.create_index("ix_pages_url_sha256", "pages", ["url", "sha256"])
    op.create_index("ix_pages_claimed", "pages", ["lease_until"], sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)
    op.create_index("ix_pages_outcome_reason_source_state", "pages", ["outcome", "reason", "source", "state"])
    op.create_table(
        "bodies",
        sa.Column("page_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("page_id", name=op.f("pk_bodies")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_bodies_page_id"), ondelete="CASCADE"),
    )


def _articles() -> None:
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.bulk_insert(counters, [{"name": "seq", "value": 0}, {"name": "alerts", "value": 0}])
    op.create_table(
        "articles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("first_stored_at", _MOMENT, nullable=False),
        sa.Column("last_fetched_at", _MOMENT, nullable=False),
        sa.Column("gone_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("canonical_url", name=op.f("uq_articles_canonical_url")),
    )
    op.create_index("ix_articles_seq", "articles", ["seq"])
    op.create_table(
        "versions",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=False),
        sa.Column("page_id", _NUMBER),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text()),
        sa.Column("publisher", sa.Text()),
        sa.Column("published_at", _MOMENT),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("mirror", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "version", name=op.f("pk_versions")),
        sa.UniqueConstraint("seq", name=op.f("uq_versions_seq")),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name=op.f("fk_versions_article_id")),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_versions_page_id"), ondelete="SET NULL"),
    )
    op.create_index("ix_versions_page_id", "versions", ["page_id"])
    op.create_index("ix_versions_url", "versions", ["url"])
    op.create_index("ix_versions_fingerprint", "versions", ["fingerprint"])
    op.create_index("ix_versions_source_published_at", "versions", ["source", "published_at"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_created_at", "alerts", ["created_at"])
    op.create_index("ix_alerts_rule_created_at", "alerts", ["rule", "created_at"])
    op.create_table(
        "deliveries",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", _MOMENT, nullable=False),
        sa.Column("claim", sa.Text()),
        sa.Column("claimed_until", _MOMENT),
        sa.Column("delivered_at", _MOMENT),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("alert_id", "channel", name=op.f("pk_deliveries")),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_deliveries_alert_id")),
    )
    op.create_index(
        "ix_deliveries_channel_state_next_attempt_at", "deliveries", ["channel", "state", "next_attempt_at"]
    )


def _crawls() -> None:
    op.create_table(
        "visits",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("fetched_at", _MOMENT, nullable=False),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("sha256", sa.Text()),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", _MOMENT, nullable=False),
        sa.Column("next_visit_at", _MOMENT),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_source_kind_next_visit_at", "visits", ["source", "kind", "next_visit_at"])
    op.create_table(
        "runs",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("not_modified", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("retry_after", sa.Float()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_source_id", "runs", ["source", "id"])
