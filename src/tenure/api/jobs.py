"""Jobs over HTTP: what is being done, and what waits for a person."""

from typing import Annotated

from fastapi import Path, Response

from tenure.api.replies import CountIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.jobs import Job, JobState
from tenure.core.keys import Permission
from tenure.services import retry

router = Router("job")
JobId = Annotated[int, Path(ge=1, lt=2**63)]


@router.on("GET", "/tenants/{tenant}/jobs", Permission.READ, gives=Job, paged=True)
def list_jobs(
    house: HouseIn, tenant: str, page: CountIn, state: JobState | None = None
) -> Response:
    """List a tenant's jobs, oldest first."""
    with house.store.read() as work:
        found = work.jobs.list(tenant, state=state, limit=page.one_more, after=int(page.after or 0))
    return page.reply(found, lambda job: str(job.id))


@router.on("GET", "/tenants/{tenant}/jobs/{job}", Permission.READ, gives=Job)
def show_job(house: HouseIn, tenant: str, job: JobId) -> Response:
    """Show one job with its last error."""
    with house.store.read() as work:
        return reply(work.jobs.get(tenant, job))


@router.on("POST", "/tenants/{tenant}/jobs/{job}/retry", Permission.OPERATE, gives=Job)
def retry_job(house: HouseIn, who: Who, tenant: str, job: JobId) -> Response:
    """Make a parked job ready again."""
    return reply(retry.job(house, who.key_id, tenant, job))
