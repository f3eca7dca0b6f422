"""Make the best candidate of a race, or its refit, the model's next version."""

from dataclasses import replace
from datetime import datetime

from tenure.core.errors import not_found
from tenure.core.events import Event, Facts
from tenure.core.recipes import ELSEWHERE
from tenure.core.studies import Run, Study
from tenure.core.usage import Used
from tenure.core.versions import Assurance, Version, tree_digest
from tenure.ports.work import UnitOfWork
from tenure.services import usage
from tenure.services.compare import Comparison
from tenure.services.house import House
from tenure.services.race import Race
from tenure.services.record import record
from tenure.services.refit import Refit
from tenure.services.tests import inherit


def register(  # one version, all it is made of
    house: House,
    work: UnitOfWork,
    race: Race,
    found: Comparison,
    renewed: Refit | None,
    now: datetime,
) -> Version:
    """Store the best candidate, or its refit, as the model's next version."""
    model, judged = race.model, found.best
    best = renewed.run if renewed is not None and renewed.is_released else judged
    if renewed is not None:
        _add_refit(house, work, renewed, now)
    dataset = work.datasets.get(model.tenant_id, best.dataset_id)
    if best.files is None:
        raise not_found("run.no_files", f"run {best.id} left no files")
    newest = work.versions.last(model.tenant_id, model_id=model.id)
    version = Version(
        tenant_id=model.tenant_id,
        model_id=model.id,
        number=newest.number + 1 if newest else 1,
        digest=tree_digest(best.files),
        state=Assurance.VALIDATING,
        runtime=best.runtime,
        files=best.files,
        signature=dataset.signature.requiring(best.required),
        run_id=best.id,
        study_id=race.study.id,
        created_at=now,
        holdout_loss=found.loss,
        holdout_loss_sd=found.loss_sd,
        train_until=_trained_until(best, race.study),
        judged_run_id=judged.id,
    )
    work.versions.add(model.tenant_id, version)
    for run in race.runs:
        work.runs.save(run.tenant_id, replace(run, loss=found.losses.get(run.id)))
    facts: Facts = {"digest": version.digest, "run": best.id, "window": best.window}
    if renewed is not None:
        facts |= {"judged_run": judged.id, "released": renewed.facts["released"]}
    event = Event("version.registered", model.tenant_id, model.id, version.id, now, facts)
    record(house, work, event)
    inherit(work, version, now)
    return version


def _add_refit(house: House, work: UnitOfWork, renewed: Refit, now: datetime) -> None:
    """Add the refit's run. No job follows from its end: the race is being judged already."""
    run = renewed.run
    usage.add(work, run.tenant_id, Used.TRAINING, run.cpu_seconds, house.clock.now())
    work.runs.add(run.tenant_id, run)
    facts: Facts = {"study_id": run.study_id, "remaining": 0, "state": run.state.value}
    facts |= {"window": run.window, "rows": run.rows, "error": run.error, "refit": True}
    record(house, work, Event("run.ended", run.tenant_id, run.model_id, run.id, now, facts))


def _trained_until(run: Run, study: Study) -> datetime:
    """Return from when on rows are new to a run; what came from elsewhere may know all until now."""
    if run.recipe != ELSEWHERE:
        return run.train_until
    said = str(run.params["trained_until"])
    return datetime.fromisoformat(said) if said else study.at
