"""`tenure deployment`: which version answers, what is tried beside it, and going back."""

from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

deployment = noun("deployment", "Versions in roles on endpoints.")
_WHY = "Why; it is written into the ledger."


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
    columns = ["id", "model", "lane", "version", "state", "share", "live_at", "stopped_at", "cause"]
    session.printer.rows(rows, columns)


@deployment.command("show")
@click.argument("name", metavar="[MODEL/]ID")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a deployment: where it stands in its rollout, and why."""
    from tenure.cli.details import details
    from tenure.cli.reach import part_of_model

    row = part_of_model(session, name, "deployment", "deployments")
    title = f"{row['model']}/{row['version']} is {row['state']} ({row['lane']})"
    skip = ("model", "tenant_id", "model_id", "version", "state", "lane")
    session.printer.one(row, details(title, row, skip))


@deployment.command("start")
@click.argument("name", metavar="MODEL/NUMBER")
@click.option("--share", type=float, default=0.0, help="Of the requests; 0 is the shadow.")
@click.option("--at-most", metavar="SPAN", help='Ends by itself after so long: "14d".')
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def start(session: Session, name: str, share: float, at_most: str | None, reason: str) -> None:
    """Try a version beside the live one, until it is promoted or stopped."""
    model, number = _version(session, name)
    job = session.client.models[model].start(number, reason, share=share, at_most=at_most)
    role = f"answers {share:.0%} of the requests" if share else "answers in the shadow"
    _asked(session, job, f"{model}/{number} {role} beside the live version")


@deployment.command("promote")
@click.argument("name", metavar="MODEL/NUMBER")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def promote(session: Session, name: str, reason: str) -> None:
    """Let an approved version answer everything, at once."""
    model, number = _version(session, name)
    job = session.client.models[model].promote(number, reason)
    _asked(session, job, f"{model}/{number} becomes live")


@deployment.command("stop")
@click.argument("name", metavar="MODEL")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def stop(session: Session, name: str, reason: str) -> None:
    """End what is tried beside the live version."""
    model = _model(session, name)
    job = session.client.models[model].stop(reason)
    _asked(session, job, f"{model}: what is tried stops")


@deployment.command("compare")
@click.argument("name", metavar="[MODEL/]ID")
@click.pass_obj
def compare(session: Session, name: str) -> None:
    """Compare a version that is or was tried with the live one, on labelled rows."""
    from tenure.cli.reach import part_of_model

    row = part_of_model(session, name, "deployment", "deployments")
    found = session.client.models[row["model"]].compare(row["id"])
    session.printer.one({"model": row["model"], **found}, "\n".join(_compared(row, found)))


@deployment.command("rollback")
@click.argument("name", metavar="MODEL")
@click.option("--lane", default="champion", show_default=True, help="Which lane goes back.")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def rollback(session: Session, name: str, lane: str, reason: str) -> None:
    """Go back to the version before, which is still warm; what is tried goes first."""
    model = _model(session, name)
    job = session.client.models[model].roll_back(reason, lane)
    version = job["payload"].get("version")
    goes = f"goes back to version {version}" if version else "takes back what is tried"
    _asked(session, job, f"{model} {goes} ({lane})")


def _model(session: Session, name: str) -> str:
    from tenure.cli.reach import model_of

    return "/".join(model_of(session, name))


def _version(session: Session, name: str) -> tuple[str, int]:
    from tenure.cli.reach import version_of

    model, number = version_of(session, name)
    return "/".join(model), int(number)


def _asked(session: Session, job: dict[str, Any], words: str) -> None:
    session.printer.one(job, words, named="key")
    if session.local is not None:
        session.local.work_until_settled()


def _compared(row: dict[str, Any], found: dict[str, Any]) -> list[str]:
    against = f"version {found['live']}" if found["live"] else "the live version"
    share = f" at {found['share']:.0%}" if found["share"] else ""
    span = f"{found['since'][:16]} to {found['until'][:16]}"
    title = f"{row['model']}/{found['version']} against {against}"
    lines = [f"{title} · {found['metric']} · {found['state']}{share} · {span}"]
    for name in ("paired", "unpaired"):
        one = found[name]
        rows = f"{one['candidate_rows']:,}"
        if name == "unpaired":
            rows += f" and {one['live_rows']:,}"
        mean = "unknown" if one["mean"] is None else f"{one['mean']:+.4f}"
        bounds = f"{one['low']:+.4f} to {one['high']:+.4f}"
        lines.append(
            f"  {name:9} {mean}  ({found['confidence']:.0%}: {bounds})  {rows} labelled rows"
        )
    lines.append(f"  answers   {found['answers']:,}, {found['failed']:,} failed")
    if found["reason"]:
        lines.append(f"  why       {found['reason']}")
    return lines
