"""`tenure model`: the named purposes of tenants."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenure.cli import documents
from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.words import count

if TYPE_CHECKING:
    from tenure.sdk.models import ModelHandle

_WHY = "Why; it is written into the ledger."

model = noun("model", "Models: what is declared, and what serves.")
for _one in documents.COMMANDS:
    model.add_command(_one)


@model.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List models."""
    from tenure.cli.reach import tenant_ids

    rows = [
        {"model": f"{owner}/{row['id']}", **row}
        for owner in tenant_ids(session)
        for row in session.client.models.list(owner)
    ]
    session.printer.rows(rows, ["model", "state", "created_at"], named="model")


@model.command("show")
@click.argument("name", metavar="MODEL")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a model: its spec, its versions and what serves."""
    from tenure.cli.details import details
    from tenure.cli.reach import model_of

    owner, model_id = model_of(session, name)
    handle = session.client.models[f"{owner}/{model_id}"]
    found = handle.show()
    serving = [d for d in handle.deployments() if d["state"] in {"live", "shadow", "canary"}]
    facts = {
        "state": found["state"],
        "serves": [f"version {d['version']} {d['state']} ({d['lane']})" for d in serving],
        "versions": sum(1 for _ in handle.versions()),
        "open_findings": [f["id"] for f in handle.findings() if f["closed_at"] is None],
        "created_at": found["created_at"],
        "spec": found["spec"],
    }
    row = {"model": f"{owner}/{model_id}", **found, **facts}
    session.printer.one(row, details(row["model"], facts), named="model")


@model.command("readiness")
@click.argument("name", metavar="MODEL")
@click.pass_obj
def readiness(session: Session, name: str) -> None:
    """Score how well a model is looked after (ML Test Score), and say what would bring the rest."""
    path, handle = _handle(session, name)
    found = handle.readiness()
    rows = [{"check": one["id"], "found": one["text"], **one} for one in found["checks"]]
    columns = ["check", "says", "points", "found", "until", "how"]
    session.printer.rows(rows, columns, named="check")
    sums = ", ".join(f"{section} {points:g}" for section, points in found["sections"].items())
    session.printer.say(f"{path}: {found['score']:g} of 7, {found['band']} ({sums})")


@model.command("onboard")
@click.argument("name", metavar="MODEL")
@click.option("--owner", help="Who answers for it.")
@click.option("--purpose", help="What it is for.")
@click.option("--tier", help="How much depends on it.")
@click.option("--runbook", help="Where it is written what to do when it fails.")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="The model's spec, where answers are written.",
)
@click.pass_obj
def onboard(session: Session, /, name: str, file: Path, **said: str | None) -> None:
    """Show what a model's onboarding lacks; on a terminal, ask for what only a person knows.

    Answers are written into the spec's [model]; tenure apply brings them into force.
    """
    from tenure.cli.onboarding import ASKED, write_answers

    path, handle = _handle(session, name)
    found = handle.onboarding()
    answers = {key: text for key, text in said.items() if text}
    if sys.stdin.isatty() and session.printer.form == "table" and not session.yes:
        left = [key for key in ASKED if key in found["missing"] and key not in answers]
        asked = {key: click.prompt(ASKED[key], default="", show_default=False) for key in left}
        answers |= {key: text for key, text in asked.items() if text}
    if answers:
        write_answers(file, answers)
    rows = [{"step": one["id"], **one} for one in found["steps"]]
    session.printer.rows(rows, ["step", "says", "done", "found", "how"], named="step")
    session.printer.say(f"{path}: {found['done']} of {len(found['steps'])} done")
    if answers:
        session.printer.say(f"{', '.join(answers)} written to {file}; next: tenure apply")


@model.command("accuracy")
@click.argument("name", metavar="MODEL")
@click.option("--days", type=click.IntRange(1, 60), default=14, show_default=True, help="How many.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) after the last one."
)
@click.pass_obj
def accuracy(session: Session, name: str, days: int, until: datetime | None) -> None:
    """Show what answers were worth, day by day: by labels, else as expected, else unknown."""
    _, handle = _handle(session, name)
    end = until.replace(tzinfo=UTC) if until else None
    found = handle.accuracy(days, until=end)
    rows = [
        {**day, "day": day["day"][:10], "is": _verdict(day), "interval": _interval(day)}
        for day in found["days"]
    ]
    columns = ["day", "version", "predictions", "labelled", "lag_hours", "realised"]
    columns += ["estimated", "interval", "is", "why"]
    session.printer.rows(rows, columns, named="day")
    if found["limit"] is not None:
        words = f"{found['metric']} {found['expected']:.4f} is expected"
        session.printer.say(f"{words}, above {found['limit']:.4f} it is worse")


@model.command("drift")
@click.argument("name", metavar="MODEL")
@click.option(
    "--days", type=click.IntRange(min=1), default=7, show_default=True, help="Newest days."
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) that is reported.")
@click.option("--report", type=click.Path(path_type=Path), help="Write a day to this HTML file.")
@click.pass_obj
def drift(
    session: Session, name: str, days: int, day: datetime | None, report: Path | None
) -> None:
    """Show how answers differ from what trained the version, column by column, day by day.

    Figures are in floors beyond what quiet history makes usual: 1 is the least change that matters,
    and a star marks what has drifted.
    """
    from tenure.cli.drifting import lines
    from tenure.cli.reporting import write

    path, handle = _handle(session, name)
    at = day.replace(tzinfo=UTC) if day else None
    if report is not None:
        write(report, handle.drift_report(at)["html"])
        session.printer.say(f"report: {report}")
    until = at + timedelta(days=1) if at else None
    found = list(handle.drift(until=until))[-days:]
    if session.printer.form != "table" or session.quiet:
        session.printer.rows(found, [])
        return
    rows, columns = lines(found)
    session.printer.rows(rows, columns, named="column")
    if found:
        newest = found[-1]
        span = f"{newest['rows']:,} rows of the {newest['days']} days up to {newest['day'][:10]}"
        session.printer.say(f"{path}, version {newest['version']}: {span}")


@model.command("explain")
@click.argument("name", metavar="MODEL")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write all to this .parquet or .csv file."
)
@click.option(
    "--top", type=click.IntRange(1), default=3, show_default=True, help="Features shown of a row."
)
@click.pass_obj
def explain(session: Session, name: str, file: Path, out: Path | None, top: int) -> None:
    """Show what each feature added to the answers for a file's rows.

    Contributions and base value add up to the raw score, in the client's own features.
    """
    from tenure.cli import explaining

    path, handle = _handle(session, name)
    found: list[dict[str, Any]] = []
    for part in explaining.explained(handle, file):
        found += explaining.rows(part, len(found))
    said = f"{path} explained {count(len(found), 'row')}"
    if out is not None:
        explaining.write(out, found)
        session.printer.one({"model": path, "rows": len(found), "out": str(out)}, f"{said} → {out}")
        return
    if session.printer.form == "table":
        seen = [explaining.shown(row, top) for row in found[: explaining.SHOWN]]
        session.printer.rows(seen, ["row", "raw_score", "base_value", "because"], named="row")
        link = f", link {found[0]['link']}" if found else ""
        session.printer.say(f"{said}{link}; {len(seen):,} are shown, --out FILE keeps all")
    else:
        session.printer.rows(found, [], named="row")


@model.command("reprofile")
@click.argument("name", metavar="MODEL")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def reprofile(session: Session, name: str, reason: str) -> None:
    """Compute the profiles of a model's answers again from the log."""
    path, handle = _handle(session, name)
    job = handle.reprofile(reason)
    session.printer.one(job, f"{path} is profiled again: {job['key']}", named="key")
    if session.local is not None:
        session.local.work_until_settled()


