"""`tenure config`: settings, and where each came from."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

config = noun("config", "Settings and where they came from.")


@config.command("show")
@click.option("--origin", is_flag=True, help="Say where each value came from.")
@click.pass_obj
def show(session: Session, *, origin: bool) -> None:
    """Show every setting as it would be used: flag > environment > home/config.toml > default."""
    rows = session.settings.shown()
    columns = ["name", "value", "origin"] if origin else ["name", "value"]
    shown = [{name: row[name] for name in columns} for row in rows]
    session.printer.rows(shown, columns, named="name")
