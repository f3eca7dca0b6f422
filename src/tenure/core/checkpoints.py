"""Checkpoints: signed heads of a ledger's Merkle tree, as text that stands outside the database.

The format is C2SP's tlog-checkpoint, a signed note with Ed25519 (c2sp.org/tlog-checkpoint,
c2sp.org/signed-note), so witnesses and monitors that others wrote can read it. The same tree gives
the same bytes. One key signs for every tenant of a house; the origin says whose tree it is.
"""

import hashlib
from dataclasses import dataclass

from tenure.core.digests import from_base64, to_base64
from tenure.core.errors import TenureError, invalid

_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_ID_BYTES, _KEY_BYTES, _SIGNATURE_BYTES, _ROOT_BYTES = 4, 32, 64, 32


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of the key that signs checkpoints: hand it to whoever is to verify them."""

    name: str
    public: bytes  # 32 bytes, RFC 8032

    @property
    def id(self) -> bytes:
        """The four bytes that stand before a signature."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as it is handed on: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{to_base64(_ED25519 + self.public)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one tenant's tree: after `size` entries its root was `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


def key_of(public: bytes) -> VerifierKey:
    """Return the verifier key of a house; its name is made of the key itself."""
    return VerifierKey(f"tenure-{hashlib.sha256(public).hexdigest()[:8]}", public)


def origin_of(key: VerifierKey, tenant_id: str) -> str:
    """Return what a checkpoint of this tenant's ledger begins with."""
    return f"{key.name}/{tenant_id}"


def read_key(text: str) -> VerifierKey:
    """Return the verifier key of a text; raise `checkpoint.bad_key` unless it is one, exactly."""
    name, *rest = text.split("+", 2)
    try:
        packed = from_base64(rest[1], 1 + _KEY_BYTES)
        key = VerifierKey(name, packed[1:])
    except (IndexError, ValueError) as error:
        raise _bad_key() from error
    if not name or key.text != text:
        raise _bad_key()
    return key


def note_of(checkpoint: Checkpoint, key: VerifierKey, signature: bytes) -> str:
    """Return the note: the checkpoint's body with the signature of `key` below."""
    return f"{checkpoint.body}\n{_DASH}{key.name} {to_base64(key.id + signature)}\n"


def read_note(note: str, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint of a note that `key` has signed; other signatures are let be.

    Raises `checkpoint.bad_note` for what is no note, `checkpoint.not_signed` when this key's
    signature is not there or does not fit.
    """
    body, blank, signatures = note.rpartition("\n\n")
    checkpoint = _read_body(f"{body}\n")
    if not blank or not signatures.endswith("\n"):
        raise _bad_note()
    ours = [
        given
        for name, given in map(_read_signature, signatures[:-1].split("\n"))
        if name == key.name and given[:_ID_BYTES] == key.id
    ]
    if not ours or not all(_is_of(key, one[_ID_BYTES:], checkpoint) for one in ours):
        raise invalid(
            "checkpoint.not_signed",
            f"the checkpoint of {checkpoint.origin} at {checkpoint.size} is not signed by {key.name}",
            hint="was the ledger's key replaced? tenure ledger key shows the present one",
        )
    return checkpoint


def _is_of(key: VerifierKey, signature: bytes, checkpoint: Checkpoint) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, checkpoint.body.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _read_body(body: str) -> Checkpoint:
    origin, *rest = body.split("\n")
    try:
        size, root, *_ = rest
        checkpoint = Checkpoint(origin, int(size), from_base64(root, _ROOT_BYTES))
    except ValueError as error:
        raise _bad_note() from error
    if not origin or checkpoint.size < 0 or checkpoint.body != body:
        raise _bad_note()
    return checkpoint


def _read_signature(line: str) -> tuple[str, bytes]:
    name, _, packed = line.removeprefix(_DASH).partition(" ")
    try:
        given = from_base64(packed)
    except ValueError as error:
        raise _bad_note() from error
    if not line.startswith(_DASH) or not name or len(given) <= _ID_BYTES:
        raise _bad_note()
    return name, given


def _bad_key() -> TenureError:
    return invalid(
        "checkpoint.bad_key",
        "this is not a verifier key",
        hint="tenure ledger key prints it: tenure-…+…+…",
    )


def _bad_note() -> TenureError:
    return invalid("checkpoint.bad_note", "this is not a checkpoint of a ledger")
