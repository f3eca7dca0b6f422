"""One unit of work: repositories, queue and ledger, committed together or not at all.

    with store.work() as work:
        model = work.models.get("DL", "arrival-delay")
        work.models.save("DL", replace(model, state=...))
        record(work, event, ...)          # ledger entry and next jobs
    # leaving the block commits; an exception rolls everything back

Guarantees: serialisable on both databases (SQLite BEGIN IMMEDIATE; PostgreSQL: SERIALIZABLE, or
row locks taken by `get(..., lock=True)` and by the ledger's chain head). A commit is durable.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypeVar

from tenure.core.clock import BusinessClock
from tenure.core.datasets import DatasetVersion
from tenure.core.deployments import Deployment
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import ProfileWindow
from tenure.core.jobs import Job, JobState, NewJob
from tenure.core.keys import ApiKey
from tenure.core.ledger import Entry
from tenure.core.models import Model
from tenure.core.outcomes import Chunk, Detector, Garbage, LabelBatch, Quarantined, Window
from tenure.core.packages import Package
from tenure.core.people import Person
from tenure.core.policies import Decision
from tenure.core.rulebooks import PolicyVersion
from tenure.core.runs import RunProgress
from tenure.core.shifts import DriftDay
from tenure.core.studies import Run, Study
from tenure.core.tenants import Tenant
from tenure.core.tuning import StudyTrial
from tenure.core.usage import Usage
from tenure.core.versions import Version
from tenure.ports.outcomes import Outcomes

T = TypeVar("T")


class Repository(Protocol[T]):
    """Values of one noun. The tenant comes first; another tenant's value does not exist.

    `list` orders by id unless the noun's table says otherwise (see `adapters/sql/tables.py`) and
    filters by equality on indexed attributes, `<attribute>__gte` and `__lt` for times.
    """

    def get(self, tenant_id: str, value_id: str, *, lock: bool = False) -> T:
        """Return the value; raise `<noun>.not_found`. `lock` holds its row until the commit."""
        ...

    def find(self, tenant_id: str, value_id: str) -> T | None:
        """Return the value or None."""
        ...

    def list(
        self, tenant_id: str, *, limit: int = 1000, after: str | None = None, **where: object
    ) -> list[T]:
        """Return values in order, after the id `after` (keyset paging)."""
        ...

    def last(self, tenant_id: str, **where: object) -> T | None:
        """Return the last of what `list` would find without a limit; None for nothing."""
        ...

    def add(self, tenant_id: str, value: T) -> None:
        """Store a new value; raise `<noun>.exists` when the id is taken."""
        ...

    def save(self, tenant_id: str, value: T) -> None:
        """Replace the stored value; raise `<noun>.not_found` when there is none."""
        ...

    def count(self, tenant_id: str, **where: object) -> int:
        """Return how many values `list` would find without a limit."""
        ...

    def put(self, tenant_id: str, value: T) -> None:
        """Store the value whether or not it is there."""
        ...

    def put_all(self, tenant_id: str, values: Sequence[T]) -> None:
        """Store each of the values, which have different ids, whether or not it is there."""
        ...

    def remove(self, tenant_id: str, value_id: str) -> None:
        """Remove the value; nothing happens when there is none."""
        ...

    def remove_all(self, tenant_id: str, value_ids: Sequence[str]) -> None:
        """Remove these values; those that are not there do not matter."""
        ...


class Keys(Repository[ApiKey], Protocol):
    """API keys, which are also looked up by what a request carries."""

    def by_digest(self, digest: str) -> ApiKey | None:
        """Return the key with this digest, whatever its tenant; revoked and expired ones too."""
        ...


class Clocks(Repository[BusinessClock], Protocol):
    """Business clocks, one per tenant; the house's own row serialises publishing."""

    def all(self) -> "list[BusinessClock]":
        """Return every tenant's clock, in order of the tenants."""
        ...


