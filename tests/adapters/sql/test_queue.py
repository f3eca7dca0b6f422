"""The queue against a model of it, over all sorts of stories."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tenure.adapters.sql import tables
from tenure.adapters.sql.store import SqlStore
from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.errors import TenureError
from tenure.core.jobs import Job, JobKind, JobState, NewJob
from tests.conformance.queue import QueueSuite
from tests.conformance.samples import AT, DAY

TENANTS = st.sampled_from(["DL", "B6"])
LEASE = 10.0


@dataclass
class Known:
    """What the model knows of a job."""

    id: int
    tenant_id: str
    key: str
    priority: int
    due_at: datetime | None
    state: JobState = JobState.READY
    epoch: int = 0
    attempts: int = 0
    lease_until: datetime = AT
    not_before: datetime = AT


class QueueMachine(RuleBasedStateMachine):
    """Workers come and go, leases run out, and late ones try to finish what they have lost."""

    claims = Bundle("claims")

    def __init__(self, store: SqlStore) -> None:
        super().__init__()
        self.store = store
        self.now = AT
        self.jobs: dict[tuple[str, str], Known] = {}
        self.collected: dict[str, datetime] = {}

    @initialize()
    def begin(self) -> None:
        with self.store._writer.begin() as connection:
            connection.execute(sa.delete(tables.jobs))
            connection.execute(sa.delete(tables.clocks))

    @rule(
        tenant_id=TENANTS,
        key=st.sampled_from("abcdefgh"),
        priority=st.integers(0, 1),
        due=st.none() | st.integers(0, 3),
    )
    def add(self, tenant_id: str, key: str, priority: int, due: int | None) -> None:
        due_at = None if due is None else AT + due * DAY
        new = (tenant_id, key) not in self.jobs
        with self.store.work() as work:
            job = NewJob(tenant_id, JobKind.TRAIN, key, {}, due_at, priority)
            assert work.jobs.add([job]) == int(new)
            if new:
                (stored,) = work.jobs.list(tenant_id)[-1:]
                self.jobs[tenant_id, key] = Known(stored.id, tenant_id, key, priority, due_at)

    @rule(seconds=st.sampled_from([1, 4, 10, 30]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(tenant_id=TENANTS, day=st.integers(0, 3))
    def collect(self, tenant_id: str, day: int) -> None:
        self.collected[tenant_id] = AT + day * DAY
        with self.store.work() as work:
            at = AT + day * DAY
            work.clocks.put(tenant_id, BusinessClock(tenant_id, ClockMode.WALL, at, at))

    @rule(
        target=claims,
        owner=st.sampled_from(["w1", "w2"]),
        limit=st.integers(1, 4),
        per_tenant=st.integers(1, 3),
    )
    def claim(self, owner: str, limit: int, per_tenant: int) -> Any:
        expected = self._wanted(limit, per_tenant)
        with self.store.work() as work:
            taken = work.jobs.claim(owner, self.now, LEASE, limit=limit, per_tenant=per_tenant)
        assert [job.id for job in taken] == [known.id for known in expected]
        for job, known in zip(taken, expected, strict=True):
            known.state, known.epoch, known.attempts = (
                JobState.LEASED,
                known.epoch + 1,
                known.attempts + 1,
            )
            known.lease_until = self.now + timedelta(seconds=LEASE)
            assert (job.epoch, job.attempts, job.owner) == (known.epoch, known.attempts, owner)
        return multiple(*taken)

    @rule(job=claims)
    def finish(self, job: Job) -> None:
        if self._try(job, lambda work: work.jobs.finish(job)):
            self._known(job).state = JobState.DONE

    @rule(job=claims, park=st.booleans(), rest=st.integers(0, 12))
    def fail(self, job: Job, park: bool, rest: int) -> None:  # noqa: FBT001  # drawn, not called
        later = self.now + timedelta(seconds=rest)
        if self._try(job, lambda work: work.jobs.fail(job, "broken", later, park=park)):
            known = self._known(job)
            known.state = JobState.PARKED if park else JobState.READY
            known.not_before = later

    @rule(job=claims)
    def renew(self, job: Job) -> None:
        until = self.now + timedelta(seconds=LEASE)
        with self.store.work() as work:
            renewed = work.jobs.renew(job, until)
        assert renewed == self._holds(job)
        if renewed:
            self._known(job).lease_until = until

    @rule(job=claims)
    def retry(self, job: Job) -> None:
        known = self._known(job)
        with self.store.work() as work:
            if known.state is not JobState.PARKED:
                with pytest.raises(TenureError, match=r"job\.not_parked"):
                    work.jobs.retry(job.tenant_id, job.id)
                return
            work.jobs.retry(job.tenant_id, job.id)
        known.state, known.attempts, known.not_before = JobState.READY, 0, AT

    @invariant()
    def agrees(self) -> None:
        with self.store.read() as work:
            for tenant_id in ("DL", "B6"):
                found = {job.key: (job.state, job.epoch) for job in work.jobs.list(tenant_id)}
                mine = {k: v for (t, k), v in self.jobs.items() if t == tenant_id}
                assert found == {key: (known.state, known.epoch) for key, known in mine.items()}
                still = {JobState.READY, JobState.LEASED}
                due = [k for k in mine.values() if k.due_at is None or k.due_at <= AT + DAY]
                count = sum(known.state in still for known in due)
                assert work.jobs.open_count(tenant_id, AT + DAY) == count

    def _wanted(self, limit: int, per_tenant: int) -> list[Known]:
        """Say what a claim must take, in order."""
        allowed: list[Known] = []
        for tenant_id in ("DL", "B6"):
            mine = [known for (tenant, _), known in self.jobs.items() if tenant == tenant_id]
            held = sum(k.state is JobState.LEASED and k.lease_until > self.now for k in mine)
            ready = sorted(filter(self._claimable, mine), key=_order)
            allowed += ready[: max(0, per_tenant - held)]
        return sorted(allowed, key=_order)[:limit]

    def _claimable(self, known: Known) -> bool:
        collected = self.collected.get(known.tenant_id)
        if known.due_at is not None and (collected is None or known.due_at > collected):
            return False
        if known.state is JobState.READY:
            return known.not_before <= self.now
        return known.state is JobState.LEASED and known.lease_until <= self.now

    def _known(self, job: Job) -> Known:
        return self.jobs[job.tenant_id, job.key]

    def _holds(self, job: Job) -> bool:
        known = self._known(job)
        return known.state is JobState.LEASED and known.epoch == job.epoch

    def _try(self, job: Job, act: Any) -> bool:
        """Act in a unit of work; return whether it was allowed, which must be who holds the job."""
        if self._holds(job):
            with self.store.work() as work:
                act(work)
            return True
        with pytest.raises(TenureError, match=r"job\.fenced"), self.store.work() as work:
            act(work)
        return False


def _order(known: Known) -> tuple[int, datetime, int]:
    return -known.priority, known.due_at or datetime.min.replace(tzinfo=AT.tzinfo), known.id


def test_the_queue_is_what_its_model_says(store_url: str) -> None:
    store = SqlStore(store_url)

    class OnThisStore(QueueMachine):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(
        OnThisStore,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    store.close()


class TestQueue(QueueSuite):
    pass
