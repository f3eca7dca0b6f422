"""`tenure decision`: what a policy decided about a version, with a reason for each clause."""

from collections.abc import Mapping
from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

decision = noun("decision", "What policies decided, and why.")


@decision.command("list")
@click.argument("name", metavar="[MODEL]", required=False)
@click.pass_obj
def list_(session: Session, name: str | None) -> None:
    """List decisions of one model, or of all."""
    from tenure.cli.reach import listed

    rows = listed(session, name, "decisions")
    rows.sort(key=lambda row: row["made_at"])
    for row in rows:
        row["refused_by"] = [one["clause"] for one in row["reasons"] if not one["passed"]]
    columns = ["id", "model", "version", "made_at", "outcome", "mode", "refused_by"]
    session.printer.rows(rows, columns)


@decision.command("show")
@click.argument("decision_id", metavar="ID")
@click.pass_obj
def show(session: Session, decision_id: str) -> None:
    """Show a decision: what each clause compared, and the evidence behind it."""
    from tenure.cli.reach import part_of_tenant

    found = part_of_tenant(session, decision_id, "decision", "decisions")
    session.printer.one(found, words_of(found))


def words_of(found: Mapping[str, Any]) -> str:
    """Return a decision in words."""
    from tenure.cli.output import instant

    head = f"{found['model']}/{found['version']} · {found['outcome']} ({found['mode']}) · "
    lines = [f"{head}{instant(found['made_at'])} UTC"]
    for reason in found["reasons"]:
        sign = "waits" if reason["waiting"] else "holds" if reason["passed"] else "fails"
        lines.append(f"  {sign}  {reason['clause']}: {reason['text']}{_asked(reason)}")
    lines.append(f"  evidence: {', '.join(found['evidence'])}")
    lines.append(f"  policy:   {found['policy_digest']}")
    return "\n".join(lines)


def _asked(reason: Mapping[str, Any]) -> str:
    """Return who asks for a clause, where that is not the spec, and how it binds beside it."""
    level = reason.get("level") or ""
    said = [] if level in {"", "spec", "race"} else [level]
    said += [] if reason.get("mode", "prevent") == "prevent" else [f"only {_MODES[reason['mode']]}"]
    return f" [{'; '.join(said)}]" if said else ""


_MODES = {"warn": "warns", "observe": "observes"}
