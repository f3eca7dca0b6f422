"""One model's life in a replay, step by step: answers, labels, the clock, the work that is due."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

import polars as pl

from tenure.core.errors import TenureError
from tenure.core.jobs import Job, JobState
from tenure.core.ledger import Entry
from tenure.core.media import PARQUET
from tenure.core.models import ModelState
from tenure.core.spec.values import Spec
from tenure.core.studies import Run, Study
from tenure.ports.work import UnitOfWork
from tenure.services import clock, collect, datasets, declare, join, tenants
from tenure.services.house import House
from tenure.worker.handlers import HANDLERS
from tenure.worker.loop import Worker
from tests.small import server
from tests.small.rows import BEGIN, DAY, between, parquet

T = TypeVar("T")

LIVE = BEGIN + 20 * DAY
"""When the small models go live: what is known by then trains them."""


@dataclass(frozen=True)
class Life:
    """A model, its stream, and the house it lives in."""

    house: House
    spec: Spec
    rows: pl.DataFrame
    slots: int = 2

    @property
    def tenant(self) -> str:
        return self.spec.model.tenant

    @property
    def model(self) -> str:
        return self.spec.model.name

    def declare(self, at: datetime = LIVE) -> None:
        """Make the tenant, begin the replay at an instant, apply the spec, import what is known."""
        try:
            tenants.create(self.house, "test", self.tenant)
        except TenureError as error:
            if error.code != "tenant.exists":
                raise
        clock.advance(self.house, "test", self.tenant, at)
        declare.apply(self.house, "test", self.tenant, self.spec)
        self.bring(self.known(at))

    def known(self, at: datetime) -> pl.DataFrame:
        """Return the rows whose truth is known by an instant."""
        return between(self.rows, "known", BEGIN, at)

    def bring(self, rows: pl.DataFrame) -> None:
        """Import rows."""
        datasets.import_dataset(self.house, "test", self.tenant, self.model, parquet(rows), PARQUET)

    def work(self) -> None:
        """Do all work that is due."""
        Worker(self.house, self.slots).run_until_settled()

    def answer(self, since: datetime, until: datetime) -> int:
        """Answer the rows of a span, in every lane."""
        return server.answer(
            self.house, self.tenant, self.model, between(self.rows, "at", since, until)
        )

    def label(self, since: datetime, until: datetime) -> None:
        """Post the truth that comes in a span, of what was answered since the model is live."""
        truth = between(self.rows, "known", since, until).filter(pl.col("at") >= LIVE)
        self.post(truth)

    def post(self, truth: pl.DataFrame) -> None:
        """Post labels: key, target and event time."""
        named = [*(self.spec.data.key or ("request_id",)), self.spec.data.target, "known"]
        if not self.spec.data.key:
            truth = truth.with_columns(pl.col("id").alias("request_id"))
        if truth.height:
            join.receive(self.house, self.tenant, self.model, parquet(truth.select(named)), PARQUET)

    def advance(self, to: datetime) -> None:
        """Say that business time has come to an instant, and do what is due."""
        clock.advance(self.house, "test", self.tenant, to)
        self.work()

    def collect(self, to: datetime) -> None:
        """Say that business time has come to an instant, collect, and leave the work undone."""
        clock.advance(self.house, "test", self.tenant, to)
        collect.gather(self.house)

    def step(self, since: datetime, until: datetime) -> None:
        """Live through a span."""
        self.answer(since, until)
        self.label(since, until)
        self.advance(until)

    def days(self, first: int, last: int) -> None:
        """Live day by day, counted from the beginning of the stream."""
        for day in range(first, last):
            self.step(BEGIN + day * DAY, BEGIN + (day + 1) * DAY)

    def read(self, look: Callable[[UnitOfWork], T]) -> T:
        """Return what a look into the database finds."""
        with self.house.store.read() as work:
            return look(work)

    def decommission(self) -> None:
        """Make the model one that is no more."""
        with self.house.store.work() as work:
            model = work.models.get(self.tenant, self.model)
            work.models.save(self.tenant, replace(model, state=ModelState.DECOMMISSIONED))

    def claim(self) -> Job:
        """Take the next job that is due."""
        with self.house.store.work() as work:
            (job,) = work.jobs.claim("test", self.house.clock.now(), 60.0)
        return job

    def do_next(self) -> Job:
        """Do the next job that is due, here; what goes wrong is raised."""
        job = self.claim()
        HANDLERS[job.kind](self.house, job)
        return job

    def do_until(self, kind: str) -> Job:
        """Do what is due until a job of this kind comes; return it, claimed and not done."""
        while (job := self.claim()).kind != kind:
            HANDLERS[job.kind](self.house, job)
        return job

    def studies(self, lane: str = "champion") -> list[Study]:
        """Return the races of a lane, the oldest first."""
        return self.read(
            lambda work: work.studies.list(self.tenant, model_id=self.model, lane=lane)
        )

    def runs(self, study: Study) -> list[Run]:
        """Return the runs of a race, in its order."""
        return self.read(lambda work: [work.runs.get(self.tenant, run) for run in study.runs])

    def jobs(self, state: JobState | None = None) -> list[Job]:
        """Return the tenant's jobs."""
        return self.read(lambda work: work.jobs.list(self.tenant, state=state, limit=10_000))

    def told(self, kind: str) -> list[Entry]:
        """Return the ledger's entries of a kind."""
        entries = self.read(lambda work: work.ledger.read(self.tenant, limit=100_000))
        return [entry for entry in entries if entry.kind == kind]
