"""Record what happened: one ledger entry, and the jobs that follow, in the caller's transaction."""

from datetime import datetime

from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.events import KINDS, Event
from tenure.core.jobs import Job
from tenure.core.ledger import Draft, follow
from tenure.core.loop import next_jobs
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services.house import House

LOOP = "loop"
"""The actor of everything that nobody asked for by hand."""


def record(
    house: House, work: UnitOfWork, event: Event, *, actor: str = LOOP, spec: Spec | None = None
) -> None:
    """Append the event to its tenant's chain; with a spec, enqueue what the loop says follows."""
    if event.kind not in KINDS:
        raise ValueError(event.kind)
    head = work.ledger.head(event.tenant_id)
    draft = Draft(
        tenant_id=event.tenant_id,
        at=house.clock.now(),
        business_at=event.at,
        actor=actor,
        kind=event.kind,
        model_id=event.model_id,
        subject=event.subject,
        facts=event.facts,
    )
    work.ledger.append(follow(head, draft))
    if spec is not None:
        work.jobs.add(next_jobs(event, spec))


def business_now(
    house: House, work: UnitOfWork, tenant_id: str, job: Job | None = None
) -> datetime:
    """Return the tenant's business time: the wall's; in a replay the job's instant, else its `now`."""
    clock = work.clocks.find(tenant_id, tenant_id)
    if clock is None or clock.mode is ClockMode.WALL:
        return house.clock.now()
    return job.due_at if job is not None and job.due_at is not None else clock.now


def fresh_clock(tenant_id: str, now: datetime) -> BusinessClock:
    """Return the clock of a new tenant."""
    return BusinessClock(tenant_id, ClockMode.WALL, now, now)
