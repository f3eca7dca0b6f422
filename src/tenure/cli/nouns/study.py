"""`tenure study`: races of training windows, and how they ended."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

study = noun("study", "Races: what was tried, why, and how it ended.")


@study.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--lane", help="Only this lane: champion, or a challenger's name.")
@click.option("--state", help="Only promoted, refused, waiting, failed …")
@click.pass_obj
def list_(session: Session, name: str | None, lane: str | None, state: str | None) -> None:
    """List studies of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "studies", lane=lane, state=state)
    rows.sort(key=lambda row: (row["model"], row["at"]))
    columns = ["id", "model", "lane", "at", "cause", "state", "version", "reason"]
    session.printer.rows(rows, columns)


@study.command("show")
@click.argument("study_id", metavar="ID")
@click.pass_obj
def show(session: Session, study_id: str) -> None:
    """Show a study: its runs, what they were compared with, how it ended and why."""
    from tenure.cli.details import details
    from tenure.cli.reach import part_of_model

    found = part_of_model(session, study_id, "study", "studies")
    title = f"study {found['id']} of {found['model']}: {found['state']}"
    skip = ("id", "tenant_id", "model_id", "model", "state")
    session.printer.one(found, details(title, found, skip))
