"""A parked job is made ready again by a person, and the ledger says by whom."""

from datetime import timedelta

import pytest

from tenure.core.errors import TenureError
from tenure.core.jobs import Job, JobKind, JobState, NewJob
from tenure.services import retry
from tenure.services.house import House


def parked(house: House) -> Job:
    """Return a job that failed too often."""
    new = NewJob("acme", JobKind.POLL_LABELS, "poll", {"model_id": "churn"})
    with house.store.work() as work:
        work.jobs.add([new])
        (job,) = work.jobs.claim("worker", house.clock.now(), 60.0)
        later = house.clock.now() + timedelta(hours=1)
        work.jobs.fail(job, "no route to the warehouse", later, park=True)
    return job


def test_a_parked_job_is_ready_at_once_and_who_did_it_is_told(house: House) -> None:
    job = parked(house)
    ready = retry.job(house, "anna", "acme", job.id)
    assert (ready.state, ready.attempts, ready.not_before) == (JobState.READY, 0, None)
    with house.store.read() as work:
        entry = work.ledger.read("acme")[-1]
    assert (entry.kind, entry.actor, entry.subject) == ("job.retried", "anna", str(job.id))
    assert entry.facts == {"kind": "poll_labels", "error": "no route to the warehouse"}


def test_what_does_not_wait_is_left_alone_and_nothing_is_told(house: House) -> None:
    job = parked(house)
    retry.job(house, "anna", "acme", job.id)
    with pytest.raises(TenureError, match=r"job\.not_parked"):
        retry.job(house, "otto", "acme", job.id)
    with pytest.raises(TenureError, match=r"job\.not_found"):
        retry.job(house, "otto", "bolt", job.id)
    with house.store.read() as work:
        assert [e.actor for e in work.ledger.read("acme") if e.kind == "job.retried"] == ["anna"]
