"""How often one address may try to get in: what answers without a key costs somebody else's time.

Counted in this process alone; the control plane is one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from tenure.core.errors import Kind, TenureError

PER_MINUTE = 20
"""Tries of one address in a minute; as many may come at once after a silence."""
ADDRESSES = 10_000
"""How many addresses are remembered; whoever was quiet for longest is forgotten first."""


class Throttle:
    """Grants each address a try every few seconds (GCRA). For the event loop."""

    def __init__(
        self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cost = 60.0 / per_minute
        self._clock = clock
        self._due: OrderedDict[str, float] = OrderedDict()

    def check(self, address: str) -> None:
        """Take one of the address's tries; raise `sign_in.too_often` when none is left."""
        now = self._clock()
        due = max(self._due.get(address, now), now)
        if due - now + self._cost > 60.0:  # noqa: PLR2004  # a minute's worth
            raise TenureError(
                Kind.LIMITED,
                "sign_in.too_often",
                "too many tries from this address",
                hint="wait a moment",
            )
        self._due[address] = due + self._cost
        self._due.move_to_end(address)
        if len(self._due) > ADDRESSES:
            self._due.popitem(last=False)
