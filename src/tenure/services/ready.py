"""How well a model is looked after: the ML Test Score from what is recorded of it. Changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from tenure.core.approvals import VALIDATION
from tenure.core.cases import APPROVAL, COMPARISON, EVALUATION, figure
from tenure.core.deployments import CHAMPION, Deployment, DeploymentState, in_force
from tenure.core.evidence import Evidence
from tenure.core.metrics import higher_is_better
from tenure.core.models import Model
from tenure.core.policies import Outcome
from tenure.core.readiness import Readiness, Seen, readiness
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.studies import StudyState
from tenure.core.tests import COVERAGE, TESTS
from tenure.core.versions import Version
from tenure.core.words import count
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.record import business_now
from tenure.services.signature import newest_dataset

_MOST = 1_000_000
_COVERED = 0.8
"""The share of its lines from which on code counts as tested."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is read of a model; `live` is what its champion's lane stands by."""

    model: Model
    spec: Spec
    now: datetime
    live: Deployment | None
    version: Version | None
    evidence: tuple[Evidence, ...]


def score(house: House, tenant_id: str, model_id: str) -> Readiness:
    """Return the model's score, with what was found for each check and what would bring the rest."""
    with house.store.read() as work:
        return look(house, work, tenant_id, model_id)


def look(house: House, work: UnitOfWork, tenant_id: str, model_id: str) -> Readiness:
    """Return the score in the caller's reading."""
    model = work.models.get(tenant_id, model_id)
    now = business_now(house, work, tenant_id)
    deployments = work.deployments.list(tenant_id, model_id=model_id, limit=_MOST)
    live = in_force(deployments, CHAMPION)
    version = work.versions.get(tenant_id, f"{model_id}/{live.version}") if live else None
    known = work.evidence.list(tenant_id, model_id=model_id, version=live.version) if live else []
    looked = _Looked(model, from_dict(model.spec), now, live, version, tuple(known))
    found = _declared(work, looked) | _judged(work, looked) | _served(work, looked)
    found |= _rolled(deployments) | _tested(work, looked)
    return readiness(found, now)


def _declared(work: UnitOfWork, looked: _Looked) -> dict[str, Seen]:
    """Return what the spec and its data say; a declaration holds as long as it stands."""
    spec, now = looked.spec, looked.now
    found = {}
    dataset = newest_dataset(work, looked.model)
    if dataset is not None:
        columns = count(len(dataset.signature.features), "column")
        found["D1"] = Seen(now, f"{columns} of version {dataset.number} are held at every import")
    if spec.features:
        found["D4"] = Seen(now, f"{count(len(spec.features), 'feature')} declared", by_hand=True)
    if spec.retire.keep_predictions is not None:
        kept = spec.retire.keep_predictions.days
        found["D5"] = Seen(now, f"predictions are deleted after {kept} days", by_hand=True)
    if len(spec.train.windows) > 1:
        found["M3"] = Seen(now, f"{len(spec.train.windows)} windows race", by_hand=True)
    if looked.version is not None and looked.version.train_until is not None:
        automatic = spec.retrain.schedule is not None or bool(spec.retrain.on)
        trained = looked.version.train_until
        text = f"trained on rows until {trained:%Y-%m-%d}"
        found["O4"] = Seen(min(trained, now), text, by_hand=not automatic)
    return found


def _judged(work: UnitOfWork, looked: _Looked) -> dict[str, Seen]:
    """Return what evidence and decisions say of the live version, and races of the model."""
    found = {}
    tenant_id, model_id = looked.model.tenant_id, looked.model.id
    for one in looked.evidence:  # in the order of their time: the newest is kept
        if one.kind == "cost":
            found["D3"] = Seen(one.made_at, f"a row takes {one.facts.get('row_micros')} µs")
        if one.kind in {APPROVAL, VALIDATION}:
            found["M1"] = Seen(one.made_at, f"{one.kind} by {one.facts.get('by')}", by_hand=True)
        if one.kind == EVALUATION and (text := _beats(one)):
            found["M5"] = Seen(one.made_at, text)
    if looked.live is not None:
        for decision in work.decisions.list(tenant_id, model_id=model_id, limit=_MOST):
            passed = decision.version == looked.live.version and decision.outcome is Outcome.PASSED
            if passed and decision.mode == "prevent":
                found["I4"] = Seen(decision.made_at, f"decision {decision.id} passed it")
    for study in work.studies.list(tenant_id, model_id=model_id, limit=_MOST):
        if study.state in {StudyState.PROMOTED, StudyState.REFUSED}:
            found["I3"] = Seen(study.at, f"race {study.id} went from data to a verdict")
    return found


