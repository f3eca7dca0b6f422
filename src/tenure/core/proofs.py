"""Proofs about a ledger that need nothing but a checkpoint: an entry is in it, an older one is too.

A proof that an entry is in the ledger is a text of C2SP's tlog-proof@v1; its `extra` is the entry
itself, as an exported ledger writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tenure.core import ledger, merkle
from tenure.core.checkpoints import Checkpoint, VerifierKey, origin_of, read_note
from tenure.core.digests import from_base64, to_base64
from tenure.core.errors import Kind, TenureError, invalid

HEAD = "c2sp.org/tlog-proof@v1"
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof that a ledger of `first` entries was a beginning of the one of `second`.

    `path` is that of RFC 9162 §2.1.4.1, each hash in hexadecimal; `checkpoint` is the signed note of
    the second.
    """

    first: int
    second: int
    path: tuple[str, ...]
    checkpoint: str


def inclusion_text(entry: ledger.Entry, path: Sequence[bytes], note: str) -> str:
    """Return the proof that the entry is in the ledger of the checkpoint."""
    hashes = "".join(f"{to_base64(one)}\n" for one in path)
    head = f"{HEAD}\nextra {to_base64(ledger.to_line(entry))}\nindex {entry.seq - 1}\n"
    return f"{head}{hashes}\n{note}"


def read_inclusion(text: str, key: VerifierKey) -> tuple[ledger.Entry, Checkpoint]:
    """Return the entry that the proof is about, and the checkpoint that holds it.

    Raises `proof.malformed`, `proof.wrong` when it proves nothing, and what `read_note` raises.
    """
    head, _, note = text.partition("\n\n")
    checkpoint = read_note(note, key)
    try:
        name, extra, index, *path = head.split("\n")
        entry = ledger.from_line(from_base64(extra.removeprefix("extra ")))
        hashes = [from_base64(one, _HASH_BYTES) for one in path]
    except ValueError as error:
        raise _malformed() from error
    if name != HEAD or not extra.startswith("extra ") or index != f"index {entry.seq - 1}":
        raise _malformed()
    if ledger.hash_of(entry) != entry.hash:
        raise _wrong(f"entry {entry.seq} is not what was written")
    if checkpoint.origin != origin_of(key, entry.tenant_id):
        raise _wrong(f"the checkpoint is of {checkpoint.origin}, the entry of {entry.tenant_id}")
    leaf, place = ledger.leaf_of(entry), entry.seq - 1
    if not merkle.is_included(leaf, place, checkpoint.size, hashes, checkpoint.root):
        raise _wrong(f"entry {entry.seq} is not in the ledger of this checkpoint")
    return entry, checkpoint


def check_consistency(older: str, proof: Consistency, key: VerifierKey) -> Checkpoint:
    """Return the newer checkpoint, which continues the older note; raise `proof.wrong` otherwise."""
    first, second = read_note(older, key), read_note(proof.checkpoint, key)
    try:
        path = [bytes.fromhex(one) for one in proof.path]
    except ValueError as error:
        raise _malformed() from error
    if first.origin != second.origin:
        raise _wrong(f"{first.origin} and {second.origin} are two ledgers")
    if not merkle.is_consistent(first.size, second.size, first.root, second.root, path):
        raise _wrong(
            f"the ledger of {second.size} entries does not continue that of {first.size}:"
            " it was rewritten"
        )
    return second


def _malformed() -> TenureError:
    return invalid(
        "proof.malformed", "this is not a proof of a ledger", hint="tenure ledger prove writes them"
    )


def _wrong(text: str) -> TenureError:
    return TenureError(Kind.REFUSED, "proof.wrong", text)
