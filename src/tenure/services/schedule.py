"""A cron instant of the spec has come: say so, and the loop does the rest."""

from datetime import datetime

from tenure.core.calendar import next_instant
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.spec.parse import from_dict
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.race import lane_of
from tenure.services.record import business_now, record


def come(house: House, job: Job) -> None:
    """Record the instant; a race and the next instant follow from it.

    Nothing follows when the spec does not ask for this cron any more; the one that it asks for has
    its own job. Where the wall's time has passed more than one instant, they are one.
    """
    at = datetime.fromisoformat(str(job.payload["at"]))
    model_id, cron = str(job.payload["model_id"]), str(job.payload["cron"])
    with house.store.work() as work:
        spec = from_dict(work.models.get(job.tenant_id, model_id, lock=True).spec)
        lane = lane_of(spec, str(job.payload["lane"]))
        if lane is not None and lane.retrain.schedule == cron:
            if next_instant(cron, at) <= business_now(house, work, job.tenant_id, job):
                at = business_now(house, work, job.tenant_id, job)
            facts: Facts = {"lane": lane.name, "cron": cron}
            event = Event("schedule.came", job.tenant_id, model_id, lane.name, at, facts)
            record(house, work, event, spec=spec)
        work.jobs.finish(job)
        failpoint("schedule.before_commit")
    failpoint("schedule.after_commit")
