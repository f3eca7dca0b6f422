"""`tenure job`: work in the queue; what failed too often waits for a person."""

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.jobs import JobState

job = noun("job", "Work in the queue.")


@job.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in JobState]), help="Only in this state."
)
@click.pass_obj
def list_(session: Session, state: str | None) -> None:
    """List jobs."""
    from tenure.cli.reach import tenant_ids
    from tenure.sdk.nouns import address

    rows = [
        row
        for owner in tenant_ids(session)
        for row in session.client.pages(address("tenants", owner, "jobs"), state=state)
    ]
    columns = ["id", "tenant_id", "kind", "state", "due_at", "attempts", "error"]
    session.printer.rows(rows, columns)


@job.command("retry")
@click.argument("job_id", metavar="ID", type=int)
@click.pass_obj
def retry(session: Session, job_id: int) -> None:
    """Make a parked job ready again."""
    from tenure.cli.reach import tenant_id
    from tenure.sdk.nouns import address

    place = address("tenants", tenant_id(session), "jobs", str(job_id), "retry")
    again = session.client.post(place)
    session.printer.one(again, f"job {job_id} ({again['kind']}) is ready again")
    if session.local is not None:
        session.local.work_until_settled()
