"""`tenure study`: races of training windows, and how they ended."""

from pathlib import Path
from typing import Any

import click

from tenure.cli import reporting
from tenure.cli.frame import noun
from tenure.cli.output import cell
from tenure.cli.session import Session
from tenure.core.errors import Kind, TenureError, not_found

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
@click.option("--report", type=click.Path(path_type=Path), help="Write its trials as an HTML page.")
@click.pass_obj
def show(session: Session, study_id: str, report: Path | None) -> None:
    """Show a study: its trials and runs, what they were compared with, how it ended and why."""
    from tenure.cli.details import details
    from tenure.cli.reach import part_of_model

    found = part_of_model(session, study_id, "study", "studies")
    title = f"study {found['id']} of {found['model']}: {found['state']}"
    skip = ("id", "tenant_id", "model_id", "model", "state")
    tuning = _tuning(session, found)
    if tuning is not None:
        if report is not None:
            reporting.write(report, tuning["html"])
        found["tuning"] = {name: value for name, value in tuning.items() if name != "html"}
    elif report is not None:
        raise not_found("study.not_tuned", f"study {found['id']} has tried no parameters")
    lines = [details(title, found, (*skip, "tuning"))]
    session.printer.one(found, "\n".join([*lines, *_words(tuning)]))


def _tuning(session: Session, found: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return session.client.models[found["model"]].tuning(found["id"])
    except TenureError as error:
        if error.code != "study.not_tuned":
            raise
        return None


def _words(tuning: dict[str, Any] | None) -> list[str]:
    """Return what trials found, in words: the best, the way there, what mattered."""
    if tuning is None:
        return []
    progress, metric = tuning["progress"], tuning["metric"]
    counts = ", ".join(f"{progress[name]} {name}" for name in ("complete", "pruned", "failed"))
    lines = [f"  {progress['trials']} trials: {counts}"]
    best = progress["best"]
    if best is not None:
        course = [one for one in progress["course"] if one is not None]
        params = ", ".join(f"{k} = {cell(v)}" for k, v in best["params"].items())
        lines.append(
            f"  best     trial {best['number']}, {metric} {cell(best['loss'])} "
            f"(the spec as it stands: {cell(course[0])})"
        )
        lines.append(f"           {params or 'the spec as it stands'}")
    shares = sorted(tuning["importance"].items(), key=lambda one: -one[1])
    if shares:
        said = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares)
        lines.append(f"  mattered {said}")
    return lines


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
