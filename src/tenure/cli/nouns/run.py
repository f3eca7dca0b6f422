"""`tenure run`: single trainings with everything that they pinned and told."""

import sys
from pathlib import Path
from typing import Any

import click

from tenure.cli import exits, reporting
from tenure.cli.frame import noun
from tenure.cli.output import aligned, cell
from tenure.cli.session import Session

run = noun("run", "Trainings: data, code, parameters, result.")
_FILE = click.Path(path_type=Path, dir_okay=False)


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

    found = _found(session, run_id)
    title = f"run {found['id']} of {found['model']}: {found['state']}"
    session.printer.one(found, details(title, found, ("id", "tenant_id", "model_id", "model")))


@run.command("logs")
@click.argument("run_id", metavar="ID")
@click.option("--follow", is_flag=True, help="Go on until the training is over.")
@click.pass_obj
def logs(session: Session, run_id: str, follow: bool) -> None:  # noqa: FBT001  # Click's way
    """Show what a training has printed: the end of it."""
    found = _found(session, run_id)
    handle = session.client.models[found["model"]].run(found["id"])
    if follow:
        for news in handle.follow():
            click.echo(news, nl=False)
        return
    told = handle.log()
    session.printer.one(told, told["text"].rstrip("\n"), named="run")


@run.command("artifact")
@click.argument("run_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.option("--out", type=_FILE, help="Where to write it [default: stdout].")
@click.pass_obj
def artifact(session: Session, run_id: str, name: str, out: Path | None) -> None:
    """Fetch a file that a training kept."""
    found = _found(session, run_id)
    data = session.client.models[found["model"]].run(found["id"]).artifact(name)
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        reporting.write(out, data)
        session.printer.say(f"{out}: {len(data):,} bytes")


@run.command("compare")
@click.argument("run_ids", metavar="ID ID…", nargs=-1, required=True)
@click.option("--report", type=_FILE, help="Write a page with the curves over steps here (HTML).")
@click.pass_obj
def compare(session: Session, run_ids: tuple[str, ...], report: Path | None) -> None:
    """Put trainings of one model beside each other: where they differ, and what came of it."""
    first = _found(session, run_ids[0])
    others = [name.rpartition("/")[2] for name in run_ids[1:]]
    told = session.client.models[first["model"]].run(first["id"]).compare(*others)
    if report is not None:
        reporting.write(report, told["html"])
    found = told["comparison"]
    session.printer.one({"id": first["id"], **found}, "\n".join(_beside(found)))


@run.command("cancel")
@click.argument("run_id", metavar="ID")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@click.pass_obj
def cancel(session: Session, run_id: str, reason: str) -> None:
    """End a training; its race goes on without it."""
    found = _found(session, run_id)
    said = session.client.models[found["model"]].run(found["id"]).cancel(reason)
    session.printer.one(said, f"run {found['id']} ends")


@run.command("reproduce")
@click.argument("run_id", metavar="ID")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@click.option("--tolerance", default=0.0, help="How far an output may be from what it was.")
@click.option("--wait", default=600.0, metavar="SECONDS", help="For the result [default: 600].")
@click.pass_obj
def reproduce(session: Session, run_id: str, reason: str, tolerance: float, wait: float) -> int:
    """Train again from what a run pins; exit 5 when other answers come out."""
    found = _found(session, run_id)
    handle = session.client.models[found["model"]].run(found["id"])
    job = handle.reproduce(reason, tolerance=tolerance)
    if session.local is not None:
        session.local.work_until_settled()
    again = handle.reproduction(job["key"], wait=wait)
    if again is None:
        session.printer.one(job, f"run {found['id']} is not done again yet: tenure job list")
        return exits.FAILED
    session.printer.one({"id": found["id"], **again}, _again(found["id"], again))
    return exits.OK if again["reproduced"] else exits.REFUSED


def _again(run_id: str, again: dict[str, Any]) -> str:
    """Return what came of a training that was done again, in words."""
    if again["error"]:
        return f"run {run_id} cannot be done again: {again['error']}"
    verdict = "is reproduced" if again["reproduced"] else "is NOT reproduced"
    same = round(again["share_equal"] * again["rows"])
    rows = f"{same:,} of {again['rows']:,} rows get the very same answer"
    apart = again["max_difference"]
    furthest = "an answer is missing" if apart is None else f"the furthest is {apart:.3g} off"
    files = "the same, byte by byte" if again["same_files"] else "others"
    changes = (
        ", ".join(again["changed"]) or "nothing: code, lock, Python and processor are the same"
    )
    return "\n".join(
        [
            f"run {run_id} {verdict}: {rows}" + ("" if apart == 0 else f"; {furthest}"),
            f"  files    {files}",
            f"  changed  {changes}",
        ]
    )


def _found(session: Session, run_id: str) -> dict[str, Any]:
    from tenure.cli.reach import part_of_model

    return part_of_model(session, run_id, "run", "runs")


def _beside(found: dict[str, Any]) -> list[str]:
    """Return metrics, and whatever else the runs differ in, as one table."""
    shown = [*found["metrics"], *(one for one in found["params"] if one["differs"])]
    shown += [one for one in found["pinned"] if one["differs"]]
    rows = [[one["name"], *map(cell, one["values"])] for one in shown]
    same = [one["name"] for one in found["pinned"] if not one["differs"]]
    lines = aligned([["", *found["runs"]], *rows], [False] * (len(found["runs"]) + 1))
    return [*lines, f"the same in all: {', '.join(same) or 'nothing'}"]
