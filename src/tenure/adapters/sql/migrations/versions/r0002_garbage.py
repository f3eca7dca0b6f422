"""Objects that nobody names any more, until they are deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "garbage",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("model_id", _text(), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("garbage_by_time", "garbage", ["tenant_id", "due_at"])


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
