"""Gather: make a model's findings into an incident, and decide what people are told."""

from collections.abc import Iterator
from datetime import datetime

from tenure.core import incidents
from tenure.core.events import Event, Facts
from tenure.core.incidents import Gathered, What
from tenure.core.jobs import Job
from tenure.core.loop import gather_again
from tenure.core.spec.parse import from_dict
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record

_EVENTS = {
    What.OPENED: "incident.opened",
    What.WORSENED: "incident.worsened",
    What.CLOSED: "incident.closed",
}


def look(house: House, job: Job) -> None:
    """Look at the model's findings that belong to no incident that is over."""
    model_id = str(job.payload["model_id"])
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        found = work.findings.list(job.tenant_id, model_id=model_id, limit=1_000_000)
        now = business_now(house, work, job.tenant_id, job)
        gathered = incidents.gather(found, now)
        if gathered is not None:
            for one in gathered.changed:
                work.findings.save(job.tenant_id, one)
            spec = from_dict(model.spec)
            for event in _events(gathered, job, now):
                record(house, work, event, spec=spec)
            if gathered.look_again is not None:
                later = gathered.look_again
                work.jobs.add([gather_again(job.tenant_id, model_id, gathered.incident, later)])
        work.jobs.finish(job)
        failpoint("gather.before_commit")
    failpoint("gather.after_commit")


def _events(gathered: Gathered, job: Job, now: datetime) -> Iterator[Event]:
    what = What.CLOSED if gathered.over else gathered.news
    if what is None:
        return
    tells = "" if gathered.news is None else ",".join(one.id for one in gathered.tells)
    facts: Facts = {"tells": tells}
    model_id = str(job.payload["model_id"])
    yield Event(_EVENTS[what], job.tenant_id, model_id, gathered.incident, now, facts)
