"""From a digest to a key in a store, and back to what it promises. No name comes from a client."""

import re

from tenure.core.digests import of_bytes
from tenure.core.errors import Kind, TenureError, invalid, not_found

_DIGEST = re.compile(r"sha256:([0-9a-f]{2})([0-9a-f]{62})")


def key_of(digest: str) -> str:
    """Return `ab/cdef…`; raise `blob.bad_digest` unless the name is a digest and nothing else."""
    match = _DIGEST.fullmatch(digest)
    if match is None:
        raise invalid(
            "blob.bad_digest",
            f"{digest[:80]!r} is not a digest",
            hint="sha256: and 64 hexadecimal digits in lower case",
        )
    return f"{match[1]}/{match[2]}"


def verified(digest: str, data: bytes) -> bytes:
    """Return the bytes when they are what their name says; raise `blob.corrupt` otherwise."""
    if of_bytes(data) != digest:
        raise TenureError(
            Kind.FAILED,
            "blob.corrupt",
            f"the object {digest} holds other bytes than its name says",
            hint="put it back from a backup; everything that uses it is refused until then",
        )
    return data


def missing(digest: str) -> TenureError:
    """Return the error for an object that is not stored."""
    return not_found("blob.not_found", f"there is no object {digest}")
