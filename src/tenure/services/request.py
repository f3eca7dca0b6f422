"""Request a race: a person wants a model trained again now, and says why.

The brakes of `[retrain]` are for what the loop does unattended; whoever asks attends to it. The gate
judges as ever.
"""

from dataclasses import dataclass

from tenure.core import digests
from tenure.core.errors import conflict, not_found
from tenure.core.events import Event, Facts
from tenure.core.loop import next_jobs
from tenure.core.models import Model
from tenure.core.recipes import ELSEWHERE
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.studies import study_id
from tenure.services import quotas
from tenure.services.datasets import check_alive
from tenure.services.house import House
from tenure.services.judge import champion_of
from tenure.services.race import lane_of
from tenure.services.record import business_now, record
from tenure.services.signature import signature_of


@dataclass(frozen=True, slots=True)
class Request:
    """A race that was asked for. `study` is its id: it begins when the worker comes to it."""

    id: str
    model: str
    lane: str
    study: str


def study(
    house: House, actor: str, tenant_id: str, model_id: str, lane: str, reason: str
) -> Request:
    """Ask for a race of the lane. Asked twice at one instant of business time, it is one race.

    Raises `model.decommissioned`, `lane.not_found`, `study.nothing_to_train`, `dataset.none_yet`,
    `quota.train_minutes`.
    """
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        check_alive(model)
        spec = from_dict(model.spec)
        _check(model, spec, lane)
        signature_of(work, model)
        quotas.check_training(work, tenant_id, house.clock.now())
        now = business_now(house, work, tenant_id)
        facts: Facts = {
            "lane": lane,
            "reason": reason,
            "live": champion_of(work, model, lane),
        }
        subject = digests.short("rq", model_id, lane, now.isoformat())
        event = Event("study.requested", tenant_id, model_id, subject, now, facts)
        (job,) = next_jobs(event, spec)
        if work.jobs.add([job]):  # else it was asked for already
            record(house, work, event, actor=actor)
    return Request(subject, model.path, lane, study_id(tenant_id, job.key))


def _check(model: Model, spec: Spec, name: str) -> None:
    lane = lane_of(spec, name)
    if lane is None:
        known = ", ".join(one.name for one in spec.lanes())
        raise not_found(
            "lane.not_found", f"{model.path} has no lane {name!r}", hint=f"known: {known}"
        )
    if lane.train.recipe == ELSEWHERE:
        why = f"{model.path} is trained elsewhere"
        raise conflict("study.nothing_to_train", why, hint=f"tenure version add {model.path} FILE")
