"""`tenure study`: races of training windows, and how they ended."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.errors import Kind, TenureError

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


@study.command("start")
@click.argument("name", metavar="MODEL")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@click.option("--lane", default="champion", help="Whose race: champion, or a challenger's name.")
@click.option("--wait", default=600.0, metavar="SECONDS", help="For the verdict [default: 600].")
@click.pass_obj
def start(session: Session, name: str, reason: str, lane: str, wait: float) -> None:
    """Train again now, and wait for the verdict.

    A race of the lane's training windows, judged by its gate as ever. Neither the cool-down nor the
    budget of promotions holds up a person.
    """
    from tenure.cli.reach import model_of
    from tenure.cli.verdicts import ended, verdict

    path = "/".join(model_of(session, name))
    asked = session.client.models[path].train(reason, lane=lane)
    (found,) = ended(session, [asked], wait)
    thing = f"study {asked['study']} of {path}"
    words = verdict(path, thing, found) if found["state"] else f"{thing} has not begun yet"
    session.printer.one({"id": asked["study"], **found}, words)
    if found["state"] == "failed":
        raise TenureError(Kind.FAILED, "study.failed", f"{thing} failed: {found['reason']}")
