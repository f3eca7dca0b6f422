"""Makes the next snapshot from an index: what is new is loaded and warmed before it answers.

Runs in a thread beside the event loop. At the start of a process nothing is loaded but resident
models: the others come when somebody asks. A release that cannot be loaded leaves the endpoint as
it was and is reported; it never takes the others down.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from tenure.core.columns import Column, ColumnType
from tenure.core.deployments import CANARY, CANDIDATE, CHAMPION, INCUMBENT
from tenure.core.errors import Kind, TenureError
from tenure.core.hosting import RUNTIME, Hosting
from tenure.core.signatures import Signature
from tenure.ports.blobs import Blobs
from tenure.ports.figures import Figures
from tenure.ports.lookups import LookupStores
from tenure.ports.memory import Memory
from tenure.ports.releases import Arm, Index, Release, Releases
from tenure.ports.training import Explainer, Runtimes
from tenure.serving import batches
from tenure.serving.endpoints import (
    NOTHING,
    Arms,
    Canary,
    Endpoint,
    LoadedArm,
    Shelf,
    Snapshot,
)
from tenure.serving.explainers import LoadedExplainer
from tenure.serving.limits import NOTHING as NO_LIMITS
from tenure.serving.limits import Allowances
from tenure.serving.lookups.askers import Askers
from tenure.serving.meters import Meters, Sample
from tenure.serving.outputs import OutputWriter
from tenure.serving.residence import Residence
from tenure.serving.rows import Rows, of_columns
from tenure.serving.versions import Gains, Ready, Version

LOAD_SECONDS = 10.0
"""How long a new release may take to be loaded before it counts as one that cannot be."""
PYTHON_SECONDS = 30.0
"""The same for Python models: the first one of a process waits for the libraries."""

_DESCRIPTION_BYTES = (6_000, 2_000)  # about: of an endpoint, and of each of its features


@dataclass(frozen=True, slots=True)
class Sources:
    """Where releases, files and predictors come from, and what weighs them."""

    releases: Releases
    blobs: Blobs
    runtimes: Runtimes
    memory: Memory
    figures: Figures
    lookups: LookupStores


class Loader:
    """Shares versions between releases, so that a swap costs only what is new."""

    def __init__(
        self,
        sources: Sources,
        meters: Meters,
        residence: Residence,
        allowances: Allowances | None = None,
    ) -> None:
        self._allowances = allowances or Allowances(NO_LIMITS)
        self._sources = sources
        self._meters = meters
        self._residence = residence
        self._shelf = Shelf(self._described)
        self._askers = Askers(sources.lookups)
        self._versions: WeakValueDictionary[object, Version] = WeakValueDictionary()
        self._explainers: WeakValueDictionary[object, LoadedExplainer] = WeakValueDictionary()

    def at_once(self, index: Index, current: Snapshot) -> Snapshot:
        """Return the snapshot as far as it needs no model: keys, barriers and what is gone.

        Its generation is still the old one: nobody is told that the new one is in force.
        """
        self._allowances.grant(index.rates or {})
        removed = current.index.releases.keys() - index.releases.keys()
        for name in removed:
            self._shelf.remove(name)
        generation = current.index.generation
        return replace(
            current,
            index=replace(index, generation=generation, releases=current.index.releases),
            endpoints=self._shelf,
            keys=_keys(index, current),
        )

    def build(self, index: Index, current: Snapshot) -> Snapshot:
        """Return the snapshot of an index, with old endpoints where new ones failed."""
        if current is NOTHING:
            self._shelf.name(index.releases)
        failed = self._apply({n: index.releases[n] for n in _news(index, current)})
        now = self.at_once(index, current)
        return replace(now, index=index, failed=failed)

    def samples(self, meters: Meters) -> list[Sample]:
        """Return what was counted so far."""
        for endpoint in self._shelf.all_described():
            _count_unseen(meters, endpoint)
        arms = [arm for endpoint in self._shelf.all_described() for arm in endpoint.in_memory]
        weights = [arm.meter.weighing(arm.version.bytes) for arm in arms]
        return [*meters.samples(), *weights, *self._askers.samples()]

    def _evicted(self, endpoint: Endpoint) -> None:
        _count_unseen(self._meters, endpoint)
        self._shelf.evicted(endpoint)

    def _apply(self, news: dict[str, str]) -> dict[str, str]:
        """Load new releases side by side, then let them answer; return why some could not be."""
        failed: dict[str, str] = {}
        described: dict[str, Endpoint] = {}
        for name, digest in news.items():
            try:
                endpoint = self._described(name, digest)
                for version in endpoint.serving:
                    version.begin()
                described[name] = endpoint
            except Exception as error:  # noqa: BLE001  # a file may be damaged in any way: recorded
                failed[name] = str(error) or type(error).__name__
        until = time.monotonic() + max(map(_patience, described.values()), default=0.0)
        for name, endpoint in described.items():
            why = _trouble(endpoint, until)
            if why:
                failed[name] = why
            else:
                if (old := self._shelf.described(name)) is not None:
                    _count_unseen(self._meters, old)
                self._shelf.put(endpoint)
        return failed

    def _described(self, name: str, digest: str) -> Endpoint:
        """Read a release. None of its versions is loaded."""
        release = self._sources.releases.load(digest)
        if f"{release.tenant_id}/{release.model_id}" != name:
            raise _refused(f"the release belongs to {release.tenant_id}/{release.model_id}")
        arms = {arm.lane: self._arm(release, arm) for arm in release.arms}
        if CHAMPION not in arms:
            raise _refused("the release has no champion")
        old = self._shelf.described(name)
        champion = arms.pop(CHAMPION)
        endpoint = Endpoint(
            self._residence,
            digest,
            release,
            Arms(
                champion=champion,
                shadows=tuple(arms.values()),
                pinned={str(arm.version): self._arm(release, arm) for arm in release.pinned},
                before=() if old is None else old.all_versions,
                canary=_canary(release, champion, arms),
                kept=release.resident,
            ),
            self._evicted,
            self._allowances.of(release.tenant_id, release.model_id, release.limits or NO_LIMITS),
            self._askers.of(release),
        )
        fixed, each = _DESCRIPTION_BYTES
        endpoint.hold(fixed + each * len(release.signature.features))
        return endpoint

    def _arm(self, release: Release, arm: Arm) -> LoadedArm:
        meter = self._meters.of(release.tenant_id, release.model_id, arm.version)
        return LoadedArm(arm, self._version(release, arm), meter, self._explainer(release, arm))

    def _version(self, release: Release, arm: Arm) -> Version:
        """Return the version of these files; never one that belongs to another model."""
        kept = release.resident and arm.lane == CHAMPION
        owner, files = (release.tenant_id, release.model_id), tuple(sorted(arm.files.items()))
        hosting = release.python if arm.runtime == RUNTIME else None
        key = (*owner, arm.runtime, files, release.signature, hosting, kept)
        version = self._versions.get(key)
        if version is None:
            signature = release.signature

            def make(gains: Gains) -> tuple[Ready, int]:
                return self._loaded(arm, signature, hosting, gains)

            name = f"{release.tenant_id}/{release.model_id}/{arm.version}"
            version = Version(self._residence, release.tenant_id, name, make, kept=kept)
            self._versions[key] = version
        return version

    def _explainer(self, release: Release, arm: Arm) -> LoadedExplainer:
        """Return what explains these files; like a version, never that of another model."""
        owner, files = (release.tenant_id, release.model_id), tuple(sorted(arm.files.items()))
        key = (*owner, arm.runtime, files, release.signature)
        explainer = self._explainers.get(key)
        if explainer is None:
            signature = release.signature

            def make() -> tuple[Explainer | None, int]:
                stored = self._files(arm)
                size = sum(map(len, stored.values()))
                runtimes = self._sources.runtimes
                kind = f"{arm.runtime} explained"
                return self._residence.weigh(
                    kind, size, lambda: runtimes.explainer(arm.runtime, stored, signature)
                )

            name = f"{release.tenant_id}/{release.model_id}/{arm.version}"
            explainer = self._explainers[key] = LoadedExplainer(self._residence, name, make)
        return explainer

    def _files(self, arm: Arm) -> dict[str, bytes]:
        return {name: self._sources.blobs.get(digest) for name, digest in arm.files.items()}

    def _loaded(
        self, arm: Arm, signature: Signature, hosting: Hosting | None, gains: Gains
    ) -> tuple[Ready, int]:
        """Return a warm predictor and its weight; `gains` when that was measured before."""
        files = self._files(arm)
        size = sum(map(len, files.values()))

        def make() -> Ready:
            runtimes = self._sources.runtimes
            ready = Ready(runtimes.load(arm.runtime, files, signature, hosting))
            row = _warm(ready, signature)
            if not ready.is_apart:  # those stand in a line and are asked together anyway
                ready.gains = batches.gains(ready, row) if gains is None else gains
            return ready

        return self._residence.weigh(arm.runtime, size, make)


def _canary(release: Release, champion: LoadedArm, others: dict[str, LoadedArm]) -> Canary | None:
    """Return who answers a share of the requests; the champion then answers behind it."""
    candidate = others.get(CANDIDATE)
    if release.split is None or candidate is None:
        return None
    behind = [one for lane, one in others.items() if lane != CANDIDATE]
    incumbent = replace(champion, arm=replace(champion.arm, lane=INCUMBENT))
    loaded = replace(candidate, arm=replace(candidate.arm, lane=CANARY))
    return Canary(release.split, loaded, (incumbent, *behind))


def _news(index: Index, current: Snapshot) -> set[str]:
    """Return whose releases have to be loaded before the index is in force."""
    if current is NOTHING:
        return set(index.resident) & index.releases.keys()
    failed = current.failed.keys() & index.releases.keys()
    if index.releases is current.index.releases:
        return failed
    before = current.index.releases
    return {name for name, digest in index.releases.items() if before.get(name) != digest} | failed


def _count_unseen(meters: Meters, endpoint: Endpoint) -> None:
    """Move what the readers have counted to where it outlives them."""
    counts = {}
    for feature, reader in endpoint.rows.features.items():
        if reader.unseen:
            counts[feature], reader.unseen = reader.unseen, 0
    meters.unseen(endpoint.release.tenant_id, endpoint.release.model_id, counts)


def _patience(endpoint: Endpoint) -> float:
    """Return how long an endpoint's versions may take to be loaded."""
    arms = endpoint.release.arms
    return PYTHON_SECONDS if any(arm.runtime == RUNTIME for arm in arms) else LOAD_SECONDS


