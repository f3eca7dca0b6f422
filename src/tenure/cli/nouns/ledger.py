"""`tenure ledger`: the story of every change, and whether it still holds."""

import click

from tenure.cli import exits
from tenure.cli.frame import noun
from tenure.cli.session import Session

ledger = noun("ledger", "The chained log of every change.")


@ledger.command("list")
@click.option("--last", type=int, help="Only the newest entries of each chain.")
@click.pass_obj
def list_(session: Session, last: int | None) -> None:
    """List entries."""
    from tenure.cli.reach import ledger_owners
    from tenure.sdk.nouns import address

    rows = []
    for owner in ledger_owners(session):
        chain = list(session.client.pages(address("tenants", owner, "ledger")))
        rows += chain[-last:] if last else chain
    columns = ["tenant_id", "seq", "business_at", "actor", "kind", "model_id", "subject", "facts"]
    session.printer.rows(rows, columns, named="hash")


@ledger.command("verify")
@click.pass_obj
def verify(session: Session) -> int:
    """Verify every chain, entry by entry; exit 5 when one does not hold."""
    from tenure.cli.reach import ledger_owners
    from tenure.sdk.nouns import address

    rows = [
        session.client.get(address("tenants", owner, "ledger", "verify"))
        for owner in ledger_owners(session)
    ]
    session.printer.rows(
        rows, ["tenant_id", "entries", "ok", "first_bad", "why", "root"], named="root"
    )
    broken = [row["tenant_id"] for row in rows if not row["ok"]]
    entries = sum(row["entries"] for row in rows)
    if broken:
        session.printer.say(f"NOT verified: {', '.join(broken)}")
        return exits.REFUSED
    session.printer.say(f"{entries:,} entries in {len(rows)} chains, verified")
    return exits.OK
