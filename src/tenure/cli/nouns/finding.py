"""`tenure finding`: what is red, since when, why, how sure, and what was done."""

from collections.abc import Mapping
from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

finding = noun("finding", "What is red, why, and what was done.")


@finding.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.option("--open", "only_open", is_flag=True, help="Only those that are still open.")
@click.pass_obj
def list_(session: Session, name: str | None, *, only_open: bool) -> None:
    """List findings of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "findings")
    rows = [row for row in rows if not only_open or row["closed_at"] is None]
    rows.sort(key=lambda row: row["opened_at"])
    columns = ["id", "model", "kind", "opened_at", "closed_at", "observed", "expected", "rows"]
    session.printer.rows(rows, columns)


@finding.command("show")
@click.argument("finding_id", metavar="ID")
@click.pass_obj
def show(session: Session, finding_id: str) -> None:
    """Show a finding: since when, why, how sure, what was done, how it ended."""
    from tenure.cli.reach import part_of_tenant

    found = part_of_tenant(session, finding_id, "finding", "findings")
    session.printer.one(found, words_of(found))


def words_of(found: Mapping[str, Any]) -> str:
    """Return a finding in words."""
    from tenure.cli.output import instant

    path = found["model"].replace("/", " / ")
    end = f"closed {instant(found['closed_at'])}" if found["closed_at"] else "open"
    lines = [f"{path} · {found['kind']} · opened {instant(found['opened_at'])} UTC · {end}"]
    lines.append(f"  {found['text']}")
    lines += [f"  Tenure did: {one}" for one in found["done"]]
    if found["closed_because"]:
        lines.append(f"  how it ended: {found['closed_because']}")
    lines.append(f"  look further: tenure study list {found['model']}")
    return "\n".join(lines)
