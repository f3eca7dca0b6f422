"""`tenure deployment`: which version answers, and going back to the one before."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

deployment = noun("deployment", "Versions in roles on endpoints.")


@deployment.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--lane", help="Only this lane: champion, or a challenger's name.")
@click.option("--state", help="Only live, shadow, stopped, rolled_back …")
@click.pass_obj
def list_(session: Session, name: str | None, lane: str | None, state: str | None) -> None:
    """List deployments of one model, or of all, oldest first."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "deployments", lane=lane, state=state)
    rows.sort(key=lambda row: (row["model"], row["planned_at"]))
    columns = ["id", "model", "lane", "version", "state", "live_at", "stopped_at", "cause"]
    session.printer.rows(rows, columns)


@deployment.command("rollback")
@click.argument("name", metavar="MODEL")
@click.option("--lane", default="champion", show_default=True, help="Which lane goes back.")
@click.option("--reason", required=True, help="Why; it is written into the ledger.")
@click.pass_obj
def rollback(session: Session, name: str, lane: str, reason: str) -> None:
    """Go back to the version before, which is still warm."""
    from tenure.cli.reach import model_of

    path = "/".join(model_of(session, name))
    job = session.client.models[path].roll_back(reason, lane)
    version = job["payload"].get("version")
    session.printer.one(job, f"{path} goes back to version {version} ({lane})", named="key")
    if session.local is not None:
        session.local.work_until_settled()
