"""`tenure ledger`: the story of every change, whether it still holds, and proofs for others."""

from pathlib import Path

import click

from tenure.cli import exits
from tenure.cli.frame import noun
from tenure.cli.session import Session

ledger = noun("ledger", "The chained log of every change.")
_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)


@ledger.command("list")
@click.option("--last", type=int, help="Only the newest entries of each chain.")
@click.pass_obj
def list_(session: Session, last: int | None) -> None:
    """List entries."""
    from tenure.cli.reach import ledger_owners

    rows = []
    for owner in ledger_owners(session):
        chain = list(session.client.ledger.list(owner))
        rows += chain[-last:] if last else chain
    columns = ["tenant_id", "seq", "business_at", "actor", "kind", "model_id", "subject", "facts"]
    session.printer.rows(rows, columns, named="hash")


@ledger.command("verify")
@click.option(
    "--file", type=_EXISTING, help="An exported ledger or a proof; needs neither home nor server."
)
@click.option("--key", help="The verifier key that you trust, for --file.")
@click.pass_obj
def verify(session: Session, file: Path | None, key: str | None) -> int:
    """Verify every chain, entry by entry; exit 5 when one does not hold."""
    if file is not None:
        from tenure.cli.offline import verify_file

        return verify_file(session.printer, file, key)
    from tenure.cli.reach import ledger_owners

    rows = [session.client.ledger.verify(owner) for owner in ledger_owners(session)]
    session.printer.rows(
        rows, ["tenant_id", "entries", "signed", "ok", "first_bad", "why", "root"], named="root"
    )
    broken = [row["tenant_id"] for row in rows if not row["ok"]]
    entries = sum(row["entries"] for row in rows)
    if broken:
        session.printer.say(f"NOT verified: {', '.join(broken)}")
        return exits.REFUSED
    session.printer.say(f"{entries:,} entries in {len(rows)} chains, verified")
    return exits.OK


@ledger.command("checkpoint")
@click.option(
    "--since", type=_EXISTING, help="A checkpoint that you kept: prove that it is continued."
)
@click.option("--key", help="The verifier key that you trust, for --since.")
@click.pass_obj
def checkpoint(session: Session, since: Path | None, key: str | None) -> None:
    """Sign the head of each ledger now and put it outside."""
    from tenure.cli.reach import ledger_owners, tenant_id

    if since is not None:
        from tenure.cli.offline import trusted

        trust = trusted(key) or session.client.ledger.key
        older = since.read_text(encoding="utf-8").rstrip("\n") + "\n"
        found = session.client.ledger.check(tenant_id(session), older, trust)
        session.printer.one(
            {"origin": found.origin, "size": found.size, "root": f"sha256:{found.root.hex()}"},
            f"{found.origin}: {found.size:,} entries continue the checkpoint in {since}",
            named="root",
        )
        return
    rows = [session.client.ledger.checkpoint(owner) for owner in ledger_owners(session)]
    session.printer.rows(rows, ["tenant_id", "size", "root"], named="note")


@ledger.command("prove")
@click.argument("entry", type=click.IntRange(min=1))
@click.option("--out", type=_FILE, help="Write the proof into this file.")
@click.pass_obj
def prove(session: Session, entry: int, out: Path | None) -> None:
    """Prove that an entry is in a tenant's ledger, for anyone who has the verifier key."""
    from tenure.cli.reach import tenant_id

    owner = tenant_id(session)
    proof = session.client.ledger.prove(owner, entry)
    if out is not None:
        out.write_text(proof, encoding="utf-8")
    words = proof.rstrip("\n") if out is None else f"wrote {out}"
    session.printer.one({"tenant_id": owner, "seq": entry, "proof": proof}, words, named="proof")


@ledger.command("export")
@click.argument("file", type=_FILE)
@click.pass_obj
def export(session: Session, file: Path) -> None:
    """Write a tenant's whole ledger into a file that verifies without us."""
    from tenure.cli.reach import tenant_id

    owner = tenant_id(session)
    entries = session.client.ledger.export(owner, file)
    told = {"tenant_id": owner, "entries": entries, "file": str(file)}
    session.printer.one(told, f"wrote {entries:,} entries of {owner} to {file}", named="file")


@ledger.command("key")
@click.pass_obj
def key(session: Session) -> None:
    """Print the key that verifies checkpoints; note it where nobody can change it."""
    text = session.client.ledger.key.text
    session.printer.one({"verifier_key": text}, text, named="verifier_key")
