"""How often one address, or one name, may be tried: what answers without a key costs others' time.

Counted in this process alone; the control plane is one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from tenure.core.errors import Kind, TenureError

PER_MINUTE = 20
"""Tries of one address in a minute; as many may come at once after a silence."""
ADDRESSES = 10_000
"""How many addresses are remembered; whoever was quiet for longest is forgotten first."""


class Throttle:
    """Grants each address, or name, a try every few seconds (GCRA)."""

    def __init__(
        self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._cost = 60.0 / per_minute
        self._clock = clock
        self._due: OrderedDict[str, float] = OrderedDict()
        self._turn = Lock()

    def check(self, address: str) -> None:
        """Take one of the address's tries; raise `sign_in.too_often` when none is left."""
        with self._turn:
            self._check(address, self._clock())

    def _check(self, address: str, now: float) -> None:
        due = max(self._due.get(address, now), now)
        if due - now + self._cost > 60.0:  # noqa: PLR2004  # a minute's worth
            raise TenureError(
                Kind.LIMITED,
                "sign_in.too_often",
                "too many tries from this address, or of this name",
                hint="wait a moment",
            )
        self._due[address] = due + self._cost
        self._due.move_to_end(address)
        if len(self._due) > ADDRESSES:
            self._due.popitem(last=False)
