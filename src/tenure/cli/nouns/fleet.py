"""`tenure fleet`: one act on many models; what fails on one is listed, and stops no other."""

from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.errors import Kind, TenureError

fleet = noun("fleet", "Many models at once.")
Json = dict[str, Any]


@fleet.command("train")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--tenants", metavar="A,B", help="Only these tenants [default: all the key may see].")
@click.option("--reason", required=True, help="Why; each tenant's ledger keeps it.")
@click.option("--wait", default=3600.0, metavar="SECONDS", help="For the verdicts [default: 3600].")
@click.pass_obj
def train(
    session: Session, name: str | None, tenants: str | None, reason: str, wait: float
) -> None:
    """Train all tenants' models again, or all that are called MODEL, and list the verdicts.

    Each goes through its own gate. Exit code 1 when a race failed or could not begin.
    """
    from tenure.cli.verdicts import OPEN, ended

    found = _meant(session, name, tenants)
    asked, rows = [], []
    for path in found:
        try:
            asked.append(session.client.models[path].train(reason))
        except TenureError as error:
            rows.append(_row(path, "not begun", f"{error.code}: {error.message}"))
    session.printer.say(f"{len(asked)} of {len(found)} models race")
    for number, row in enumerate(ended(session, asked, wait), start=1):
        state = row["state"] or "planned"
        rows.append(row | {"state": state})
        session.printer.say(f"{number}/{len(asked)} {row['model']}: {state}")
    rows.sort(key=lambda row: str(row["model"]))
    session.printer.rows(rows, ["model", "state", "version", "study", "reason"], named="model")
    unwell = [row for row in rows if row["state"] in {"not begun", "failed", *OPEN}]
    if unwell:
        text = f"{len(unwell)} of {len(rows)} races failed, could not begin or have not ended"
        raise TenureError(Kind.FAILED, "fleet.not_all", text)


def _meant(session: Session, name: str | None, tenants: str | None) -> list[str]:
    """Return the paths of the models that are meant; raise `fleet.empty`."""
    from tenure.cli.reach import models

    only = set(tenants.split(",")) if tenants else None
    found = [
        f"{owner}/{model}"
        for owner, model in models(session, None)
        if (only is None or owner in only) and name in {None, model}
    ]
    if not found:
        what = f"model is called {name!r}" if name else "model is there"
        raise TenureError(Kind.NOT_FOUND, "fleet.empty", f"no {what}", hint="tenure model list")
    return found


def _row(path: str, state: str, reason: str) -> Json:
    return {"model": path, "study": None, "state": state, "version": None, "reason": reason}
