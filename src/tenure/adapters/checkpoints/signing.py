"""The key that signs checkpoints: Ed25519, PEM (PKCS 8), named by reference."""

import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tenure.core.checkpoints import VerifierKey, key_of
from tenure.core.errors import TenureError, invalid
from tenure.core.lookups import SCHEMES
from tenure.ports.secrets import Secrets

_FILE = "file:"


class Ed25519Signer:
    """`ports.checkpoints.Signer`."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._key = key_of(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def key(self) -> VerifierKey:
        return self._key

    def sign(self, body: bytes) -> bytes:
        return self._private.sign(body)


def open_signer(reference: str, folder: Path, secrets: Secrets) -> Ed25519Signer:
    """Return the signer of the key that a reference names; a file that is not there is made.

    A relative file is one of `folder`. Raises `ledger.bad_key`, never with what was found.
    """
    if not reference.startswith(SCHEMES):
        raise _bad_key("ledger.key", f"it is named by reference: {', '.join(SCHEMES)}")
    if reference.startswith(_FILE):
        _made(folder / reference.removeprefix(_FILE))
    pem = (secrets.find(reference) or "").encode()
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _bad_key(reference, "there is no private key in PEM without a password") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise _bad_key(reference, "the key is not of Ed25519")
    return Ed25519Signer(private)


def _made(path: Path) -> None:
    """Make the file of a key when it is not there."""
    try:
        if not path.exists():
            _make(path)
    except OSError as error:
        raise _bad_key(str(path), str(error.strerror)) from error


def _make(path: Path) -> None:
    """Write a fresh key, whole, for this user only; when two processes do, one of theirs stays."""
    fresh = Ed25519PrivateKey.generate()
    pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.") as draft:
        draft.write(pem)
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, path)
        except FileExistsError:
            return


def _bad_key(where: str, why: str) -> TenureError:
    return invalid(
        "ledger.bad_key",
        f"the ledger's signing key cannot be read: {why}",
        where=where,
        hint="openssl genpkey -algorithm ed25519 makes one",
    )
