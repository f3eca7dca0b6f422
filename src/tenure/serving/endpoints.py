"""What answers: a release with its loaded versions, and the snapshot of everything that serves.

A request uses the snapshot it began with; applying a new one swaps one reference.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tenure.core.routing import Split
from tenure.ports.releases import Arm, Index, KeyGrant, Release
from tenure.ports.training import Predictor
from tenure.serving.entries import Shape
from tenure.serving.meters import Meter
from tenure.serving.outputs import Numbers, OutputWriter
from tenure.serving.rows import RowReader, Rows


class Version:
    """A loaded version. One caller at a time: the event loop never waits for it, threads do."""

    __slots__ = ("__weakref__", "_by_block", "_lock", "_predictor", "gains")

    def __init__(self, predictor: Predictor) -> None:
        self.gains = False  # from being asked for several requests at once: measured by `batches`
        self._predictor = predictor
        self._by_block: Callable[[bytes, int], Numbers] | None
        self._by_block = getattr(predictor, "predict_block", None)
        self._lock = threading.Lock()

    def try_predict(self, rows: Rows) -> Numbers | None:
        """Return the outputs, or None at once when a thread is using the predictor."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._ask(rows)
        finally:
            self._lock.release()

    def predict(self, rows: Rows) -> Numbers:
        """Return the outputs; waits for its turn."""
        with self._lock:
            return self._ask(rows)

    def _ask(self, rows: Rows) -> Numbers:
        if self._by_block is not None and rows.block is not None:
            return self._by_block(rows.block, rows.count)
        return self._predictor.predict(rows.columns, rows.count)


@dataclass(frozen=True, slots=True)
class LoadedArm:
    """An arm with its version in memory and its meter."""

    arm: Arm
    version: Version
    meter: Meter


@dataclass(frozen=True, slots=True)
class Canary:
    """The arm that answers a share of the endpoint's requests; `shadows` answer behind it."""

    split: Split
    loaded: LoadedArm
    shadows: tuple[LoadedArm, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One release, ready to answer. `before` keeps the previous versions warm for a rollback."""

    digest: str
    release: Release
    shape: Shape
    rows: RowReader
    outputs: OutputWriter
    champion: LoadedArm
    shadows: tuple[LoadedArm, ...]
    pinned: dict[str, LoadedArm]  # version number as text
    before: tuple[Version, ...] = ()
    canary: Canary | None = None

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
    def versions(self) -> list[str]:
        """The versions that may be asked for by URL, the champion's first."""
        return list(dict.fromkeys([str(self.champion.arm.version), *self.pinned]))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that serves, as one index says it. `failed` tells what could not be applied."""

    index: Index
    endpoints: dict[str, Endpoint] = field(default_factory=dict)  # "tenant/model"
    keys: dict[str, KeyGrant] = field(default_factory=dict)  # by digest
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def applied(self) -> bool:
        """Whether an index was ever read; generation 0 means that there is none."""
        return self.index.generation > 0


NOTHING = Snapshot(Index(generation=0, barrier=0, releases={}, keys=()))