class Queue(Protocol):
    """The lease queue. Times are machine time, from the database's point of view handed in."""

    def add(self, jobs: Iterable[NewJob]) -> int:
        """Enqueue; a job whose (tenant, key) was ever enqueued is left alone. Return new ones."""
        ...

    def may_claim(self, now: datetime) -> bool:
        """Return whether a claim may find something: a look that takes no lock.

        Whose turn it is, and how many of a tenant may run, only the claim itself says.
        """
        ...

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_seconds: float,
        *,
        limit: int = 1,
        per_tenant: int = 2,
    ) -> list[Job]:
        """Lease up to `limit` jobs: ready or with an expired lease, past `not_before`, and due.

        Due means: no `due_at`, or `due_at` <= the tenant's `collected` clock. At most
        `per_tenant` leased jobs per tenant; higher priority first, then older due_at, then id.
        The epoch grows by one with each claim.
        """
        ...

    def renew(self, job: Job, until: datetime) -> bool:
        """Extend the lease; False when a newer lease exists."""
        ...

    def finish(self, job: Job) -> None:
        """Mark done, inside the unit of work of its effects; raise `job.fenced` when stale."""
        ...

    def fail(self, job: Job, error: str, not_before: datetime, *, park: bool) -> None:
        """Give the job back with a reason, or park it; raise `job.fenced` when stale."""
        ...

    def retry(self, tenant_id: str, job_id: int) -> None:
        """Make a parked job ready again; raise `job.not_found` or `job.not_parked`."""
        ...

    def get(self, tenant_id: str, job_id: int) -> Job:
        """Return one job; raise `job.not_found`."""
        ...

    def list(
        self, tenant_id: str, *, state: JobState | None = None, limit: int = 100, after: int = 0
    ) -> list[Job]:
        """Return jobs by id."""
        ...

    def open_count(self, tenant_id: str, until: datetime) -> int:
        """Return how many jobs are ready or leased and due by `until` (business time)."""
        ...


class LedgerBook(Protocol):
    """Append-only chains, one per tenant."""

    def head(self, tenant_id: str) -> tuple[int, str]:
        """Lock the chain's head and return (seq, hash); (0, GENESIS) for an empty chain."""
        ...

    def append(self, entry: Entry) -> None:
        """Store the next entry; raise `ledger.out_of_order` unless it follows the head."""
        ...

    def read(self, tenant_id: str, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return entries in order after `after`."""
        ...

    def tenants(self) -> list[str]:
        """Return the tenants that have a chain."""
        ...


class Positions(Protocol):
    """How far each segment of the prediction log has been read."""

    def get(self, segment: str) -> int:
        """Return the byte offset up to which the segment is collected; 0 at first."""
        ...

    def set(self, segment: str, offset: int, *, seen: int | None = None) -> bool:
        """Store the offset, in the unit of work of what was read.

        With `seen`, only when the segment still stands there; False when somebody has moved it.
        """
        ...

    def all(self) -> dict[str, int]:
        """Return every known segment's offset."""
        ...

    def remove(self, segment: str) -> None:
        """Forget a segment that is no more; nothing happens when it is not known."""
        ...


class UnitOfWork(Protocol):
    """What one transaction sees."""

    tenants: Repository[Tenant]  # tenant_id = SYSTEM for all of them
    keys: Keys
    models: Repository[Model]
    datasets: Repository[DatasetVersion]
    studies: Repository[Study]
    runs: Repository[Run]
    versions: Repository[Version]
    evidence: Repository[Evidence]
    decisions: Repository[Decision]
    deployments: Repository[Deployment]
    findings: Repository[Finding]
    chunks: Repository[Chunk]
    garbage: Repository[Garbage]
    label_batches: Repository[LabelBatch]
    quarantine: Repository[Quarantined]
    windows: Repository[Window]
    detectors: Repository[Detector]
    profiles: Repository[ProfileWindow]
    drift_days: Repository[DriftDay]
    policies: Repository[PolicyVersion]  # tenant_id = SYSTEM for the house's
    packages: Repository[Package]
    trials: Repository[StudyTrial]
    progress: Repository[RunProgress]  # id = run id
    usage: Repository[Usage]
    people: Repository[Person]  # tenant_id = SYSTEM for all of them
    clocks: Clocks  # id = tenant id
    outcomes: Outcomes
    jobs: Queue
    ledger: LedgerBook
    positions: Positions


class Store(Protocol):
    """The metadata database."""

    def work(self) -> AbstractContextManager[UnitOfWork]:
        """Begin a unit of work; leaving the block commits, an exception rolls back."""
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Begin a consistent reading; nothing is written, writers are not blocked."""
        ...

    def changes(self) -> object:
        """Return a cheap token: while two are equal, nothing was committed between them."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...
