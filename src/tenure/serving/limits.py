"""Who may ask how much: a tenant over all its models, and each model that has limits of its own.

Counted in each process for itself, which grants its share: the limit divided by the processes that
share the port. A request is refused before its body is decoded, so that refusing costs next to
nothing, and what is refused is counted but not logged as a prediction.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from tenure.core.errors import Kind, TenureError
from tenure.core.limits import Limits

NOTHING = Limits()
Clock = Callable[[], float]
BURST_SECONDS = 1.0
"""How much of a rate may come at once, after a silence."""


class Allowance:
    """What one tenant, or one model, has left in this process. For the event loop."""

    __slots__ = (
        "_clock",
        "_concurrent",
        "_cost",
        "_due",
        "_limits",
        "_payload",
        "_tolerance",
        "busy",
    )

    def __init__(self, limits: Limits, processes: int, clock: Clock) -> None:
        self._clock = clock
        self.busy = 0
        self._due = 0.0  # when all that was granted will have been earned
        self.hold_to(limits, processes)

    def hold_to(self, limits: Limits, processes: int) -> None:
        """Hold to other limits from here on; what is under way stays counted."""
        self._limits = limits
        share = None if limits.concurrent is None else math.ceil(limits.concurrent / processes)
        self._concurrent = math.inf if share is None else share
        self._payload = math.inf if limits.payload_bytes is None else limits.payload_bytes
        self._cost = 0.0 if limits.rate is None else processes / limits.rate
        self._tolerance = max(BURST_SECONDS, self._cost) * (1 + 1e-9)

    def check(self, size: int) -> None:
        """Raise `limit.payload`, `limit.concurrent` or `limit.rate`; else take one of the rate."""
        self.check_size(size)
        if self.busy >= self._concurrent:
            raise _refused("concurrent", f"{self._limits.concurrent} requests at a time")
        if self._cost:
            now = self._clock()
            due = max(self._due, now)
            if due - now + self._cost > self._tolerance:
                raise _refused("rate", f"{self._limits.rate:g} requests a second")
            self._due = due + self._cost

    def check_size(self, size: int) -> None:
        """Raise `limit.payload`."""
        if size > self._payload:
            raise _refused("payload", f"a body of {self._limits.payload_bytes}")


class Allowances:
    """The allowances of one process, made when a tenant or model is first met."""

    def __init__(
        self, each_tenant: Limits, processes: int = 1, clock: Clock = time.monotonic
    ) -> None:
        self._clock = clock
        self._each_tenant = each_tenant
        self._processes = processes
        self._rates: Mapping[str, float] = {}
        self._tenants: dict[str, Allowance] = {}
        self._models: dict[tuple[str, str], tuple[Limits, Allowance]] = {}

    def of(self, tenant_id: str, model_id: str, limits: Limits) -> tuple[Allowance, ...]:
        """Return what a request to this model has to pass; counts outlive a change of release."""
        found = [self._tenant(tenant_id)]
        if limits != NOTHING:
            found.append(self._model(tenant_id, model_id, limits))
        return tuple(found)

    def grant(self, rates: Mapping[str, float]) -> None:
        """Hold tenants to their own rates, in place of the one for each."""
        changed = {
            name for name in {*rates, *self._rates} if rates.get(name) != self._rates.get(name)
        }
        self._rates = rates
        for tenant_id in changed & self._tenants.keys():
            self._tenants[tenant_id].hold_to(self._limits_of(tenant_id), self._processes)

    def _limits_of(self, tenant_id: str) -> Limits:
        rate = self._rates.get(tenant_id)
        return self._each_tenant if rate is None else replace(self._each_tenant, rate=rate)

    def _tenant(self, tenant_id: str) -> Allowance:
        known = self._tenants.get(tenant_id)
        if known is None:
            made = Allowance(self._limits_of(tenant_id), self._processes, self._clock)
            known = self._tenants.setdefault(tenant_id, made)
        return known

    def _model(self, tenant_id: str, model_id: str, limits: Limits) -> Allowance:
        known = self._models.get((tenant_id, model_id))
        if known is None or known[0] != limits:
            known = (limits, Allowance(limits, self._processes, self._clock))
            self._models[tenant_id, model_id] = known
        return known[1]


def enter(allowances: tuple[Allowance, ...], size: int) -> None:
    """Let one request in; raise `limit.…`. `leave` has to follow when it did not."""
    for one in allowances:
        one.check(size)
    for one in allowances:
        one.busy += 1


def leave(allowances: tuple[Allowance, ...]) -> None:
    for one in allowances:
        one.busy -= 1


def check_size(allowances: tuple[Allowance, ...], size: int) -> None:
    """Raise `limit.payload` before a body is read."""
    for one in allowances:
        one.check_size(size)


def _refused(what: str, allowed: str) -> TenureError:
    kind = Kind.TOO_LARGE if what == "payload" else Kind.LIMITED
    hint = "send less at once" if what == "payload" else "slow down and try again"
    return TenureError(kind, f"limit.{what}", f"no more than {allowed} here", hint=hint)
