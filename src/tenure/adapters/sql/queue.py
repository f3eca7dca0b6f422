"""The lease queue. A claim takes work over; the epoch fences whoever held it before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa

from tenure.adapters.sql.columns import Instant, to_json
from tenure.adapters.sql.repository import insert_into
from tenure.adapters.sql.tables import clocks, jobs
from tenure.core.clock import ClockMode
from tenure.core.errors import TenureError, conflict, not_found
from tenure.core.jobs import STAGES, Job, JobKind, JobState, NewJob

ROWS_PER_INSERT = 500  # bounds the number of bound parameters
_OPEN = (JobState.READY, JobState.LEASED)
_IN_ORDER = (jobs.c.priority.desc(), jobs.c.due_at.asc().nulls_first(), jobs.c.id)
_decode_payload = msgspec.json.Decoder(dict[str, str | int | None]).decode


class SqlQueue:
    """`ports.work.Queue`. One claim at a time, so that limits hold; finishing never waits for it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, jobs_: Iterable[NewJob]) -> int:
        rows = [_row(job) for job in jobs_]
        added = 0
        for start in range(0, len(rows), ROWS_PER_INSERT):
            insert = insert_into(self._connection, jobs).on_conflict_do_nothing(
                index_elements=["tenant_id", "key"]
            )
            some = insert.values(rows[start : start + ROWS_PER_INSERT])
            added += self._connection.execute(some).rowcount
        return added

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_seconds: float,
        *,
        limit: int = 1,
        per_tenant: int = 2,
    ) -> list[Job]:
        if self._connection.dialect.name == "postgresql":  # or two claims count the same leases
            lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("tenure.claim", 0))
            self._connection.execute(sa.select(lock))
        bounds = {"now": now, "most": limit, "per_tenant": per_tenant}
        ids = list(self._connection.execute(_wanted(), bounds).scalars())
        if not ids:
            return []
        lease = {
            "state": JobState.LEASED,
            "owner": owner,
            "lease_until": now + timedelta(seconds=lease_seconds),
            "epoch": jobs.c.epoch + 1,
            "attempts": jobs.c.attempts + 1,
        }
        taken = sa.update(jobs).where(jobs.c.id.in_(ids)).values(lease)
        self._connection.execute(taken)
        statement = sa.select(jobs).where(jobs.c.id.in_(ids)).order_by(*_IN_ORDER)
        return [_job(row) for row in self._connection.execute(statement)]

    def renew(self, job: Job, until: datetime) -> bool:
        statement = sa.update(jobs).where(_held(job)).values(lease_until=until)
        return self._connection.execute(statement).rowcount == 1

    def finish(self, job: Job) -> None:
        self._end(job, {"state": JobState.DONE, "error": ""})

    def fail(self, job: Job, error: str, not_before: datetime, *, park: bool) -> None:
        state = JobState.PARKED if park else JobState.READY
        self._end(job, {"state": state, "error": error, "not_before": not_before})

    def retry(self, tenant_id: str, job_id: int) -> None:
        mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
        again = {"state": JobState.READY, "attempts": 0, "not_before": None}
        parked = jobs.c.state == JobState.PARKED
        statement = sa.update(jobs).where(*mine, parked).values(again)
        if self._connection.execute(statement).rowcount == 0:
            state = self.get(tenant_id, job_id).state
            raise conflict(
                "job.not_parked",
                f"job {job_id} is {state}",
                hint="only a job that failed too often waits for a person",
            )

    def get(self, tenant_id: str, job_id: int) -> Job:
        mine = (jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
        row = self._connection.execute(sa.select(jobs).where(*mine)).one_or_none()
        if row is None:
            raise not_found("job.not_found", f"there is no job {job_id}")
        return _job(row)

    def list(
        self, tenant_id: str, *, state: JobState | None = None, limit: int = 100, after: int = 0
    ) -> list[Job]:
        statement = sa.select(jobs).where(jobs.c.tenant_id == tenant_id, jobs.c.id > after)
        if state is not None:
            statement = statement.where(jobs.c.state == state)
        ordered = statement.order_by(jobs.c.id).limit(limit)
        return [_job(row) for row in self._connection.execute(ordered)]

    def open_count(self, tenant_id: str, until: datetime) -> int:
        due = sa.or_(jobs.c.due_at.is_(None), jobs.c.due_at <= until)
        statement = sa.select(sa.func.count()).where(
            jobs.c.tenant_id == tenant_id, jobs.c.state.in_(_OPEN), due
        )
        return self._connection.execute(statement).scalar_one()

    def _end(self, job: Job, outcome: dict[str, Any]) -> None:
        """Let go of a lease with its outcome; a newer lease makes this one worthless."""
        changes = {**outcome, "owner": "", "lease_until": None}
        statement = sa.update(jobs).where(_held(job)).values(changes)
        if self._connection.execute(statement).rowcount == 0:
            raise _fenced(job)


_NOW = sa.bindparam("now", type_=Instant)


@cache
def _wanted() -> sa.Select[Any]:
    """Select and lock what a claim takes. Built once: a worker asks it many times a second."""
    return (
        sa.select(jobs.c.id)
        .where(jobs.c.id.in_(_chosen()), _claimable())
        .with_for_update(skip_locked=True)
    )


def _chosen() -> sa.Select[Any]:
    """Select the ids of what a claim takes: the first of each tenant within its limit."""
    active = (
        sa.select(jobs.c.tenant_id, sa.func.count().label("leases"))
        .where(jobs.c.state == JobState.LEASED, jobs.c.lease_until > _NOW)
        .group_by(jobs.c.tenant_id)
        .subquery("active")
    )
    rank = sa.func.row_number().over(partition_by=jobs.c.tenant_id, order_by=_IN_ORDER)
    due = sa.or_(jobs.c.due_at.is_(None), jobs.c.due_at <= clocks.c.collected)
    turns = _turns()
    ranked = (
        sa.select(jobs.c.id, jobs.c.tenant_id, jobs.c.priority, jobs.c.due_at, rank.label("rank"))
        .join_from(jobs, clocks, clocks.c.tenant_id == jobs.c.tenant_id, isouter=True)
        .join(turns, turns.c.id == jobs.c.id)
        .where(_claimable(), due, _in_turn(turns))
        .subquery("ranked")
    )
    leases = sa.func.coalesce(active.c.leases, 0)
    return (
        sa.select(ranked.c.id)
        .join_from(ranked, active, active.c.tenant_id == ranked.c.tenant_id, isouter=True)
        .where(ranked.c.rank + leases <= sa.bindparam("per_tenant", type_=sa.Integer))
        .order_by(ranked.c.priority.desc(), ranked.c.due_at.asc().nulls_first(), ranked.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def _turns() -> sa.Subquery:
    """Select whose turn it is among a tenant's open jobs, as `STAGES` explains."""
    stage = sa.case(STAGES, value=jobs.c.kind)
    order = (jobs.c.due_at.asc().nulls_first(), stage, jobs.c.key)
    window: dict[str, Any] = {"partition_by": jobs.c.tenant_id, "order_by": order}
    return (
        sa.select(
            jobs.c.id,
            stage.label("stage"),
            jobs.c.due_at,
            sa.func.row_number().over(**window).label("turn"),
            sa.func.first_value(stage).over(**window).label("first_stage"),
            sa.func.first_value(jobs.c.due_at).over(**window).label("first_due_at"),
        )
        .where(jobs.c.state.in_(_OPEN))
        .subquery("turns")
    )


def _in_turn(turns: sa.Subquery) -> sa.ColumnElement[bool]:
    training = STAGES[JobKind.TRAIN]
    beside = sa.and_(
        turns.c.stage == training,
        turns.c.first_stage == training,
        turns.c.due_at == turns.c.first_due_at,
    )
    wall = sa.or_(clocks.c.mode.is_(None), clocks.c.mode != ClockMode.REPLAY)
    return sa.or_(wall, turns.c.turn == 1, beside)


def _claimable() -> sa.ColumnElement[bool]:
    rested = sa.or_(jobs.c.not_before.is_(None), jobs.c.not_before <= _NOW)
    return sa.or_(
        sa.and_(jobs.c.state == JobState.READY, rested),
        sa.and_(jobs.c.state == JobState.LEASED, jobs.c.lease_until <= _NOW),
    )


def _held(job: Job) -> sa.ColumnElement[bool]:
    """Hold for the job's row as long as nobody has claimed it since."""
    return sa.and_(
        jobs.c.tenant_id == job.tenant_id,
        jobs.c.id == job.id,
        jobs.c.state == JobState.LEASED,
        jobs.c.epoch == job.epoch,
    )


def _row(job: NewJob) -> dict[str, Any]:
    return {
        "tenant_id": job.tenant_id,
        "kind": job.kind,
        "key": job.key,
        "payload": to_json(job.payload, "job"),
        "state": JobState.READY,
        "due_at": job.due_at,
        "priority": job.priority,
        "attempts": 0,
        "epoch": 0,
        "owner": "",
        "error": "",
    }


def _job(row: sa.Row[Any]) -> Job:
    values = {
        **row._mapping,  # noqa: SLF001  # the documented way to a row's names
        "kind": JobKind(row.kind),
        "state": JobState(row.state),
        "payload": _decode_payload(row.payload),
    }
    return Job(**values)


def _fenced(job: Job) -> TenureError:
    return conflict(
        "job.fenced",
        f"job {job.id} is no longer held by {job.owner} (lease {job.epoch})",
        hint="another worker has taken it over; what this one did is not recorded",
    )
