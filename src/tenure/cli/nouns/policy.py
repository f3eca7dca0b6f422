"""`tenure policy`: what versions have to pass, for all models of a tenant, by tier, or one by one."""

import json
from pathlib import Path
from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.tenants import SYSTEM

policy = noun("policy", "What versions have to pass: published, and only ever tightened.")
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_HOUSE = click.option("--house", "of_house", is_flag=True, help="The house's, for every tenant.")


@policy.command("list")
@_HOUSE
@click.pass_obj
def list_(session: Session, *, of_house: bool) -> None:
    """List what has been published; the newest of a tenant holds."""
    from tenure.cli.reach import tenant_ids

    owners = [SYSTEM] if of_house else tenant_ids(session)
    rows = [
        {"policy": f"{owner}/{one['number']}", **one}
        for owner in owners
        for one in session.client.policies.list(owner)
    ]
    columns = ["policy", "published_at", "by", "reason", "digest"]
    session.printer.rows(rows, columns, named="policy")


@policy.command("show")
@click.argument("name", metavar="[MODEL|NUMBER]", required=False)
@_HOUSE
@click.pass_obj
def show(session: Session, name: str | None, *, of_house: bool) -> None:
    """Show what a model has to pass and who asks for it; or the text of a published policy."""
    from tenure.cli.reach import model_of

    if name is not None and not name.isdigit():
        owner, model = model_of(session, name)
        found = session.client.models[f"{owner}/{model}"].policy()
        rows = [{"clause": one["name"], **one} for one in found["clauses"]]
        columns = ["clause", "require", "params", "mode", "level"]
        session.printer.rows(rows, columns, named="clause")
        session.printer.say(f"{owner}/{model} is of tier {found['tier']}")
        return
    owner = _owner(session, of_house=of_house)
    published = session.client.policies.get(owner, int(name) if name else None)
    session.printer.one(published, str(published["text"]).rstrip(), named="id")


@policy.command("publish")
@_FILE
@click.option("--reason", required=True, help="Why; it is written into the ledger.")
@_HOUSE
@click.pass_obj
def publish(session: Session, file: Path, reason: str, *, of_house: bool) -> None:
    """Publish a policy file: it holds for every decision from now on, and is never changed."""
    owner = _owner(session, of_house=of_house)
    made = session.client.policies.publish(owner, file.read_text("utf-8"), reason)
    session.printer.one(made, f"policy {owner}/{made['number']} holds ({made['digest']})")


@policy.command("test")
@_FILE
@click.option("--last", default=100, show_default=True, help="How many of the newest decisions.")
@_HOUSE
@click.pass_obj
def test(session: Session, file: Path, last: int, *, of_house: bool) -> None:
    """Ask a draft what it would have said of the newest decisions, of the same evidence."""
    from tenure.cli.reach import tenant_ids

    owners = [SYSTEM] if of_house else tenant_ids(session)
    text = file.read_text("utf-8")
    found = {owner: session.client.policies.test(owner, text, last) for owner in owners}
    rows = [_changed(owner, one) for owner, said in found.items() for one in said["changed"]]
    columns = ["decision", "version", "made_at", "was", "would_be", "because"]
    session.printer.rows(rows, columns, named="decision")
    for owner, said in found.items():
        skipped = f"; {said['skipped']} cannot be asked again" if said["skipped"] else ""
        changed = f"{len(said['changed'])} of {said['decisions']} decisions would end otherwise"
        session.printer.say(f"{owner}: {changed}{skipped}")


@policy.command("schema")
@click.pass_obj
def schema(session: Session) -> None:
    """Print the JSON Schema of policy.toml, for editors."""
    from tenure.core.spec.rulebook import json_schema

    indent = None if session.printer.form == "jsonl" else 2
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=indent))


def _owner(session: Session, *, of_house: bool) -> str:
    from tenure.cli.reach import tenant_id

    return SYSTEM if of_house else tenant_id(session)


def _changed(owner: str, one: dict[str, Any]) -> dict[str, Any]:
    name = f"{owner}/{one['model_id']}/{one['version']}"
    because = [f"{reason['clause']}: {reason['text']}" for reason in one["reasons"]]
    return {"decision": one["decision_id"], **one, "version": name, "because": because}
