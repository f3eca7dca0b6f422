"""Accounts of the house's own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
