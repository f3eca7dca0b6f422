"""`tenure quarantine`: rows that were put aside, counted, with an example."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

quarantine = noun("quarantine", "Rows that were put aside.")


@quarantine.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.pass_obj
def list_(session: Session, name: str | None) -> None:
    """List what was put aside in one model, or in all: why, how many, an example."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "quarantine")
    session.printer.rows(rows, ["model", "reason", "rows", "last_at", "sample"])
