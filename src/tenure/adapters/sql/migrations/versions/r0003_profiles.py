"""Profiles of answers by window, and what their drift was on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "profiles",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("model_id", _text(), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("segment", _text(), nullable=False),
        sa.Column("grain", _text(), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("profiles_by_time", "profiles", ["tenant_id", "model_id", "grain", "since"])
    op.create_table(
        "drift_days",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("model_id", _text(), nullable=False),
        sa.Column("day", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("drift_days_by_day", "drift_days", ["tenant_id", "model_id", "day"])


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
