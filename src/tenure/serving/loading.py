"""Makes the next snapshot from an index: loads and warms what is new, keeps what is not.

Runs in a thread beside the event loop. A release that cannot be loaded leaves the endpoint as it
was and is reported; it never takes the others down.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakValueDictionary

from tenure.core import digests
from tenure.core.columns import Column, ColumnType
from tenure.core.deployments import CANARY, CANDIDATE, CHAMPION, INCUMBENT
from tenure.core.errors import Kind, TenureError
from tenure.core.signatures import Signature
from tenure.ports.blobs import Blobs
from tenure.ports.releases import Arm, Index, Release, Releases
from tenure.ports.training import Runtimes
from tenure.serving import batches
from tenure.serving.endpoints import Canary, Endpoint, LoadedArm, Snapshot, Version
from tenure.serving.entries import Shape
from tenure.serving.meters import Meters
from tenure.serving.outputs import OutputWriter
from tenure.serving.rows import RowReader, Rows, of_columns

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where releases, files and predictors come from."""

    releases: Releases
    blobs: Blobs
    runtimes: Runtimes


class Loader:
    """Shares loaded versions between snapshots, so that a swap costs only what is new."""

    def __init__(self, sources: Sources, meters: Meters) -> None:
        self._sources = sources
        self._meters = meters
        self._versions: WeakValueDictionary[str, Version] = WeakValueDictionary()

    def build(self, index: Index, current: Snapshot) -> Snapshot:
        """Return the snapshot of an index, with old endpoints where new ones failed."""
        endpoints: dict[str, Endpoint] = {}
        failed: dict[str, str] = {}
        for name, digest in index.releases.items():
            old = current.endpoints.get(name)
            if old is not None and old.digest == digest:
                endpoints[name] = old
                continue
            try:
                endpoints[name] = self._endpoint(name, digest, old)
            except Exception as error:  # noqa: BLE001  # a model's files may break in any way: recorded
                failed[name] = str(error) or type(error).__name__
                if old is not None:
                    endpoints[name] = old
        keys = {grant.digest: grant for grant in index.keys}
        return Snapshot(index, endpoints, keys, failed)

    def _endpoint(self, name: str, digest: str, old: Endpoint | None) -> Endpoint:
        release = self._sources.releases.load(digest)
        if f"{release.tenant_id}/{release.model_id}" != name:
            raise _refused(f"the release belongs to {release.tenant_id}/{release.model_id}")
        arms = {arm.lane: self._loaded(release, arm) for arm in release.arms}
        if CHAMPION not in arms:
            raise _refused("the release has no champion")
        champion = arms.pop(CHAMPION)
        return Endpoint(
            digest=digest,
            release=release,
            shape=Shape(release),
            rows=RowReader(release.signature, release.key_columns, release.time_column),
            outputs=OutputWriter(release.signature),
            champion=champion,
            shadows=tuple(arms.values()),
            pinned=self._pinned(release),
            before=_versions(old),
            canary=_canary(release, champion, arms),
        )

    def _pinned(self, release: Release) -> dict[str, LoadedArm]:
        """Load what may be asked for by URL; one that breaks is left out: nobody depends on it."""
        pinned: dict[str, LoadedArm] = {}
        for arm in release.pinned:
            try:
                pinned[str(arm.version)] = self._loaded(release, arm)
            except Exception as error:  # noqa: BLE001  # as in build: recorded
                _log.warning("%s/%d is left out: %s", release.model_id, arm.version, error)
        return pinned

    def _loaded(self, release: Release, arm: Arm) -> LoadedArm:
        meter = self._meters.of(release.tenant_id, release.model_id, arm.version)
        return LoadedArm(arm, self._version(release, arm), meter)

    def _version(self, release: Release, arm: Arm) -> Version:
        """Return the version of these files; never one that another tenant's release loaded."""
        key = digests.of_value(
            [release.tenant_id, release.model_id, arm.runtime, sorted(arm.files.items())]
        ) + repr(release.signature)
        version = self._versions.get(key)
        if version is None:
            files = {name: self._sources.blobs.get(digest) for name, digest in arm.files.items()}
            predictor = self._sources.runtimes.load(arm.runtime, files, release.signature)
            version = Version(predictor)
            version.gains = batches.gains(version, _warm(version, release.signature))
            self._versions[key] = version
        return version


def _canary(release: Release, champion: LoadedArm, others: dict[str, LoadedArm]) -> Canary | None:
    """Return who answers a share of the requests; the champion then answers behind it."""
    candidate = others.get(CANDIDATE)
    if release.split is None or candidate is None:
        return None
    behind = [one for lane, one in others.items() if lane != CANDIDATE]
    incumbent = replace(champion, arm=replace(champion.arm, lane=INCUMBENT))
    loaded = replace(candidate, arm=replace(candidate.arm, lane=CANARY))
    return Canary(release.split, loaded, (incumbent, *behind))


def _versions(endpoint: Endpoint | None) -> tuple[Version, ...]:
    if endpoint is None:
        return ()
    arms = (endpoint.champion, *endpoint.shadows, *endpoint.pinned.values())
    return tuple({id(arm.version): arm.version for arm in arms}.values())


def _warm(version: Version, signature: Signature) -> Rows:
    """Ask once for a plain row and for an empty one, and look at the answers; return the first."""
    writer = OutputWriter(signature)
    trials = [_trial(signature, choose) for choose in (_plain, _empty)]
    for rows in trials:
        if not writer.sound(version.predict(rows), 1):
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
