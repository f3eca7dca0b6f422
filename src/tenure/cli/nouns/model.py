"""`tenure model`: the named purposes of tenants."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

model = noun("model", "Models: what is declared, and what serves.")


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
