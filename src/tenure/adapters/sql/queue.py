"""The lease queue. A claim takes work over; the epoch fences whoever held it before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from tenure import decoders
from tenure.adapters.sql.columns import Instant, to_json
from tenure.adapters.sql.scope import EVERY, Scope
from tenure.adapters.sql.statements import Insert, insert_into
from tenure.adapters.sql.tables import clocks, jobs
from tenure.core.clock import ClockMode
from tenure.core.errors import TenureError, conflict, not_found
from tenure.core.jobs import STAGES, Job, JobKind, JobState, NewJob
from tenure.ports.traces import cause_of

ROWS_PER_INSERT = 500  # bounds the number of bound parameters
_OPEN = (JobState.READY, JobState.LEASED)
_IN_ORDER = (jobs.c.priority.desc(), jobs.c.due_at.asc().nulls_first(), jobs.c.id)
_decode_payload = decoders.of_json(dict[str, str | int | None]).decode


class SqlQueue:
    """`ports.work.Queue`. One claim at a time, so that limits hold; finishing never waits for it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, jobs_: Iterable[NewJob]) -> int:
        rows = [_row(job) for job in jobs_]
        added, connection = 0, self._scope.of(EVERY)
        for start in range(0, len(rows), ROWS_PER_INSERT):
            some = rows[start : start + ROWS_PER_INSERT]
            insert = _add(self._scope.dialect.name)
            if len(some) == 1:
                added += connection.execute(insert, some[0]).rowcount
            else:
                added += connection.execute(insert.values(some)).rowcount
        return added

    def may_claim(self, now: datetime) -> bool:
        found: bool = self._scope.of(EVERY).execute(_may_claim(), {"now": now}).scalar_one()
        return bool(found)

    def claim(
        self,
        owner: str,
        now: datetime,
        lease_seconds: float,
        *,
        limit: int = 1,
        per_tenant: int = 2,
    ) -> list[Job]:
        connection = self._scope.of(EVERY)
        if self._scope.dialect.name == "postgresql":  # or two claims count the same leases
            lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("tenure.claim", 0))
            connection.execute(sa.select(lock))
        bounds = {"now": now, "most": limit, "per_tenant": per_tenant}
        ids = list(connection.execute(_wanted(), bounds).scalars())
        if not ids:
            return []
        until = now + timedelta(seconds=lease_seconds)
        connection.execute(_TAKE, {"these": ids, "owner": owner, "lease_until": until})
        return [_job(row) for row in connection.execute(_TAKEN, {"these": ids})]

    def renew(self, job: Job, until: datetime) -> bool:
        renewed = self._scope.of(job.tenant_id).execute(_END, _held(job) | {"lease_until": until})
        return renewed.rowcount == 1

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
        if self._scope.of(tenant_id).execute(statement).rowcount == 0:
            state = self.get(tenant_id, job_id).state
            raise conflict(
                "job.not_parked",
                f"job {job_id} is {state}",
                hint="only a job that failed too often waits for a person",
            )

    def get(self, tenant_id: str, job_id: int) -> Job:
        this = {_TENANT: tenant_id, _ID: job_id}
        row = self._scope.of(tenant_id).execute(_ONE, this).one_or_none()
        if row is None:
            raise not_found("job.not_found", f"there is no job {job_id}")
        return _job(row)

    def list(
        self, tenant_id: str, *, state: JobState | None = None, limit: int = 100, after: int = 0
    ) -> list[Job]:
        bounds = {_TENANT: tenant_id, _ID: after, "most": limit, "this_state": state}
        statement = _SOME if state is None else _SOME_OF_STATE
        return [_job(row) for row in self._scope.of(tenant_id).execute(statement, bounds)]

    def open_count(self, tenant_id: str, until: datetime) -> int:
        bounds = {_TENANT: tenant_id, "until": until}
        found: int = self._scope.of(tenant_id).execute(_OPEN_COUNT, bounds).scalar_one()
        return found

    def _end(self, job: Job, outcome: dict[str, Any]) -> None:
        """Let go of a lease with its outcome; a newer lease makes this one worthless."""
        changes = {**outcome, "owner": "", "lease_until": None}
        if self._scope.of(job.tenant_id).execute(_END, _held(job) | changes).rowcount == 0:
            raise _fenced(job)


@cache
def _add(dialect: str) -> Insert:
    return insert_into(dialect, jobs).on_conflict_do_nothing(index_elements=["tenant_id", "key"])


# Built once, as the rest: building a statement costs more than running it.
_TENANT, _ID = "this_tenant", "this_id"
_NOW = sa.bindparam("now", type_=Instant)
_OF_TENANT = jobs.c.tenant_id == sa.bindparam(_TENANT)
_IS_THIS = (_OF_TENANT, jobs.c.id == sa.bindparam(_ID))
_ARE_THESE = jobs.c.id.in_(sa.bindparam("these", expanding=True))
_ONE = sa.select(jobs).where(*_IS_THIS)
_SOME = (
    sa.select(jobs)
    .where(_OF_TENANT, jobs.c.id > sa.bindparam(_ID))
    .order_by(jobs.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_SOME_OF_STATE = _SOME.where(jobs.c.state == sa.bindparam("this_state"))
_OPEN_COUNT = sa.select(sa.func.count()).where(
    _OF_TENANT,
    jobs.c.state.in_(_OPEN),
    sa.or_(jobs.c.due_at.is_(None), jobs.c.due_at <= sa.bindparam("until")),
)
_TAKE = (
    sa.update(jobs)
    .where(_ARE_THESE)
    .values(state=JobState.LEASED, epoch=jobs.c.epoch + 1, attempts=jobs.c.attempts + 1)
)
_TAKEN = sa.select(jobs).where(_ARE_THESE).order_by(*_IN_ORDER)
_END = sa.update(jobs).where(
    *_IS_THIS, jobs.c.state == JobState.LEASED, jobs.c.epoch == sa.bindparam("this_epoch")
)
"""Changes a job that is held; the columns are those that parameters are given for."""


@cache
def _may_claim() -> sa.Select[Any]:
    """Select whether a job is claimable and due."""
    due = sa.or_(jobs.c.due_at.is_(None), jobs.c.due_at <= clocks.c.collected)
    found = (
        sa.select(jobs.c.id)
        .join_from(jobs, clocks, clocks.c.tenant_id == jobs.c.tenant_id, isouter=True)
        .where(_claimable(), due)
    )
    return sa.select(found.exists())


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


def _held(job: Job) -> dict[str, Any]:
    """Return what `_END` finds the job's row by, as long as nobody has claimed it since."""
    return {_TENANT: job.tenant_id, _ID: job.id, "this_epoch": job.epoch}


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
        "trace": cause_of(job.kind),
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