@model.command("deprecate")
@click.argument("name", metavar="MODEL")
@click.option("--sunset", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) of its end.")
@click.option("--successor", default="", help="The tenant's model to ask instead.")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def deprecate(
    session: Session, name: str, sunset: datetime | None, successor: str, reason: str
) -> None:
    """Say that a model will end: its answers carry Deprecation, Sunset and a Link."""
    path, handle = _handle(session, name)
    day = sunset.replace(tzinfo=UTC) if sunset else None
    found = handle.deprecate(reason, sunset=day, successor=successor)
    session.printer.one(found, f"{path} is deprecated")


@model.command("reinstate")
@click.argument("name", metavar="MODEL")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def reinstate(session: Session, name: str, reason: str) -> None:
    """Take a deprecation back."""
    path, handle = _handle(session, name)
    session.printer.one(handle.reinstate(reason), f"{path} is active")


@model.command("decommission")
@click.argument("name", metavar="MODEL")
@click.option("--successor", default="", help="The tenant's model to ask instead.")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def decommission(session: Session, name: str, successor: str, reason: str) -> None:
    """End a model for good: it answers 410 with a pointer; versions, log and ledger stay."""
    path, handle = _handle(session, name)
    found = handle.decommission(reason, successor=successor)
    session.printer.one(found, f"{path} is decommissioned")


def _handle(session: Session, name: str) -> "tuple[str, ModelHandle]":
    from tenure.cli.reach import model_of

    path = "/".join(model_of(session, name))
    return path, session.client.models[path]


def _verdict(day: Mapping[str, Any]) -> str:
    """Return how a day was, and how one knows; what nobody knows is neither good nor bad."""
    if day["worse"] is None:
        return str(day["known"])
    return f"{'worse' if day['worse'] else 'good'}, {day['known']}"


def _interval(day: Mapping[str, Any]) -> str:
    return "" if day["low"] is None else f"{day['low']:.4f} to {day['high']:.4f}"
