"""`tenure key`: who may do what. A key's text is printed when it is minted and never again."""

from datetime import datetime

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.keys import Permission, Role
from tenure.core.tenants import SYSTEM

key = noun("key", "API keys and their roles.")
_COLUMNS = ["id", "tenant_id", "role", "name", "created_at", "expires_at", "revoked_at", "used_at"]
_ROLES = [role.value for role in Role if role is not Role.SOLE_USER]


@key.command("list")
@click.option("--house", is_flag=True, help="The house's own keys instead of a tenant's.")
@click.pass_obj
def list_(session: Session, *, house: bool) -> None:
    """List keys, without their texts."""
    from tenure.cli.reach import tenant_ids

    owners = [SYSTEM] if house else tenant_ids(session)
    rows = [row for owner in owners for row in session.client.keys.list(owner)]
    session.printer.rows(rows, _COLUMNS)


@key.command("create")
@click.option(
    "--role",
    type=click.Choice(_ROLES),
    default=Role.SERVICE.value,
    show_default=True,
    help="What the key may do; a service predicts, labels and logs.",
)
@click.option("--name", default="application", show_default=True, help="Who holds it.")
@click.option("--expires", type=click.DateTime(), help="When it stops to work, in UTC.")
@click.option(
    "--only",
    type=click.Choice([one.value for one in Permission]),
    multiple=True,
    help="May do only this of what the role may; several times for more.",
)
@click.option("--house", is_flag=True, help="A key of the house, for every tenant.")
@click.pass_obj
def create(  # the options of a key
    session: Session,
    *,
    role: str,
    name: str,
    expires: datetime | None,
    only: tuple[str, ...],
    house: bool,
) -> None:
    """Mint a key; its text is printed this once."""
    from datetime import UTC

    from tenure.cli.reach import tenant_id

    owner = SYSTEM if house else tenant_id(session)
    until = expires.replace(tzinfo=UTC) if expires else None
    made = session.client.keys.mint(owner, role, name, expires_at=until, only=only)
    flat = {**made["key"], "text": made["text"]}
    session.printer.one(flat, made["text"], named="text")
    session.printer.say(f"{role} key {flat['id']} of {owner}; it is not shown again")


@key.command("rotate")
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap", default="7d", show_default=True, help="How long the old key still works."
)
@click.option("--house", is_flag=True, help="A key of the house.")
@click.pass_obj
def rotate(session: Session, key_id: str, *, overlap: str, house: bool) -> None:
    """Mint a key's successor with the same rights; its text is printed this once."""
    from tenure.cli.reach import tenant_id

    owner = SYSTEM if house else tenant_id(session)
    made = session.client.keys.rotate(owner, key_id, overlap)
    flat = {**made["key"], "text": made["text"]}
    session.printer.one(flat, made["text"], named="text")
    session.printer.say(f"key {flat['id']} succeeds {key_id}, which works for {overlap} more")


@key.command("revoke")
@click.argument("key_id", metavar="ID")
@click.option("--house", is_flag=True, help="A key of the house.")
@click.pass_obj
def revoke(session: Session, key_id: str, *, house: bool) -> None:
    """Revoke a key at once."""
    from tenure.cli.reach import tenant_id

    gone = session.client.keys.revoke(SYSTEM if house else tenant_id(session), key_id)
    session.printer.one(gone, f"revoked key {gone['id']} ({gone['name']})")
