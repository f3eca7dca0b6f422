"""`tenure tenant`: the clients whose models run here."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

_FIELDS = {
    "models": "models",
    "storage": "stored_bytes",
    "train_minutes": "train_minutes",
    "rate": "rate",
}
"""What an option sets."""
_MEANT = {
    "models": "models",
    "stored_bytes": "stored",
    "train_minutes": "minutes of training a month",
    "rate": "requests a second",
}
_USAGE = [
    "tenant_id",
    "month",
    "models",
    "stored_bytes",
    "train_minutes",
    "predictions",
    "cost",
    "currency",
]

tenant = noun("tenant", "Clients whose models run here.")


@tenant.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List the tenants that the key may see."""
    rows = list(session.client.tenants.list())
    session.printer.rows(rows, ["id", "name", "created_at"])


@tenant.command("create")
@click.argument("tenant_id", metavar="ID")
@click.option("--name", default="", help="What people call it [default: the id].")
@click.pass_obj
def create(session: Session, tenant_id: str, name: str) -> None:
    """Create a tenant with its clock and its ledger."""
    made = session.client.tenants.create(tenant_id, name)
    session.printer.one(made, f"created tenant {made['id']}")
    session.printer.say(f"a key for its applications: tenure key create --tenant {made['id']}")


@tenant.command("quota")
@click.argument("tenant_id", metavar="ID")
@click.option("--models", metavar="N", help="Models at a time.")
@click.option("--storage", metavar="SIZE", help='What is kept, such as "10GiB".')
@click.option("--train-minutes", metavar="N", help="CPU minutes of training in a calendar month.")
@click.option("--rate", metavar="N", help="Requests a second at serving.")
@click.pass_obj
def quota(
    session: Session,
    tenant_id: str,
    *,
    models: str | None,
    storage: str | None,
    train_minutes: str | None,
    rate: str | None,
) -> None:
    """Show what a tenant may use at most, or change what is named; "none" bounds nothing."""
    given = {"models": models, "storage": storage, "train_minutes": train_minutes, "rate": rate}
    found = session.client.tenants.get(tenant_id)
    named = {_FIELDS[name]: _bound(name, text) for name, text in given.items() if text is not None}
    if named:
        found = session.client.tenants.set_quotas(tenant_id, **{**found["quotas"], **named})
    words = [_words(name, found["quotas"][name]) for name in _FIELDS.values()]
    session.printer.one(found, f"{tenant_id}: {', '.join(words)}")


@tenant.command("usage")
@click.option("--month", metavar="YYYY-MM", help="This month only.")
@click.pass_obj
def usage(session: Session, month: str | None) -> None:
    """Show what tenants used and what it costs, month by month; -o csv for a bill."""
    from tenure.cli.reach import tenant_ids

    rows = [
        row
        for one in tenant_ids(session)
        for row in session.client.tenants.usage(one)
        if month in {None, row["month"]}
    ]
    session.printer.rows(rows, _USAGE, named="tenant_id")


def _bound(name: str, text: str) -> int | None:
    """Return what an option says; raise `quota.bad_value`."""
    from tenure.core.errors import TenureError, invalid
    from tenure.core.spec.durations import parse_size

    if text == "none":
        return None
    try:
        return parse_size(text) if name == "storage" else int(text)
    except (TenureError, ValueError):
        form = '"10GiB"' if name == "storage" else "20"
        flag = "--" + name.replace("_", "-")
        raise invalid(
            "quota.bad_value",
            f"{text!r} is no quota",
            where=flag,
            hint=f'such as {form}, or "none"',
        ) from None


def _words(name: str, value: int | None) -> str:
    from tenure.core.spec.durations import format_size

    if value is None:
        return f"any {_MEANT[name]}"
    return f"{format_size(value) if name == 'stored_bytes' else value} {_MEANT[name]}"
