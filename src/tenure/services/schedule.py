"""A cron instant of the spec has come: say so, and the loop does the rest."""

from datetime import datetime

from tenure.core.events import Event
from tenure.core.jobs import Job
from tenure.core.spec.parse import from_dict
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record


def come(house: House, job: Job) -> None:
    """Record the instant; a race and the next instant follow from it."""
    at = datetime.fromisoformat(str(job.payload["at"]))
    model_id, lane = str(job.payload["model_id"]), str(job.payload["lane"])
    with house.store.work() as work:
        spec = from_dict(work.models.get(job.tenant_id, model_id).spec)
        if lane in {known.name for known in spec.lanes()}:
            event = Event("schedule.came", job.tenant_id, model_id, lane, at, {"lane": lane})
            record(house, work, event, spec=spec)
        work.jobs.finish(job)
        failpoint("schedule.before_commit")
    failpoint("schedule.after_commit")
