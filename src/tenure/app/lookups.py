"""Where look-ups end: references are checked against the operator's list and resolved here."""

import os
from collections.abc import Sequence
from pathlib import Path

from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import Allowance, Lookup, check_allowed
from tenure.ports.lookups import LookupStore


class AllowedStores:
    """Implements `ports.lookups.LookupStores`: nothing is allowed but what the settings say."""

    def __init__(self, allowances: Sequence[Allowance] = ()) -> None:
        self._allowances = allowances

    def open(self, tenant_id: str, lookup: Lookup, seconds: float) -> LookupStore:
        check_allowed(self._allowances, tenant_id, (lookup,))
        address = _resolved(lookup.url)
        if lookup.query:
            from tenure.adapters.warehouse.sqlalchemy_lookup import SqlRows

            return SqlRows(lookup, address, seconds)
        try:
            from tenure.adapters.redis.hashes import RedisHashes
        except ModuleNotFoundError as error:
            raise TenureError(
                Kind.FAILED,
                "lookup.no_driver",
                f"{lookup.url} needs the package {error.name}",
                hint="install it where serving runs: pip install 'tenure[redis]'",
            ) from error
        return RedisHashes(lookup, address, seconds)


def _resolved(reference: str) -> str:
    """Return the address that a reference stands for; raise `lookup.no_secret`."""
    scheme, _, name = reference.partition(":")
    value = os.environ.get(name, "") if scheme == "env" else ""
    if scheme == "file":
        try:
            value = Path(name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            value = ""
    if not value:
        raise TenureError(
            Kind.UNAVAILABLE,
            "lookup.no_secret",
            f"{reference} resolves to nothing",
            hint="set it for the serving processes: env:NAME is a variable, file:/PATH a file",
        )
    return value
