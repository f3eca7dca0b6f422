"""Objects named by their digest. No path and no name of a client ever reaches the store."""

from typing import Protocol


class Blobs(Protocol):
    """Immutable objects. A put is durable when it returns; putting twice is putting once."""

    def put(self, data: bytes) -> str:
        """Store the bytes; return `sha256:<hex>`."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the bytes, verified against the digest.

        Raises `blob.not_found`, `blob.corrupt`, or `blob.bad_digest` for a malformed name.
        """
        ...

    def has(self, digest: str) -> bool:
        """Return whether the object is stored."""
        ...

    def remove(self, digest: str) -> None:
        """Delete the object; nothing happens when it is not there."""
        ...
