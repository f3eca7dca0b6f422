"""Published policies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "policies",
        sa.Column("tenant_id", text, primary_key=True),
        sa.Column("id", text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("policies_by_number", "policies", ["tenant_id", "number"], unique=True)
