"""Who answers when two versions share an endpoint's requests: a split by hash, the same everywhere.

    point = first 8 bytes, big-endian, of BLAKE2b(salt + U+001F + name)
    the canary answers when point < share · 2⁶⁴

`name` is the entity's key when the model has one and the request brings it, else the request id.
Nobody has to talk: every process, and every start of it, comes to the same answer. The salt is the
deployment's id, so that each trial draws other entities; a larger share keeps those of a smaller one.

One request gets one version. Rows of several entities in one request go by its request id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

POINTS = 1 << 64
_SEPARATOR = "\x1f"


def point(salt: str, name: str) -> int:
    """Return where a name stands among 2⁶⁴ points, evenly for any set of names."""
    text = f"{salt}{_SEPARATOR}{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def name_of(request_id: str, keys: Sequence[str | None] | None) -> str:
    """Return what decides about a request: the key that all its rows share, else its id."""
    first = keys[0] if keys else None
    if keys is None or first is None or (len(keys) > 1 and keys.count(first) != len(keys)):
        return request_id
    return first


@dataclass(frozen=True, slots=True)
class Split:
    """The canary's share of an endpoint's requests, from 0 to 1."""

    salt: str
    share: float

    def takes(self, name: str) -> bool:
        """Return whether the canary answers what is named so."""
        return point(self.salt, name) < self.share * POINTS

    def takes_request(self, request_id: str, keys: Sequence[str | None] | None) -> bool:
        """Return whether the canary answers a request with these rows' keys."""
        return self.takes(name_of(request_id, keys))
