"""Verify what a ledger handed out, from a file alone: no home, no server, no key of the API."""

from pathlib import Path

from tenure.cli import exits
from tenure.cli.output import Printer
from tenure.core import exports, proofs
from tenure.core.checkpoints import VerifierKey, read_key
from tenure.core.errors import Kind, TenureError, invalid

_MEANT_WELL = "its key was not compared with one that you trust: --key"


def trusted(text: str | None) -> VerifierKey | None:
    """Return the key that was typed; raise `checkpoint.bad_key`."""
    return read_key(text.strip()) if text else None


def verify_file(printer: Printer, file: Path, key_text: str | None) -> int:
    """Verify an exported ledger or a proof; return the exit code: 5 when it does not hold."""
    key = trusted(key_text)
    with file.open("rb") as lines:
        is_proof = lines.readline(100).rstrip(b"\n") == proofs.HEAD.encode()
    if is_proof and key is None:
        raise invalid("proof.no_key", "a proof is verified with a key that you trust", hint="--key")
    try:
        return _proof(printer, file, key) if key and is_proof else _export(printer, file, key)
    except TenureError as error:
        refusal = TenureError(
            Kind.REFUSED, error.code, error.message, where=str(file), hint=error.hint
        )
        raise refusal from error


def _export(printer: Printer, file: Path, key: VerifierKey | None) -> int:
    with file.open("rb") as lines:
        said = exports.read(lines, key)
    found = said.found
    row = {
        "tenant_id": said.tenant_id,
        "entries": found.entries,
        "ok": found.ok,
        "first_bad": found.first_bad,
        "why": found.why,
        "root": found.root,
        "key": said.key.text,
        "trusted": said.trusted,
    }
    columns = ["tenant_id", "entries", "ok", "first_bad", "why", "root"]
    printer.rows([row], columns, named="root")
    if not found.ok:
        printer.say(f"NOT verified: {file}")
        return exits.REFUSED
    printer.say(f"{found.entries:,} entries, verified; signed by {said.key.name}")
    if not said.trusted:
        printer.say(_MEANT_WELL)
    return exits.OK


def _proof(printer: Printer, file: Path, key: VerifierKey) -> int:
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise invalid("proof.malformed", "this is no text") from error
    entry, checkpoint = proofs.read_inclusion(text, key)
    told = {"tenant_id": entry.tenant_id, "seq": entry.seq, "kind": entry.kind}
    words = (
        f"{entry.tenant_id}: entry {entry.seq} ({entry.kind} {entry.subject}) is in the ledger"
        f" of {checkpoint.size:,} entries"
    )
    printer.one(told, words, named="seq")
    return exits.OK
