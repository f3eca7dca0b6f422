"""Every look-up of the process. One that a new release still declares alike goes on as it was."""

from weakref import WeakValueDictionary

from tenure.core.lookups import Lookup
from tenure.ports.lookups import LookupStores
from tenure.ports.releases import Release
from tenure.serving.lookups.asker import Asker
from tenure.serving.lookups.filling import Lookups
from tenure.serving.lookups.hands import Hands
from tenure.serving.lookups.meters import LookupMeters
from tenure.serving.meters import Sample


class Askers:
    """Keeps what asks as long as an endpoint has it, and what was counted for good."""

    def __init__(self, stores: LookupStores) -> None:
        self._stores = stores
        self._hands = Hands()
        self._meters = LookupMeters()
        self._known: WeakValueDictionary[tuple[str, str, str], Asker] = WeakValueDictionary()

    def of(self, release: Release) -> Lookups | None:
        """Return a release's look-ups; None for one without. Raises what `open` of a store does."""
        if not release.lookups:
            return None
        return Lookups(release, [self._asker(release, one) for one in release.lookups])

    def samples(self) -> list[Sample]:
        return self._meters.samples()

    def _asker(self, release: Release, lookup: Lookup) -> Asker:
        tenant_id, model_id = release.tenant_id, release.model_id
        key = (tenant_id, model_id, lookup.name)
        known = self._known.get(key)
        if known is not None and known.lookup == lookup:
            return known
        store = self._stores.open(tenant_id, lookup, lookup.timeout_ms / 1000)
        where = f"{tenant_id}/{model_id}: look-up {lookup.name} in {lookup.url}"
        meter = self._meters.of(*key)
        made = self._known[key] = Asker(lookup, store, self._hands, meter, where)
        return made
