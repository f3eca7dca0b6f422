"""Retry: a person makes a parked job ready again, and the ledger says who."""

from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.tenants import SYSTEM
from tenure.services.house import House
from tenure.services.record import business_now, record


def job(house: House, actor: str, tenant_id: str, job_id: int) -> Job:
    """Return the job, ready; raise `job.not_found`, `job.not_parked`."""
    with house.store.work() as work:
        work.jobs.retry(tenant_id, job_id)
        ready = work.jobs.get(tenant_id, job_id)
        if tenant_id != SYSTEM:
            model_id = str(ready.payload.get("model_id") or "")
            at = business_now(house, work, tenant_id)
            facts: Facts = {
                "kind": ready.kind.value,
                "error": ready.error[:500],
            }
            event = Event("job.retried", tenant_id, model_id, str(job_id), at, facts)
            record(house, work, event, actor=actor)
    return ready
