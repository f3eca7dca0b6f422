"""Progress of trainings: what they have told while they run, and whether somebody has ended them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "progress",
        sa.Column("tenant_id", _text(), primary_key=True),
        sa.Column("id", _text(), primary_key=True),
        sa.Column("model_id", _text(), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
