"""Notify: tell one channel of one incident; at least once, and always under the same id."""

from datetime import datetime

from tenure.core.channels import check_channels
from tenure.core.clock import ClockMode
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.incidents import What
from tenure.core.jobs import Job
from tenure.core.notices import Notice, compose
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record


def send(house: House, job: Job) -> None:
    """Send what the job tells of, unless the spec names the channel no more.

    What fails is tried again by the queue, in the end it is parked. A replay waits for nobody: its
    story would depend on somebody else's server, so there the first failure parks the message.
    """
    channel = str(job.payload["channel"])
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, str(job.payload["model_id"]))
        spec = from_dict(model.spec)
        clock = work.clocks.get(job.tenant_id, job.tenant_id)
        notice = _notice(work, job) if channel in spec.monitor.notify else None
    facts: Facts = {"channel": channel}
    if notice is not None:
        check_channels(house.channels, job.tenant_id, (channel,))
        try:
            kind = house.notifier.send(channel, notice, house.clock.now())
        except TenureError as error:
            if clock.mode is ClockMode.REPLAY:
                error.kind = Kind.REFUSED
            raise
        facts |= {"kind": kind.value, "id": notice.id, "what": notice.what.value}
    failpoint("notify.after_send")
    with house.store.work() as work:
        if notice is not None:
            at = notice.at
            event = Event("notification.sent", job.tenant_id, model.id, notice.incident, at, facts)
            record(house, work, event)
        work.jobs.finish(job)
        failpoint("notify.before_commit")
    failpoint("notify.after_commit")


def _notice(work: UnitOfWork, job: Job) -> Notice:
    """Compose the message from what is known now: a late one tells what was done meanwhile."""
    told = job.payload
    model_id = str(told["model_id"])
    found = work.findings.list(job.tenant_id, model_id=model_id, limit=1_000_000)
    members = [one for one in found if one.incident == told["incident"]]
    studies = work.studies.list(job.tenant_id, model_id=model_id, limit=1_000_000)
    spec = from_dict(work.models.get(job.tenant_id, model_id).spec)
    at = datetime.fromisoformat(str(told["at"]))
    return compose(
        What(str(told["what"])), at, members, str(told["tells"]).split(","), spec, studies
    )