def _tested(work: UnitOfWork, looked: _Looked) -> dict[str, Seen]:
    """Return what CI says of the model's code, and the newest race of its being left as it is."""
    found = {}
    tenant_id, model_id = looked.model.tenant_id, looked.model.id
    tests, coverage, against = (
        work.evidence.last(tenant_id, model_id=model_id, kind=kind)
        for kind in (TESTS, COVERAGE, COMPARISON)
    )
    if tests is not None and not (figure(tests, "failed") or figure(tests, "errors")):
        passed = int(figure(tests, "passed") or 0)
        if passed:
            found["I2"] = Seen(tests.made_at, f"{count(passed, 'test')} passed in its CI")
    rate = figure(coverage, "line_rate") if coverage is not None else None
    if coverage is not None and rate is not None and rate >= _COVERED:
        found["D7"] = Seen(coverage.made_at, f"{rate:.0%} of the lines are run by tests")
    difference = figure(against, "difference") if against is not None else None
    if against is not None and difference is not None:
        text = f"version {against.facts.get('champion')} is {difference:+.4f} from what is newer"
        found["M4"] = Seen(against.made_at, text)
    return found


def _served(work: UnitOfWork, looked: _Looked) -> dict[str, Seen]:
    """Return what its answers say: days that were judged for drift, windows that have their labels."""
    found: dict[str, Seen] = {}
    tenant_id, model_id = looked.model.tenant_id, looked.model.id
    days = work.drift_days.list(tenant_id, model_id=model_id, limit=_MOST)
    if days:
        newest = days[-1]
        text = f"{newest.rows:,} answers up to {newest.day:%Y-%m-%d} were compared"
        found |= {name: Seen(newest.day, text) for name in ("O2", "O3", "O5")}
        if any(shift.weight is not None for shift in newest.shifts):
            found["D2"] = Seen(newest.day, "each input is weighed by what the answers owe it")
    labelled = [
        one
        for one in work.windows.list(tenant_id, model_id=model_id, lane=CHAMPION, limit=_MOST)
        if one.labelled
    ]
    if labelled:
        last = labelled[-1]
        found["O7"] = Seen(last.day, f"{last.labelled:,} labels of {last.day:%Y-%m-%d} were judged")
        if looked.spec.monitor.slo.p99_ms is not None:
            most = looked.spec.monitor.slo.p99_ms
            found["O6"] = Seen(last.day, f"99 % of requests are held to {most:g} ms")
    return found


def _rolled(deployments: list[Deployment]) -> dict[str, Seen]:
    """Return whether versions were tried on a share of the requests, and whether going back was tried."""
    found = {}
    for one in deployments:
        if one.canary_at is not None:
            found["I6"] = Seen(one.canary_at, f"version {one.version} answered a share first")
        back = one.cause.startswith("rollback:") and one.live_at is not None
        if back and one.live_at is not None:
            found["I7"] = Seen(one.live_at, f"version {one.version} came back")
        elif one.state is DeploymentState.ROLLED_BACK and one.stopped_at is not None:
            found["I7"] = Seen(one.stopped_at, f"version {one.version} was rolled back")
    return found


def _beats(evaluation: Evidence) -> str:
    metric = str(evaluation.facts.get("metric"))
    value, constant = figure(evaluation, metric), figure(evaluation, f"baseline.{metric}")
    if value is None or constant is None:
        return ""
    better = value > constant if higher_is_better(metric) else value < constant
    return f"{metric} {value:.4f} against {constant:.4f} of a constant" if better else ""
