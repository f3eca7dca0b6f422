"""`tenure version`: immutable versions of a model, their evidence and their approval."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

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
