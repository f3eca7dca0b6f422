"""PostgreSQL guards the rows of tenants: `migrate` has it do so after every upgrade, first after this."""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change nothing: databases that were of the newest revision take part in an upgrade by it."""
