"""`tenure apply`: make what is declared true."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.errors import TenureError, not_found
from tenure.core.models import Mode

if TYPE_CHECKING:
    from tenure.cli.declaration import Declaration


_LONGEST_WAIT = 24 * 3600.0


@command("apply")
@click.argument("planned", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="The spec.",
)
@click.option("--wait", is_flag=True, help="Wait until the work has ended.")
@click.pass_obj
def apply(session: Session, planned: Path | None, file: Path, *, wait: bool) -> int:
    """Make what is declared true.

    Declares the models of a spec and imports their rows; applying twice is applying once.

    PLAN.json, written by `plan --out`, is refused when anything changed since. Without a running
    `tenure up`, --wait does the work in the foreground.
    """
    from tenure.cli import declaration
    from tenure.cli.locking import write_lock_of

    if planned is None:
        spec_file = declaration.read_spec(file)
        found = [Wanted(one) for one in declaration.declarations(spec_file)]
    else:
        spec_file, found = None, _still_valid(session, planned)
    for tenant in dict.fromkeys(wanted.one.spec.model.tenant for wanted in found):
        _make_tenant(session, tenant, agreed=planned is not None)
    results = [_apply_one(session, wanted) for wanted in found]
    if spec_file is not None:
        lock = write_lock_of(session, spec_file, file.parent / "tenure.lock")
        session.printer.say(f"wrote {lock}")
    if wait:
        return _wait(session, [wanted.one for wanted in found])
    if session.local is not None and any(row["jobs"] for row in results):
        session.printer.say("the work waits for `tenure up`, or for: tenure apply --wait")
    return exits.OK


class Wanted(NamedTuple):
    """A declared model, and the state that a stored plan was made on."""

    one: "Declaration"
    base: str | None = None


def _still_valid(session: Session, file: Path) -> list[Wanted]:
    """Return what the stored plan declares when planning again says the same."""
    from tenure.cli import declaration

    stored = declaration.load(file)
    for one, before in stored:
        if declaration.plan(session, one) != before:
            raise declaration.stale(one.path, "the house has changed since the plan was made")
    return [Wanted(one, before["base"] or None) for one, before in stored]


def _apply_one(session: Session, wanted: Wanted) -> dict[str, Any]:
    from tenure.cli import declaration
    from tenure.core.spec.parse import to_dict
    from tenure.sdk import packages

    one = wanted.one
    planned = declaration.plan(session, one)
    code = packages.of_spec(one.spec, one.folder)
    packages.hand_in(session.client, one.spec.model.tenant, code.values())
    session.client.put(f"{one.address}/spec", to_dict(one.spec), base=wanted.base)
    known = session.client.pages(f"{one.address}/datasets")
    dataset = next((d for d in known if d["source_digest"] == one.digest), None)
    if dataset is None or "import the dataset" in planned["jobs"]:
        dataset = session.client.upload(f"{one.address}/datasets", one.rows.read_bytes(), one.media)
    row = {"model": one.path, "jobs": planned["jobs"], "changes": len(planned["changes"])}
    row |= {"dataset": dataset["id"], "rows": dataset["rows"], "aside": dataset["quarantined"]}
    session.printer.one(row, _words(row), named="model")
    return row


def _make_tenant(session: Session, tenant_id: str, *, agreed: bool) -> None:
    """Create a tenant that the house does not know: when a stored plan, --yes or a person agrees.

    Otherwise raise `tenant.not_found`: it may be a spelling mistake.
    """
    try:
        session.client.tenants.get(tenant_id)
    except TenureError as error:
        if error.code != "tenant.not_found":
            raise
        if not agreed and not session.yes and not _agrees(tenant_id):
            raise not_found(
                "tenant.not_found",
                f"there is no tenant {tenant_id!r}",
                hint=f"tenure --yes apply creates it; so does: tenure tenant create {tenant_id}",
            ) from error
        session.client.tenants.create(tenant_id)


def _agrees(tenant_id: str) -> bool:
    question = f"there is no tenant {tenant_id}; create it?"
    return sys.stdin.isatty() and click.confirm(question, err=True)


def _words(row: dict[str, Any]) -> str:
    if not row["changes"] and not row["jobs"]:
        return f"{row['model']}: nothing to do"
    words = f"{row['model']}: {row['changes']} values declared, dataset of {row['rows']:,} rows"
    if row["aside"]:
        words += f" (put aside: {', '.join(f'{n} {why}' for why, n in row['aside'].items())})"
    return "\n".join([words, *(f"  next: {job}" for job in row["jobs"])])


def _wait(session: Session, found: "Sequence[Declaration]") -> int:
    """Wait for all work; say what serves; exit 5 when a model was refused."""
    if session.local is not None:
        session.local.work_until_settled()
    code = exits.OK
    for one in found:
        session.client.clock(one.spec.model.tenant).settled(_LONGEST_WAIT)
        if one.spec.model.mode is Mode.EXTERNAL:
            session.printer.say(f"{one.path} is watched: tenure log {one.path} FILE")
            continue
        handle = session.client.models[one.path]
        live = [d for d in handle.deployments() if d["state"] == "live"]
        if live:
            session.printer.say(f"{one.path}: version {live[-1]['version']} is live")
            continue
        code = exits.REFUSED
        reasons = [f"{study['state']}: {study['reason']}" for study in handle.studies()]
        session.printer.say(f"{one.path}: nothing serves; {'; '.join(reasons[-1:])}")
    return code
