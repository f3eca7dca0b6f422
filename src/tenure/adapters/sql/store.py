"""The metadata database as a `ports.work.Store`: every use case runs in one of its transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident

import sqlalchemy as sa
from sqlalchemy.engine import URL

from tenure.adapters.sql import connections, nouns
from tenure.adapters.sql.failures import translating
from tenure.adapters.sql.ledger import SqlLedger
from tenure.adapters.sql.outcomes import SqlOutcomes
from tenure.adapters.sql.positions import SqlPositions
from tenure.adapters.sql.queue import SqlQueue
from tenure.adapters.sql.repository import SqlClocks, SqlKeys, SqlRepository
from tenure.adapters.sql.watch import Watch
from tenure.core.datasets import DatasetVersion
from tenure.core.deployments import Deployment
from tenure.core.errors import Kind, TenureError
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import ProfileWindow
from tenure.core.models import Model
from tenure.core.outcomes import Chunk, Detector, Garbage, LabelBatch, Quarantined, Window
from tenure.core.policies import Decision
from tenure.core.rulebooks import PolicyVersion
from tenure.core.shifts import DriftDay
from tenure.core.studies import Run, Study
from tenure.core.tenants import Tenant
from tenure.core.versions import Version
from tenure.ports.outcomes import Outcomes
from tenure.ports.work import Clocks, Keys, LedgerBook, Positions, Queue, Repository, UnitOfWork


class SqlUnitOfWork:
    """What one transaction sees."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        self.tenants: Repository[Tenant] = SqlRepository(connection, nouns.TENANTS)
        self.keys: Keys = SqlKeys(connection)
        self.models: Repository[Model] = SqlRepository(connection, nouns.MODELS)
        self.datasets: Repository[DatasetVersion] = SqlRepository(connection, nouns.DATASETS)
        self.studies: Repository[Study] = SqlRepository(connection, nouns.STUDIES)
        self.runs: Repository[Run] = SqlRepository(connection, nouns.RUNS)
        self.versions: Repository[Version] = SqlRepository(connection, nouns.VERSIONS)
        self.evidence: Repository[Evidence] = SqlRepository(connection, nouns.EVIDENCE)
        self.decisions: Repository[Decision] = SqlRepository(connection, nouns.DECISIONS)
        self.deployments: Repository[Deployment] = SqlRepository(connection, nouns.DEPLOYMENTS)
        self.findings: Repository[Finding] = SqlRepository(connection, nouns.FINDINGS)
        self.chunks: Repository[Chunk] = SqlRepository(connection, nouns.CHUNKS)
        self.garbage: Repository[Garbage] = SqlRepository(connection, nouns.GARBAGE)
        self.label_batches: Repository[LabelBatch] = SqlRepository(connection, nouns.LABEL_BATCHES)
        self.quarantine: Repository[Quarantined] = SqlRepository(connection, nouns.QUARANTINE)
        self.windows: Repository[Window] = SqlRepository(connection, nouns.WINDOWS)
        self.detectors: Repository[Detector] = SqlRepository(connection, nouns.DETECTORS)
        self.profiles: Repository[ProfileWindow] = SqlRepository(connection, nouns.PROFILES)
        self.drift_days: Repository[DriftDay] = SqlRepository(connection, nouns.DRIFT_DAYS)
        self.policies: Repository[PolicyVersion] = SqlRepository(connection, nouns.POLICIES)
        self.clocks: Clocks = SqlClocks(connection)
        self.outcomes: Outcomes = SqlOutcomes(connection)
        self.jobs: Queue = SqlQueue(connection)
        self.ledger: LedgerBook = SqlLedger(connection, writable=writable)
        self.positions: Positions = SqlPositions(connection)


class SqlStore:
    """`ports.work.Store`, for several threads and processes at once.

    A unit of work that lost against another one raises `database.busy`; the caller tries again.
    `busy_seconds` is how long it waits before.
    """

    def __init__(self, url: str | URL, *, busy_seconds: float = connections.BUSY_SECONDS) -> None:
        address = connections.parsed(url)
        self._busy_seconds = busy_seconds
        self._writer = connections.open_writer(address, busy_seconds)
        self._reader = connections.open_reader(address)
        # SQLite has one writer: threads take turns here rather than by polling its file lock
        self._turn = Lock() if connections.is_sqlite(address) else None
        self._writing: set[int] = set()
        self._watch = Watch(self._reader)

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self._alone(), translating(), self._writer.begin() as connection:
            yield SqlUnitOfWork(connection, writable=True)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        with translating(), self._reader.connect() as connection:
            yield SqlUnitOfWork(connection, writable=False)

    def changes(self) -> object:
        with translating():
            return self._watch.token()

    def close(self) -> None:
        self._watch.close()
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a unit of work inside another one: it would wait for itself for ever."""
        thread = get_ident()
        if thread in self._writing:
            raise RuntimeError("a unit of work was begun inside another one")
        if self._turn is not None and not self._turn.acquire(timeout=self._busy_seconds):
            raise TenureError(
                Kind.UNAVAILABLE, "database.busy", "another writer takes too long", hint="try again"
            )
        self._writing.add(thread)
        try:
            yield
        finally:
            self._writing.discard(thread)
            if self._turn is not None:
                self._turn.release()
