"""The worker: collects the log, claims jobs under leases, runs them, gives back what failed.

Any number of workers may run; leases and fencing keep a job to one of them. A killed worker's
jobs are taken over when their lease has run out.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job, backoff_seconds, max_attempts
from tenure.core.tenants import SYSTEM
from tenure.ports.traces import Tracer
from tenure.services import collect, retire
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record
from tenure.worker.handlers import HANDLERS
from tenure.worker.tracing import spanning

log = logging.getLogger("tenure.worker")

LEASE_SECONDS = 10.0
IDLE_SECONDS = 0.005
COLLECT_SECONDS = 1.0
"""How long answers lie in the log at most. Each pass costs as much as a few hundred rows."""
BUSY_SECONDS = 1.0
"""How long to leave a database alone that is busy or away."""
PATIENCE = timedelta(minutes=5)
"""For how long work in the foreground waits for such a database; a worker process waits for ever."""


def _replaying(clocks: list[BusinessClock]) -> list[BusinessClock]:
    return [c for c in clocks if c.mode is ClockMode.REPLAY and c.collected < c.now]


class Chore(Protocol):
    """What is looked at now and then beside the jobs; it knows itself when it is time."""

    def look(self, now: datetime) -> int:
        """Do what is due; return how much was done."""
        ...


@dataclass(frozen=True, slots=True)
class Running:
    """A job in hand."""

    job: Job
    future: Future[None]


class Worker:
    """One worker process. `slots` jobs run at once; collecting happens between them."""

    def __init__(
        self,
        house: House,
        slots: int = 2,
        *,
        lease_seconds: float = LEASE_SECONDS,
        tracer: Tracer | None = None,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._house = house
        self._tracer = tracer
        self._chores = chores
        self._slots = slots
        self._lease = timedelta(seconds=lease_seconds)
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix="job")
        self._running: list[Running] = []
        self._looked_at = house.clock.now() - timedelta(seconds=60)
        self._token: object = None
        self._waiting: list[BusinessClock] = []
        self._renewed_at = house.clock.now()
        self._troubled_at: datetime | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        """Work until `stopping` is set; jobs in hand are finished first."""
        while not self.stopping.is_set():
            if not self._patiently(self.turn):
                self._house.clock.sleep(IDLE_SECONDS)  # half the CPU of waiting for an event
        self._pool.shutdown(wait=True)
        self._patiently(self._reap)

    def run_until_settled(self) -> None:
        """Work until nothing is due, and nothing is in anybody's hands: not in a dead worker's either.

        Raises `database.busy` or `database.unreachable` when that lasts for `PATIENCE`.
        """
        quiet = 0
        while quiet < 2 and not self.stopping.is_set():  # noqa: PLR2004  # once more after the last
            worked = self._patiently(partial(self.turn, collect_now=quiet > 0), PATIENCE)
            owed = self._running or self._patiently(self._is_owed, PATIENCE)
            quiet = 0 if worked or owed else quiet + 1
            if not worked:
                self._house.clock.sleep(IDLE_SECONDS)
        self._pool.shutdown(wait=True)

    def _patiently(self, act: Callable[[], bool], patience: timedelta | None = None) -> bool:
        """Return what the act returns; True after a pause when the database is busy or away."""
        try:
            worked = act()
        except TenureError as error:
            now = self._house.clock.now()
            self._troubled_at = self._troubled_at or now
            tired = patience is not None and now - self._troubled_at > patience
            if error.kind is not Kind.UNAVAILABLE or tired:
                raise
            log.warning("the worker waits: %s", error)
            self.stopping.wait(BUSY_SECONDS)
            return True
        self._troubled_at = None
        return worked

    def _is_owed(self) -> bool:
        """Return whether due jobs wait for their backoff, or for another worker's lease to end."""
        clocks = collect.clocks_of(self._house)
        now = self._house.clock.now()
        with self._house.store.read() as work:
            return any(
                work.jobs.open_count(c.tenant_id, now if c.mode is ClockMode.WALL else c.collected)
                for c in clocks
            )

    def turn(self, *, collect_now: bool = False) -> bool:
        """Do one round: reap, renew, collect, claim. Return whether anything was done.

        While nothing was committed and nothing is due to be looked at, a round costs microseconds.
        """
        worked = self._reap()
        self._renew()
        now = self._house.clock.now()
        token = self._house.store.changes()
        news = token != self._token
        if news:
            self._waiting = _replaying(collect.clocks_of(self._house))
        self._token = token
        rested = (now - self._looked_at).total_seconds() >= COLLECT_SECONDS
        if collect_now or rested or self._is_awaited():
            self._looked_at = now
            worked |= self._collect()
        elif not (worked or news):
            return False
        return self._claim() or worked

    def _is_awaited(self) -> bool:
        """Return whether a replay waits, and serving has acknowledged its barrier."""
        if not self._waiting:
            return False
        barrier = collect.acknowledged_barrier(self._house)
        return any(collect.awaited(clock, barrier) for clock in self._waiting)

    def _collect(self) -> bool:
        done = collect.gather(self._house)
        for chore in self._chores:
            chore.look(self._house.clock.now())
        return bool(done.predictions or done.labels or done.moved)

    def _claim(self) -> bool:
        free = self._slots - len(self._running)
        if free <= 0:
            return False
        house = self._house
        with house.store.read() as work:
            if not work.jobs.may_claim(house.clock.now()):  # as a rule, and without a lock
                return False
        with house.store.work() as work:
            jobs = work.jobs.claim(
                house.process,
                house.clock.now(),
                self._lease.total_seconds(),
                limit=free,
                per_tenant=self._slots,
            )
            failpoint("worker.before_claim")
        for job in jobs:
            failpoint("worker.after_claim")
            self._running.append(Running(job, self._pool.submit(self._handle, job)))
        return bool(jobs)

    def _handle(self, job: Job) -> None:
        log.info("job %s %s %s begins", job.id, job.kind, job.key)
        with spanning(self._tracer, job):
            if not retire.ends(self._house, job):
                HANDLERS[job.kind](self._house, job)

    def _reap(self) -> bool:
        ended = [running for running in self._running if running.future.done()]
        for running in ended:
            error = running.future.exception()
            if error is not None:
                self._give_back(running.job, error)
            self._running.remove(running)  # or it is given back when the database is there again
        return bool(ended)

    def _renew(self) -> None:
        house = self._house
        now = house.clock.now()
        if not self._running or now - self._renewed_at < self._lease / 3:
            return
        with house.store.work() as work:
            for running in self._running:
                work.jobs.renew(running.job, now + self._lease)
        self._renewed_at = now

    def _give_back(self, job: Job, error: BaseException) -> None:
        """Try again later, or park the job where a person can see why."""
        if isinstance(error, TenureError) and error.code == "job.fenced":
            log.warning("job %s was taken over by another worker", job.id)
            return
        words = str(error) if isinstance(error, TenureError) else f"{type(error).__name__}: {error}"
        log.error("job %s %s %s failed: %s", job.id, job.kind, job.key, words, exc_info=error)
        final = isinstance(error, TenureError) and error.kind not in {Kind.UNAVAILABLE, Kind.FAILED}
        park = final or job.attempts >= max_attempts(job.kind)
        house = self._house
        now = house.clock.now()
        try:
            with house.store.work() as work:
                later = now + timedelta(seconds=backoff_seconds(job.attempts, job.kind))
                work.jobs.fail(job, words, later, park=park)
                if park and job.tenant_id != SYSTEM:
                    at = business_now(house, work, job.tenant_id)
                    model_id = str(job.payload.get("model_id") or "")
                    facts: Facts = {
                        "kind": job.kind.value,
                        "error": words[:500],
                    }
                    event = Event("job.parked", job.tenant_id, model_id, str(job.id), at, facts)
                    record(house, work, event)
        except TenureError as fenced:
            if fenced.code != "job.fenced":
                raise
            log.warning("job %s was taken over by another worker", job.id)
