"""`tenure dataset`: the immutable states of a model's rows."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

dataset = noun("dataset", "Versions of a model's rows.")


@dataset.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.pass_obj
def list_(session: Session, name: str | None) -> None:
    """List dataset versions of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "datasets")
    for row in rows:
        row["bytes"] = sum(segment["bytes"] for segment in row["segments"])
    columns = ["id", "model", "number", "rows", "bytes", "quarantined", "known_until"]
    session.printer.rows(rows, columns)
