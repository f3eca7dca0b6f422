"""What tenants used, by month."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
