"""Releases: what the serving processes obey. Control publishes, serving applies and says so.

One immutable release per tenant and model (routes, digests, limits), a small index with a
generation number. Serving never asks the control plane anything.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tenure.core.hosting import Hosting
from tenure.core.limits import Limits
from tenure.core.lookups import Lookup
from tenure.core.outcomes import DROP
from tenure.core.routing import Split
from tenure.core.versions import Signature


@dataclass(frozen=True, slots=True)
class Arm:
    """One version behind an endpoint. The lane `champion` answers; other lanes are shadows.

    With a split the lane `candidate` answers its share of the requests, else it is a shadow, too.
    """

    lane: str
    version: int
    deployment_id: str
    runtime: str
    files: dict[str, str]  # name → blob digest


@dataclass(frozen=True, slots=True)
class Notice:
    """What clients of a deprecated model are told. Wall times; the successor is the same tenant's."""

    deprecated_at: datetime
    sunset: datetime | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """One endpoint: which versions answer, how rows are understood, how they are logged."""

    tenant_id: str
    model_id: str
    signature: Signature
    key_columns: tuple[str, ...]
    time_column: str | None
    log: str  # async | durable
    arms: tuple[Arm, ...]
    pinned: tuple[Arm, ...] = ()  # other approved versions that may be asked for by URL
    notice: Notice | None = None  # the model is deprecated
    split: Split | None = None  # what the candidate answers
    limits: Limits | None = None  # the model's own
    overflow: str = DROP  # what becomes of answers that the log has no room for
    resident: bool = False  # stays in memory, whatever else is asked for
    python: Hosting | None = None  # bounds of versions that are Python models
    lookups: tuple[Lookup, ...] = ()  # features that serving reads by key
    format: int = 1


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A key that may predict. `tenant_id` is `_` for keys of the house."""

    digest: str
    key_id: str
    tenant_id: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """The newest state of everything that serves."""

    generation: int
    barrier: int  # serving flushes its log and acknowledges each new number
    releases: dict[str, str]  # "tenant/model" → digest of the release
    keys: tuple[KeyGrant, ...]
    gone: dict[str, str] | None = None  # "tenant/model" → why it answers 410
    resident: tuple[str, ...] = ()  # "tenant/model" of releases that are loaded before all is ready
    rates: dict[str, float] | None = None  # tenant → requests a second, in place of the setting's
    format: int = 1


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What one serving process says of itself."""

    process: str  # unique per start
    pid: int
    generation: int  # applied and warm
    barrier: int  # everything accepted before it is in the log
    at: datetime  # heartbeat, machine time
    failed: dict[str, str] | None = None  # "tenant/model" → why the release was not applied


SILENCE = timedelta(seconds=5)
"""A serving process that says nothing for so long is waited for no more."""


class Releases(Protocol):
    """The only channel between control and serving."""

    def publish(self, release: Release) -> str:
        """Store a release; return its digest. It serves when an index names it."""
        ...

    def load(self, digest: str) -> Release:
        """Return a release, verified against its digest."""
        ...

    def index(self) -> Index:
        """Return the newest index; generation 0 when there is none."""
        ...

    def point(self, index: Index) -> None:
        """Replace the index atomically; readers see the old one or the new one.

        Raises `release.stale_index` when it would undo a newer one.
        """
        ...

    def changed(self, seen: object) -> object:
        """Return a cheap token that differs from `seen` when the index may have changed."""
        ...

    def acknowledge(self, ack: Acknowledgement) -> None:
        """Say what this serving process has applied; also its heartbeat."""
        ...

    def acknowledged(self) -> list[Acknowledgement]:
        """Return what the serving processes last said."""
        ...


def alive(releases: Releases, now: datetime) -> list[Acknowledgement]:
    """Return what is said by the serving processes that spoke a moment ago."""
    return [ack for ack in releases.acknowledged() if now - ack.at < SILENCE]
