"""`tenure clock`: business time, and whether the work due by then has ended."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

clock = noun("clock", "Business time of tenants.")


@clock.command("show")
@click.pass_obj
def show(session: Session) -> None:
    """Show business time per tenant."""
    from tenure.cli.reach import tenant_ids

    rows = [{"tenant": one, **session.client.clock(one).show()} for one in tenant_ids(session)]
    columns = ["tenant", "mode", "now", "collected", "settled", "open_jobs", "parked"]
    session.printer.rows(rows, columns, named="now")
