"""The business time of the tenants that are replayed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tenure.core.clock import ClockMode
from tenure.core.errors import TenureError
from tenure.sdk.client import Client

_PATIENCE_SECONDS = 1800.0


class Clocks:
    """Reads them, moves them, and waits until what is due has ended. A key of the house may.

    `stand` is where each tenant's replay stands, as far as this one knows.
    """

    def __init__(self, client: Client, tenants: Sequence[str], say: Callable[[str], None]) -> None:
        self._client = client
        self._tenants = tenants
        self._say = say
        self.stand: dict[str, datetime] = {}

    def read(self) -> Mapping[str, datetime]:
        """Return where the tenants stand whose time is a replay's; who is unknown is created."""
        clocks = {tenant: self._clock(tenant) for tenant in self._tenants}
        self.stand = {
            tenant: datetime.fromisoformat(clock["now"])
            for tenant, clock in clocks.items()
            if clock["mode"] == ClockMode.REPLAY
        }
        return self.stand

    def advance(self, tenants: Sequence[str], to: datetime) -> None:
        """Move their time forward together; who is there already stays.

        A replay that was cut may have left one of them ahead of the others.
        """
        behind = [one for one in tenants if one not in self.stand or self.stand[one] < to]
        if behind:
            self._client.advance(behind, to)
            self.stand |= dict.fromkeys(behind, to)

    def settle(self, tenants: Sequence[str]) -> None:
        """Wait until all due work of these tenants has ended; say what waits for a person."""
        views = self._client.settled(tenants, _PATIENCE_SECONDS)
        for tenant, view in zip(tenants, views, strict=True):
            if view["parked"]:
                self._say(
                    f"{tenant}: {view['parked']} jobs failed too often and wait for a person: "
                    f"tenure job list --tenant {tenant} --state parked"
                )

    def _clock(self, tenant: str) -> dict[str, Any]:
        try:
            return self._client.clock(tenant).show()
        except TenureError as error:
            if error.code != "tenant.not_found":
                raise
            self._client.tenants.create(tenant)
            return self._client.clock(tenant).show()
