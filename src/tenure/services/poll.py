"""Ask the declared SQL source for labels, and ask again later."""

from datetime import timedelta

from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import SqlSource
from tenure.ports.tables import PARQUET
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.join import receive
from tenure.services.record import business_now

EVERY = timedelta(hours=1)
ROWS = 1_000_000


def labels(house: House, job: Job) -> None:
    """Take in what the query gives. Labels that were seen before change nothing."""
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        source = from_dict(work.models.get(job.tenant_id, model_id).spec).labels.source
    if isinstance(source, SqlSource):
        table = house.warehouse.query(source.url, source.query, ROWS)
        if table.height:
            receive(house, job.tenant_id, model_id, house.tables.write(table), PARQUET)
    failpoint("poll.after_receive")
    with house.store.work() as work:
        if isinstance(source, SqlSource):
            now = business_now(house, work, job.tenant_id, job)
            again = NewJob(
                job.tenant_id,
                JobKind.POLL_LABELS,
                f"{model_id}:poll_labels:{(now + EVERY).isoformat()}",
                {"model_id": model_id},
                due_at=now + EVERY,
            )
            work.jobs.add([again])
        work.jobs.finish(job)
        failpoint("poll.before_commit")
    failpoint("poll.after_commit")
