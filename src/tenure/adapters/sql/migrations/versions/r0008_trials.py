"""Trials of studies: what was tried, and what it was worth."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("model_id", _text(), nullable=False),
        sa.Column("study_id", _text(), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("trials_by_study", "trials", ["tenant_id", "study_id", "number"])


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
