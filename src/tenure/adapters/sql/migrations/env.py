"""Runs migrations on the connection that `migrate.ensure` has locked and handed in."""

from alembic import context

from tenure.adapters.sql.migrate import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