def _trouble(endpoint: Endpoint, until: float) -> str:
    """Wait for the versions of a new endpoint; return why one cannot answer, or ""."""
    for version in endpoint.serving:
        try:
            version.settle(max(0.0, until - time.monotonic()))
        except TenureError as error:
            return version.failure.why if version.failure else error.message
    return ""


def _keys(index: Index, current: Snapshot) -> dict[str, Any]:
    if index.keys is current.index.keys:
        return current.keys
    return {grant.digest: grant for grant in index.keys}


def _warm(ready: Ready, signature: Signature) -> Rows:
    """Ask once for a plain row and for an empty one, and look at the answers; return the first."""
    writer = OutputWriter(signature)
    trials = [_trial(signature, choose) for choose in (_plain, _empty)]
    for rows in trials:
        if not writer.sound(ready.predict(rows), 1):
            raise _refused("a trial row got no finite answer of the declared width")
    return trials[0]


def _trial(signature: Signature, choose: Callable[[Column], Any]) -> Rows:
    """Return one row of chosen values."""
    return of_columns(signature, {c.name: [choose(c)] for c in signature.features})


def _plain(column: Column) -> Any:
    if column.type is ColumnType.CATEGORY:
        return next(iter(column.levels), "")
    return next((bound for bound in _bounds(column) if bound is not None), 0.0)


def _empty(column: Column) -> Any:
    return None if column.nulls else _plain(column)


def _bounds(column: Column) -> Iterable[float | None]:
    return (column.min, column.max)


def _refused(why: str) -> TenureError:
    return TenureError(Kind.FAILED, "release.not_loaded", why)
