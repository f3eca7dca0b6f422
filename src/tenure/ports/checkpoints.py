"""What keeps the ledger honest against the owner of its database: a key, and a place outside."""

from typing import Protocol

from tenure.core.checkpoints import VerifierKey


class Signer(Protocol):
    """Signs checkpoints with Ed25519. The private half never leaves it."""

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        ...

    def sign(self, body: bytes) -> bytes:
        """Return the 64 bytes of the signature (RFC 8032); the same body gives the same bytes."""
        ...


class Checkpoints(Protocol):
    """Signed notes by tenant and size, where the database's owner does not write. Only grows."""

    def put(self, tenant_id: str, size: int, note: str) -> None:
        """Keep a note; keeping the same one again changes nothing.

        Raises `checkpoint.differs` when another one of this size is there: it is never replaced.
        """
        ...

    def sizes(self, tenant_id: str) -> list[int]:
        """Return the sizes of which there is a note, the smallest first."""
        ...

    def get(self, tenant_id: str, size: int) -> str:
        """Return a note; raise `checkpoint.not_found`."""
        ...
