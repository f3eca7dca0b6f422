"""Train again from what a run pins, and see whether the same answers come out."""

from dataclasses import replace
from math import isfinite

import polars as pl

from tenure.core.deployments import CHAMPION
from tenure.core.errors import conflict
from tenure.core.events import Event, Facts
from tenure.core.evidence import Evidence, evidence_id
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.recipes import ELSEWHERE
from tenure.core.reproduction import Reproduction, changed
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Lane
from tenure.core.stats.agreement import difference
from tenure.core.studies import Run, RunState
from tenure.core.usage import Used
from tenure.ports.work import UnitOfWork
from tenure.services import quotas, usage
from tenure.services.dataset_rows import rows_of, with_roles
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.race import lane_of
from tenure.services.record import business_now, record
from tenure.services.runs import outputs_on, run_of
from tenure.services.train import Bounds, attempt

KIND = "reproduction"
"""The kind of evidence that a version's run was done again."""
_MOST_ROWS = 10_000
Role = pl.col("__role")


def ask(
    house: House,
    actor: str,
    tenant_id: str,
    model_id: str,
    run_id: str,
    *,
    reason: str,
    tolerance: float = 0.0,
) -> NewJob:
    """Ask for a run to be done again; returns the job that does it.

    `tolerance` is how far an output may be from what it was. Raises `run.not_found`,
    `run.not_reproducible`.
    """
    with house.store.work() as work:
        run = run_of(work, tenant_id, model_id, run_id)
        if run.state is not RunState.SUCCEEDED or run.recipe == ELSEWHERE:
            why = "was trained elsewhere" if run.recipe == ELSEWHERE else f"has {run.state.value}"
            raise conflict(
                "run.not_reproducible", f"run {run_id} {why}: there is nothing to repeat"
            )
        quotas.check_training(work, tenant_id, house.clock.now())
        now = business_now(house, work, tenant_id)
        key = f"{model_id}:reproduce:{run_id}:{house.clock.now().isoformat()}"
        payload: dict[str, str | int | None] = {"model_id": model_id, "run_id": run_id}
        payload["tolerance"] = repr(tolerance)
        job = NewJob(tenant_id, JobKind.REPRODUCE, key, payload)
        if work.jobs.add([job]):
            facts: Facts = {"reason": reason, "job": key, "tolerance": tolerance}
            event = Event("reproduction.asked", tenant_id, model_id, run_id, now, facts)
            record(house, work, event, actor=actor)
    return job


def run(house: House, job: Job) -> None:
    """Do what was asked for; done again it leaves the same."""
    with house.store.read() as work:
        before = work.runs.get(job.tenant_id, str(job.payload["run_id"]))
        lane = _lane(work, before)
    found = _again(house, before, lane, job)
    failpoint("reproduce.after_training")
    with house.store.work() as work:
        now = business_now(house, work, job.tenant_id, job)
        found = replace(found, at=now)
        kept = work.runs.get(job.tenant_id, before.id, lock=True)
        work.runs.save(job.tenant_id, replace(kept, reproduced=found))
        spent = found.cpu_seconds
        usage.add(work, job.tenant_id, Used.TRAINING, spent, house.clock.now())
        facts = _facts(found)
        for number in _versions(work, before):
            named = (before.tenant_id, before.model_id, number, KIND)
            until = now + lane.gate.valid_for
            evidence = Evidence(evidence_id(*named, facts), *named, now, until, facts)
            work.evidence.put(before.tenant_id, evidence)
        event = Event(
            "reproduction.ended", before.tenant_id, before.model_id, before.id, now, {**facts}
        )
        record(house, work, event)
        work.jobs.finish(job)
        failpoint("reproduce.before_commit")
    failpoint("reproduce.after_commit")


def _lane(work: UnitOfWork, run: Run) -> Lane:
    """Return the lane whose limits hold: the study's, or the champion's when that is gone."""
    spec = from_dict(work.models.get(run.tenant_id, run.model_id).spec)
    return lane_of(spec, work.studies.get(run.tenant_id, run.study_id).lane) or spec.lane(CHAMPION)


def _again(house: House, before: Run, lane: Lane, job: Job) -> Reproduction:
    """Train on the same rows in the same order, and ask both the rows that judged the first.

    A refit has seen all its rows: it is asked the newest of them.
    """
    with house.store.read() as work:
        dataset = work.datasets.get(before.tenant_id, before.dataset_id)
        spec = from_dict(work.models.get(before.tenant_id, before.model_id).spec)
    roles = with_roles(rows_of(house, dataset), before)
    trained, asked = roles.filter(Role == "train"), roles.filter(Role == "holdout")
    if asked.is_empty():
        asked = trained.with_columns(__role=pl.lit("holdout"))
    asked = asked.tail(_MOST_ROWS)
    planned = replace(before, state=RunState.PLANNED, files=None, error="")
    bounds = Bounds(lane.train, spec.serve.python)
    after = attempt(house, planned, pl.concat([trained, asked]), dataset.signature, bounds)
    here = house.trainer.surroundings()
    same_code = after.code_digest == before.code_digest
    found = Reproduction(
        asked=job.key,
        at=before.train_until,
        tolerance=float(str(job.payload["tolerance"])),
        reproduced=False,
        surroundings=here,
        changed=changed(before.surroundings, here, same_code=same_code),
        rows=asked.height,
        cpu_seconds=after.cpu_seconds,
        error=after.error,
    )
    if after.state is RunState.FAILED:
        return found
    first, second = (outputs_on(house, one, asked, dataset.signature) for one in (before, after))
    apart, equal = difference(first, second)
    return replace(
        found,
        reproduced=apart <= found.tolerance,
        max_difference=apart if isfinite(apart) else None,
        share_equal=equal,
        same_files=after.files == before.files,
    )


def _facts(found: Reproduction) -> dict[str, float | int | str | None]:
    return {
        "reproduced": "yes" if found.reproduced else "no",
        "rows": found.rows,
        "max_difference": found.max_difference,
        "share_equal": found.share_equal,
        "same_files": "yes" if found.same_files else "no",
        "changed": ", ".join(found.changed),
        "error": found.error,
    }


def _versions(work: UnitOfWork, run: Run) -> list[int]:
    """Return the versions that this run made."""
    made = work.versions.list(run.tenant_id, study_id=run.study_id)
    return [version.number for version in made if version.run_id == run.id]
