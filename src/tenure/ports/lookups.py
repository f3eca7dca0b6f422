"""Reading features from a client's own store, by key. Never writes."""

from collections.abc import Sequence
from typing import Protocol

from tenure.core.lookups import Key, Lookup

Fetched = dict[Key, tuple[object, ...] | None]
"""The raw values of each key that is there, one per feature; None for a key that cannot be read.

A value is None where the store has none. A key that is not there is left out.
"""


class LookupStore(Protocol):
    """A client's store, for one look-up. Shared by threads; connections are kept."""

    def fetch(self, keys: Sequence[Key]) -> Fetched:
        """Return what the store has of these different keys, asked for in one round trip.

        Blocks for about the seconds it was opened with, as far as its driver lets go. Raises
        `lookup.bad_key` for keys that the store cannot be asked for, `lookup.timeout`, and
        `lookup.failed`; none of them tells an address, a password or a value.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class LookupStores(Protocol):
    """Opens stores. References are resolved here: nobody else sees an address."""

    def open(self, tenant_id: str, lookup: Lookup, seconds: float) -> LookupStore:
        """Return the store of a tenant's look-up; nothing is connected to yet.

        `seconds` is what one `fetch` may take. Raises `lookup.not_allowed`, `lookup.no_secret`,
        `lookup.bad_url` or `lookup.no_driver`.
        """
        ...
