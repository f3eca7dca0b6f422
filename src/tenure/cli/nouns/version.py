"""`tenure version`: immutable versions of a model, their evidence and their approval."""

from datetime import UTC, datetime
from pathlib import Path

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.errors import Kind, TenureError

version = noun("version", "Versions of models, with their evidence.")


@version.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--state", help="Only candidate, validating, approved, rejected …")
@click.pass_obj
def list_(session: Session, name: str | None, state: str | None) -> None:
    """List versions of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "versions", state=state)
    for row in rows:
        row["version"] = f"{row['model']}/{row['number']}"
    columns = ["version", "state", "runtime", "holdout_loss", "train_until", "study_id"]
    session.printer.rows(rows, columns, named="version")


@version.command("show")
@click.argument("name", metavar="MODEL/NUMBER")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show a version: where it comes from, and what is known about it."""
    from tenure.cli.details import details
    from tenure.cli.reach import model_address, version_of

    model, number = version_of(session, name)
    place = model_address(model, "versions", number)
    found = session.client.get(place)
    evidence = list(session.client.pages(f"{place}/evidence"))
    row = {"version": f"{'/'.join(model)}/{number}", **found, "evidence": evidence}
    facts = {k: found[k] for k in ("digest", "runtime", "study_id", "run_id", "train_until")}
    facts |= {"holdout_loss": found["holdout_loss"]}
    facts |= {f"{one['kind']} {one['id']}": one["facts"] for one in evidence}
    words = details(f"version {row['version']}: {found['state']}", facts)
    session.printer.one(row, words, named="version")


@version.command("add")
@click.argument("name", metavar="MODEL")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "format_", metavar="FORMAT", help="What it is, when its name is silent.")
@click.option(
    "--trained-until",
    type=click.DateTime(),
    help="Until when its training rows reach (UTC); else a person has to approve it.",
)
@click.option("--wait", default=600.0, metavar="SECONDS", help="For the verdict [default: 600].")
@click.pass_obj
def add(
    session: Session,
    name: str,
    file: Path,
    format_: str | None,
    trained_until: datetime | None,
    wait: float,
) -> None:
    """Hand in a model that was made elsewhere, and wait for the verdict.

    LightGBM text, XGBoost JSON or UBJSON, CatBoost, ONNX, scikit-learn as skops, joblib or pickle.
    It is opened in a jail, compiled, compared with the original and judged by the lane's policy.
    """
    from tenure.cli.reach import model_of
    from tenure.cli.verdicts import verdict

    owner, model = model_of(session, name)
    handle = session.client.models[f"{owner}/{model}"]
    at = trained_until.replace(tzinfo=UTC) if trained_until else None
    upload = handle.add_version(
        file.read_bytes(), file.name, format=format_ or "", trained_until=at
    )
    if session.local is not None:
        session.local.work_until_settled()
    study = handle.study(upload["study"], wait=wait)
    found = {**upload, "state": "waiting", "version": None, "reason": ""} | (study or {})
    session.printer.one(found, verdict(f"{owner}/{model}", file.name, found), named="version")
    if found["state"] in {"failed", "refused"}:
        raise TenureError(Kind.REFUSED, "version.refused", f"{file.name} does not become a version")


@version.command("approve")
@click.argument("name", metavar="MODEL/NUMBER")
@click.option("--reason", required=True, help="Why; it becomes evidence.")
@click.pass_obj
def approve(session: Session, name: str, reason: str) -> None:
    """Approve a version that waits for a person."""
    from tenure.cli.reach import version_of

    (owner, model), number = version_of(session, name)
    evidence = session.client.models[f"{owner}/{model}"].approve(int(number), reason)
    session.printer.one(evidence, f"approved {owner}/{model}/{number} ({evidence['id']})")
