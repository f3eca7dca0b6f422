"""`tenure tenant`: the clients whose models run here."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

tenant = noun("tenant", "Clients whose models run here.")


@tenant.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the tenants that the key may see."""
    rows = list(session.client.tenants.list())
    session.printer.rows(rows, ["id", "name", "created_at"])


@tenant.command("create")
@click.argument("tenant_id", metavar="ID")
@click.option("--name", default="", help="What people call it [default: the id].")
@click.pass_obj
def create(session: Session, tenant_id: str, name: str) -> None:
    """Create a tenant with its clock and its ledger."""
    made = session.client.tenants.create(tenant_id, name)
    session.printer.one(made, f"created tenant {made['id']}")
    session.printer.say(f"a key for its applications: tenure key create --tenant {made['id']}")
