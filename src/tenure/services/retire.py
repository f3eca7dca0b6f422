"""The end of a model: deprecated first, with a date and a successor, then decommissioned.

A deprecated model answers as before and says so in headers. A decommissioned one answers 410 with a
pointer; its tombstone, versions, log and ledger stay.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core.errors import Kind, TenureError, conflict, invalid
from tenure.core.events import Event, Facts
from tenure.core.jobs import Job
from tenure.core.lifecycle import step
from tenure.core.models import GONE, Model, ModelState
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.moves import of_model, stop
from tenure.services.publish import publish_model, wait_until_applied
from tenure.services.record import business_now, record


@dataclass(frozen=True, slots=True)
class Farewell:
    """Which model ends, who says so and why, and where its clients should go."""

    actor: str
    tenant_id: str
    model_id: str
    reason: str
    successor: str = ""  # another model of the same tenant
    sunset: datetime | None = None  # when it will answer no more, wall time


def deprecate(house: House, said: Farewell) -> Model:
    """Say of a live model that it will end. Saying it again changes date and successor."""
    with house.store.work() as work:
        model = work.models.get(said.tenant_id, said.model_id, lock=True)
        _check_successor(work, said)
        again = model.state is ModelState.DEPRECATED
        changed = replace(
            model,
            state=model.state if again else step(model.state, ModelState.DEPRECATED),
            deprecated_at=model.deprecated_at if again else house.clock.now(),
            sunset=said.sunset,
            successor=said.successor,
        )
        if changed != model:
            _move(house, work, said, changed)
        failpoint("deprecate.before_commit")
    failpoint("deprecate.after_commit")
    publish_model(house, said.tenant_id, said.model_id)
    return changed


def reinstate(house: House, said: Farewell) -> Model:
    """Take a deprecation back."""
    with house.store.work() as work:
        model = work.models.get(said.tenant_id, said.model_id, lock=True)
        state = step(model.state, ModelState.ACTIVE)
        changed = replace(model, state=state, deprecated_at=None, sunset=None, successor="")
        _move(house, work, said, changed)
        failpoint("reinstate.before_commit")
    failpoint("reinstate.after_commit")
    publish_model(house, said.tenant_id, said.model_id)
    return changed


def decommission(house: House, said: Farewell) -> Model:
    """End a model: nothing of it serves any more, every serving process has said so.

    What was cut on the way is ended by asking again; asking once more changes nothing.
    """
    with house.store.work() as work:
        model = work.models.get(said.tenant_id, said.model_id, lock=True)
        _check_successor(work, said)
        if model.state not in GONE:
            now = business_now(house, work, said.tenant_id)
            for deployment in of_model(work, model):
                stop(house, work, deployment, now, {"reason": said.reason})
            successor = said.successor or model.successor
            state = step(model.state, ModelState.DECOMMISSIONING)
            _move(house, work, said, replace(model, state=state, successor=successor))
        failpoint("decommission.before_commit")
    failpoint("decommission.after_commit")
    generation = publish_model(house, said.tenant_id, said.model_id)
    if failed := wait_until_applied(house, said.tenant_id, said.model_id, generation):
        raise TenureError(Kind.UNAVAILABLE, "model.still_served", failed, hint="ask again")
    failpoint("decommission.after_publish")
    with house.store.work() as work:
        model = work.models.get(said.tenant_id, said.model_id, lock=True)
        if model.state is ModelState.DECOMMISSIONING:
            model = replace(model, state=step(model.state, ModelState.DECOMMISSIONED))
            _move(house, work, said, model)
        failpoint("decommission.before_end")
    failpoint("decommission.after_end")
    return model


def ends(house: House, job: Job) -> bool:
    """End the job without doing it when its model is no more; return whether that was so."""
    model_id = job.payload.get("model_id")
    if model_id is None:
        return False
    with house.store.read() as work:
        model = work.models.find(job.tenant_id, str(model_id))
    if model is None or model.state not in GONE:
        return False
    with house.store.work() as work:
        work.jobs.finish(job)
    return True


def _check_successor(work: UnitOfWork, said: Farewell) -> None:
    """Refuse a successor that cannot answer; another tenant's does not exist."""
    if not said.successor:
        return
    if said.successor == said.model_id:
        raise invalid("model.own_successor", "a model cannot be its own successor")
    successor = work.models.get(said.tenant_id, said.successor)
    if successor.state in GONE:
        raise conflict("model.decommissioned", f"{successor.path} was decommissioned")


def _move(house: House, work: UnitOfWork, said: Farewell, model: Model) -> None:
    work.models.save(model.tenant_id, model)
    facts: Facts = {"state": model.state.value, "reason": said.reason}
    if model.successor:
        facts["successor"] = model.successor
    if model.sunset is not None:
        facts["sunset"] = model.sunset.isoformat()
    now = business_now(house, work, model.tenant_id)
    event = Event("model.moved", model.tenant_id, model.id, model.id, now, facts)
    record(house, work, event, actor=said.actor)
