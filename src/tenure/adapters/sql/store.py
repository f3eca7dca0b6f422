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
from tenure.adapters.sql.scope import Scope
from tenure.adapters.sql.watch import Watch
from tenure.core.datasets import DatasetVersion
from tenure.core.deployments import Deployment
from tenure.core.errors import Kind, TenureError
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import ProfileWindow
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
from tenure.ports.work import Clocks, Keys, LedgerBook, Positions, Queue, Repository, UnitOfWork


class SqlUnitOfWork:
    """What one transaction sees."""

    def __init__(self, connection: sa.Connection, *, writable: bool) -> None:
        scope = Scope(connection)
        self.tenants: Repository[Tenant] = SqlRepository(scope, nouns.TENANTS)
        self.keys: Keys = SqlKeys(scope)
        self.models: Repository[Model] = SqlRepository(scope, nouns.MODELS)
        self.datasets: Repository[DatasetVersion] = SqlRepository(scope, nouns.DATASETS)
        self.studies: Repository[Study] = SqlRepository(scope, nouns.STUDIES)
        self.runs: Repository[Run] = SqlRepository(scope, nouns.RUNS)
        self.versions: Repository[Version] = SqlRepository(scope, nouns.VERSIONS)
        self.evidence: Repository[Evidence] = SqlRepository(scope, nouns.EVIDENCE)
        self.decisions: Repository[Decision] = SqlRepository(scope, nouns.DECISIONS)
        self.deployments: Repository[Deployment] = SqlRepository(scope, nouns.DEPLOYMENTS)
        self.findings: Repository[Finding] = SqlRepository(scope, nouns.FINDINGS)
        self.chunks: Repository[Chunk] = SqlRepository(scope, nouns.CHUNKS)
        self.garbage: Repository[Garbage] = SqlRepository(scope, nouns.GARBAGE)
        self.label_batches: Repository[LabelBatch] = SqlRepository(scope, nouns.LABEL_BATCHES)
        self.quarantine: Repository[Quarantined] = SqlRepository(scope, nouns.QUARANTINE)
        self.windows: Repository[Window] = SqlRepository(scope, nouns.WINDOWS)
        self.detectors: Repository[Detector] = SqlRepository(scope, nouns.DETECTORS)
        self.profiles: Repository[ProfileWindow] = SqlRepository(scope, nouns.PROFILES)
        self.drift_days: Repository[DriftDay] = SqlRepository(scope, nouns.DRIFT_DAYS)
        self.policies: Repository[PolicyVersion] = SqlRepository(scope, nouns.POLICIES)
        self.trials: Repository[StudyTrial] = SqlRepository(scope, nouns.TRIALS)
        self.progress: Repository[RunProgress] = SqlRepository(scope, nouns.PROGRESS)
        self.packages: Repository[Package] = SqlRepository(scope, nouns.PACKAGES)
        self.usage: Repository[Usage] = SqlRepository(scope, nouns.USAGE)
        self.people: Repository[Person] = SqlRepository(scope, nouns.PEOPLE)
        self.clocks: Clocks = SqlClocks(scope)
        self.outcomes: Outcomes = SqlOutcomes(scope)
        self.jobs: Queue = SqlQueue(scope)
        self.ledger: LedgerBook = SqlLedger(scope, writable=writable)
        self.positions: Positions = SqlPositions(scope)


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
