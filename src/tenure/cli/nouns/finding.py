"""`tenure finding`: what is red, since when, why, how sure, and what was done."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

_WHY = "Why; it is written into the ledger."
_CAN = "you can"
_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"]

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
    if any(row["mute"] for row in rows):
        rows = [{**row, "muted_until": (row["mute"] or {}).get("until")} for row in rows]
        columns.append("muted_until")
    session.printer.rows(rows, columns)


@finding.command("show")
@click.argument("finding_id", metavar="ID")
@click.pass_obj
def show(session: Session, finding_id: str) -> None:
    """Show a finding: since when, why, how sure, what was done, how it ended."""
    from tenure.cli.reach import part_of_tenant

    found = part_of_tenant(session, finding_id, "finding", "findings")
    session.printer.one(found, words_of(session, found))


@finding.command("report")
@click.argument("finding_id", metavar="ID")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The page."
)
@click.pass_obj
def report(session: Session, finding_id: str, out: Path) -> None:
    """Write a finding as a page of its own: the days, where it comes from, what changed, what was done."""
    from tenure.cli.reporting import write

    told = session.client.findings.report(finding_id, tenant_id=_owner(session, finding_id))
    write(out, told["html"])
    session.printer.one(told["account"], str(out))


@finding.command("mute")
@click.argument("finding_id", metavar="ID")
@click.option("--until", type=click.DateTime(_INSTANTS), required=True, help="When it ends (UTC).")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def mute(session: Session, finding_id: str, until: datetime, reason: str) -> None:
    """Tell nobody of an open finding for a while; it goes on being watched."""
    end = until.replace(tzinfo=UTC)
    found = session.client.findings.mute(
        finding_id, end, reason, tenant_id=_owner(session, finding_id)
    )
    _said(session, found, f"nobody is told of {finding_id} before {end:%Y-%m-%d %H:%M} UTC")


@finding.command("unmute")
@click.argument("finding_id", metavar="ID")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def unmute(session: Session, finding_id: str, reason: str) -> None:
    """Take a mute back."""
    owner = _owner(session, finding_id)
    found = session.client.findings.unmute(finding_id, reason, tenant_id=owner)
    _said(session, found, f"{finding_id} is heard again")


@finding.command("acknowledge")
@click.argument("finding_id", metavar="ID")
@click.option("--reason", required=True, help=_WHY)
@click.pass_obj
def acknowledge(session: Session, finding_id: str, reason: str) -> None:
    """Say that you have taken an open finding on."""
    owner = _owner(session, finding_id)
    found = session.client.findings.acknowledge(finding_id, reason, tenant_id=owner)
    _said(session, found, f"{finding_id} is yours")


def _owner(session: Session, finding_id: str) -> str:
    from tenure.cli.reach import part_of_tenant

    found: str = part_of_tenant(session, finding_id, "finding", "findings")["tenant_id"]
    return found


def _said(session: Session, found: Mapping[str, Any], words: str) -> None:
    session.printer.one(found, words)
    if session.local is not None:
        session.local.work_until_settled()


def words_of(session: Session, found: Mapping[str, Any]) -> str:
    """Return a finding in words, with what is told of it."""
    told = session.client.findings.report(found["id"], tenant_id=found["tenant_id"])
    return "\n".join(lines(found, told["account"]["told"]))


def lines(found: Mapping[str, Any], told: Sequence[Mapping[str, str]]) -> list[str]:
    """Return the lines of a finding; `told` are headings with what is said under them."""
    from tenure.cli.output import instant

    path = found["model"].replace("/", " / ")
    end = f"closed {instant(found['closed_at'])}" if found["closed_at"] else "open"
    said = [f"{path} · {found['kind']} · opened {instant(found['opened_at'])} UTC · {end}"]
    said.append(f"  {found['text']}")
    said += [f"  {one['heading']}: {one['said']}" for one in told if one["heading"] != _CAN]
    if found["incident"]:
        when = f"announced {instant(found['told_at'])} UTC" if found["told_at"] else ""
        said.append("  incident " + " · ".join(filter(None, (found["incident"], when))))
    if taken := found["acknowledged"]:
        said.append(f"  taken on by {taken['by']} {instant(taken['at'])} UTC: {taken['reason']}")
    if muted := found["mute"]:
        end = instant(muted["until"])
        said.append(f"  muted until {end} UTC by {muted['by']}: {muted['reason']}")
    if found["closed_because"]:
        said.append(f"  how it ended: {found['closed_because']}")
    can = [one["said"] for one in told if one["heading"] == _CAN]
    return [*said, "  you can: " + " · ".join(can)]
