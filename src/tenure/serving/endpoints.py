"""What answers: releases as endpoints, their versions, and the snapshot of everything that serves.

An endpoint is described when it is first asked for and its versions are loaded when they are; both
may be evicted again. A request keeps the endpoint it began with.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tenure.core.routing import Split
from tenure.ports.releases import Arm, Index, KeyGrant, Release
from tenure.serving import notices
from tenure.serving.entries import Shape
from tenure.serving.explainers import LoadedExplainer
from tenure.serving.limits import Allowance
from tenure.serving.lookups.filling import Lookups
from tenure.serving.meters import Meter
from tenure.serving.outputs import OutputWriter
from tenure.serving.residence import Failure, Held, Residence, failed, not_loaded
from tenure.serving.rows import RowReader
from tenure.serving.versions import Version

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadedArm:
    """An arm with its version and explainer, which may have to be loaded first, and its meter."""

    arm: Arm
    version: Version
    meter: Meter
    explainer: LoadedExplainer


@dataclass(frozen=True, slots=True)
class Canary:
    """The arm that answers a share of the endpoint's requests; `shadows` answer behind it."""

    split: Split
    loaded: LoadedArm
    shadows: tuple[LoadedArm, ...]


class Endpoint(Held):
    """One release, described. `before` keeps the previous versions for a rollback."""

    __slots__ = (
        "_evicted",
        "allowances",
        "before",
        "canary",
        "champion",
        "digest",
        "lookups",
        "notices",
        "outputs",
        "pinned",
        "release",
        "rows",
        "shadows",
        "shape",
    )

    def __init__(
        self,
        residence: Residence,
        digest: str,
        release: Release,
        arms: "Arms",
        evicted: Callable[["Endpoint"], None],
        allowances: tuple[Allowance, ...] = (),
        lookups: Lookups | None = None,
    ) -> None:
        super().__init__(residence, f"{release.tenant_id}/{release.model_id}", kept=arms.kept)
        self.digest = digest
        self.release = release
        self.shape = Shape(release)
        self.notices = notices.headers(release)
        self.lookups = lookups
        self.rows = (
            RowReader(release.signature, release.key_columns, release.time_column)
            if lookups is None
            else lookups.reader
        )
        self.outputs = OutputWriter(release.signature)
        self.champion = arms.champion
        self.shadows = arms.shadows
        self.pinned = arms.pinned
        self.before = arms.before
        self.canary = arms.canary
        self.allowances = allowances
        self._evicted = evicted

    def arm(self, version: str | None) -> LoadedArm | None:
        """Return who answers: the champion unless another approved version is asked for."""
        if version is None or version == str(self.champion.arm.version):
            return self.champion
        return self.pinned.get(version)

    def choose(self, request_id: str, keys: Sequence[str | None] | None) -> LoadedArm:
        """Return who answers a request that names no version; `keys` are its rows'."""
        canary = self.canary
        if canary is None or not canary.split.takes_request(request_id, keys):
            return self.champion
        return canary.loaded

    def behind(self, answered: LoadedArm) -> tuple[LoadedArm, ...]:
        """Return who answers in the shadow once this arm has answered; nobody behind a pinned one."""
        if answered is self.champion:
            return self.shadows
        canary = self.canary
        return canary.shadows if canary is not None and answered is canary.loaded else ()

    @property
    def serving(self) -> tuple[Version, ...]:
        """What every request needs: the champion's version first, then the shadows'."""
        arms = (self.champion, *self.shadows)
        return tuple({id(arm.version): arm.version for arm in arms}.values())

    @property
    def all_versions(self) -> tuple[Version, ...]:
        """Every version of this release, once each."""
        named = {arm.version: None for arm in self.pinned.values()}
        return tuple(dict.fromkeys((*self.serving, *named)))

    @property
    def in_memory(self) -> list[LoadedArm]:
        """An arm of each version that takes memory now."""
        arms = (*self.pinned.values(), *self.shadows, self.champion)
        named = {arm.arm.version: arm for arm in arms}
        return [arm for arm in named.values() if arm.version.bytes]

    @property
    def versions(self) -> list[str]:
        """The versions that may be asked for by URL, the champion's first."""
        return list(dict.fromkeys([str(self.champion.arm.version), *self.pinned]))

    def let_go(self) -> None:
        self._evicted(self)


@dataclass(frozen=True, slots=True)
class Arms:
    """Who answers at an endpoint."""

    champion: LoadedArm
    shadows: tuple[LoadedArm, ...]
    pinned: dict[str, LoadedArm]  # version number as text
    before: tuple[Version, ...] = ()
    canary: Canary | None = None
    kept: bool = False


class Shelf:
    """The endpoints of a process by "tenant/model", described when they are first asked for."""

    def __init__(self, describe: Callable[[str, str], Endpoint] | None = None) -> None:
        self._describe = describe
        self._names: dict[str, str] = {}  # → digest of the release that answers
        self._described: dict[str, Endpoint] = {}
        self._broken: dict[str, Failure] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Endpoint | None:
        """Return the endpoint; raise `model.not_loaded` when its release cannot be read."""
        endpoint = self._described.get(name) or self._newly_described(name)
        if endpoint is not None:
            endpoint.used = endpoint.residence.turn
        return endpoint

    def __getitem__(self, name: str) -> Endpoint:
        endpoint = self.get(name)
        if endpoint is None:
            raise KeyError(name)
        return endpoint

    def described(self, name: str) -> Endpoint | None:
        """Return the endpoint only when it is described already."""
        return self._described.get(name)

    def all_described(self) -> list[Endpoint]:
        return list(self._described.values())

    def name(self, names: dict[str, str]) -> None:
        """Add releases that are described when somebody asks for them."""
        with self._lock:
            self._names = {**self._names, **names}

    def put(self, endpoint: Endpoint) -> None:
        """Answer with this endpoint from now on."""
        with self._lock:
            self._names[endpoint.name] = endpoint.digest
            self._described.pop(endpoint.name, None)
            self._broken.pop(endpoint.name, None)
            if endpoint.bytes:  # else its memory was needed before it was ready
                self._described[endpoint.name] = endpoint

    def remove(self, name: str) -> None:
        with self._lock:
            self._names.pop(name, None)
            self._described.pop(name, None)
            self._broken.pop(name, None)

    def evicted(self, endpoint: Endpoint) -> None:
        """Forget a description; it is made again when it is asked for."""
        if self._described.get(endpoint.name) is endpoint:
            del self._described[endpoint.name]

    def _newly_described(self, name: str) -> Endpoint | None:
        digest = self._names.get(name)
        if digest is None or self._describe is None:
            return None
        broken = self._broken.get(name)
        if broken is not None and not broken.is_over:
            raise not_loaded(name)
        try:
            endpoint = self._describe(name, digest)
        except Exception as error:  # noqa: BLE001  # a file may be damaged in any way: recorded
            self._broken[name] = failed(error, broken)
            _log.error("%s cannot be described: %s", name, self._broken[name].why)  # no trace
            raise not_loaded(name) from None
        with self._lock:
            if (
                endpoint.bytes and self._names.get(name) == digest
            ):  # else a newer release came in between
                self._described[name] = endpoint
        return endpoint


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that serves, as one index says it. `failed` tells what could not be applied."""

    index: Index
    endpoints: Shelf = field(default_factory=Shelf)
    keys: dict[str, KeyGrant] = field(default_factory=dict)  # by digest
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def applied(self) -> bool:
        """Whether an index was ever read; generation 0 means that there is none."""
        return self.index.generation > 0


NOTHING = Snapshot(Index(generation=0, barrier=0, releases={}, keys=()))
