"""`tenure run`: single trainings with everything that they pinned."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

run = noun("run", "Trainings: data, code, parameters, result.")


@run.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--study", help="Only the trainings of this study.")
@click.pass_obj
def list_(session: Session, name: str | None, study: str | None) -> None:
    """List trainings of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "runs", study=study)
    columns = ["id", "model", "study_id", "window", "state", "rows", "cpu_seconds", "metrics"]
    session.printer.rows(rows, columns)


@run.command("show")
@click.argument("run_id", metavar="ID")
@click.pass_obj
def show(session: Session, run_id: str) -> None:
    """Show a training: what it pinned, what it left, and its error if it failed."""
    from tenure.cli.details import details
    from tenure.cli.reach import part_of_model

    found = part_of_model(session, run_id, "run", "runs")
    title = f"run {found['id']} of {found['model']}: {found['state']}"
    session.printer.one(found, details(title, found, ("id", "tenant_id", "model_id", "model")))
