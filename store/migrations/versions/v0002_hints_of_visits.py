"""What lists and feeds said of a page stays with its visits, for the days when they name it no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("visits", sa.Column("hints", sa.Text(), nullable=False, server_default="{}"))
