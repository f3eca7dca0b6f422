"""Judge a race: candidates and champion on the same rows, evidence, a decision, a version.

The best candidate becomes a version whether it wins or not, so that what was refused can be
shown, scored and argued about later.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core.deployments import in_force
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event, Facts
from tenure.core.evidence import Evidence
from tenure.core.jobs import Job
from tenure.core.lifecycle import step
from tenure.core.models import Model
from tenure.core.policies import Outcome, Subject, decide
from tenure.core.recipes import ELSEWHERE
from tenure.core.spec.parse import from_dict
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.core.tenants import SYSTEM
from tenure.core.versions import Assurance, Version
from tenure.ports.work import UnitOfWork
from tenure.services import policies
from tenure.services.compare import Comparison, compare, dated
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.race import Race, lane_of
from tenure.services.record import LOOP, business_now, record
from tenure.services.refit import Refit, refit
from tenure.services.register import register


@dataclass(frozen=True, slots=True)
class _Scored:
    """What was found out before judging; nothing when the race has been scored before."""

    found: Comparison | None
    renewed: Refit | None


_OVER = frozenset({StudyState.PROMOTED, StudyState.REFUSED, StudyState.FAILED})


def judge(house: House, job: Job) -> None:
    """Judge the study of the job; a study that is over is left alone."""
    study_id = str(job.payload["study_id"])
    with house.store.read() as work:
        race = _race(work, job.tenant_id, study_id)
        now = business_now(house, work, job.tenant_id, job)
    found = compare(house, race) if race is not None and _is_to_be_scored(race) else None
    failpoint("judge.after_scoring")
    renewed = None
    if race is not None and found is not None and _is_to_be_refit(race, found, now):
        renewed = refit(house, race, found)
    failpoint("judge.after_refit")
    with house.store.work() as work:
        study = work.studies.get(job.tenant_id, study_id, lock=True)
        now = business_now(house, work, job.tenant_id, job)
        if race is None and study.state not in _OVER:
            _fail(house, work, study, f"lane {study.lane} was taken out of the spec", now)
        elif race is not None and study.state is race.study.state and study.state not in _OVER:
            _judge(house, work, race, _Scored(found, renewed), now)
        work.jobs.finish(job)
        failpoint("judge.before_commit")
    failpoint("judge.after_commit")


def _race(work: UnitOfWork, tenant_id: str, study_id: str) -> Race | None:
    """Return the race as it stands, against the version that is in force now."""
    study = work.studies.get(tenant_id, study_id)
    model = work.models.get(tenant_id, study.model_id)
    spec = from_dict(model.spec)
    lane = lane_of(spec, study.lane)
    if lane is None:
        return None
    runs = [work.runs.get(tenant_id, run_id) for run_id in study.runs]
    number = champion_of(work, model, study.lane)
    champion = work.versions.get(tenant_id, f"{model.id}/{number}") if number else None
    return Race(
        model=model,
        spec=spec,
        lane=lane,
        study=study,
        runs=tuple(run for run in runs if run.state is RunState.SUCCEEDED),
        champion=champion,
        champion_run=judged_by(work, model, study.lane),
        published=policies.in_force(work, tenant_id),
    )


def _is_to_be_refit(race: Race, found: Comparison, now: datetime) -> bool:
    """Return whether the best candidate, were it judged now, would not be refused."""
    best = found.best
    if best.recipe == ELSEWHERE:  # not ours to train
        return False
    if not race.lane.train.refit or not best.held_out or race.study.version is not None:
        return False
    subject = _subject(race, 0)
    evidence = found.evidence(subject, now, race.lane.gate.valid_for)
    return decide(race.policy, subject, evidence, now=now).outcome is not Outcome.REFUSED


def _is_to_be_scored(race: Race) -> bool:
    """Return whether there is nothing yet that compares the candidates with the champion."""
    if race.study.state is StudyState.WAITING:
        return race.study.champion != race.champion_number
    return race.study.state not in _OVER


def _judge(house: House, work: UnitOfWork, race: Race, scored: _Scored, now: datetime) -> None:
    """Decide by what was found; a race that waited for a person has been scored before."""
    found = scored.found
    model = work.models.get(race.study.tenant_id, race.study.model_id, lock=True)
    if champion_of(work, model, race.study.lane) != race.champion_number:
        raise TenureError(
            Kind.UNAVAILABLE,
            "study.overtaken",
            f"another version of {model.path} came into force meanwhile; the race is judged again",
        )
    if policies.in_force(work, race.study.tenant_id) != race.published:
        raise TenureError(
            Kind.UNAVAILABLE,
            "study.overtaken",
            "a policy was published meanwhile; the race is judged again",
        )
    if race.study.version is not None:
        version = work.versions.get(model.tenant_id, f"{model.id}/{race.study.version}")
    elif found is None:
        _fail(house, work, race.study, _errors(work, race.study), now)
        return
    else:
        version = register(house, work, race, found, scored.renewed, now)
    subject, valid_for = _subject(race, version.number), race.lane.gate.valid_for
    evidence = found.evidence(subject, now, valid_for) if found else ()
    if scored.renewed is not None:
        evidence = (*evidence, dated(subject, "refit", scored.renewed.facts, now, valid_for))
    for item in evidence:
        work.evidence.put(model.tenant_id, item)
    _decide(house, work, race, version, now)


def champion_of(work: UnitOfWork, model: Model, lane: str) -> int | None:
    """Return the version that is in force in a lane."""
    deployments = work.deployments.list(model.tenant_id, model_id=model.id, lane=lane, limit=10_000)
    found = in_force(deployments, lane)
    return found.version if found else None


def judged_by(work: UnitOfWork, model: Model, lane: str) -> Run | None:
    """Return the run by which the version in force was judged."""
    number = champion_of(work, model, lane)
    if number is None:
        return None
    version = work.versions.get(model.tenant_id, f"{model.id}/{number}")
    return work.runs.get(model.tenant_id, version.judged_run)


def _decide(house: House, work: UnitOfWork, race: Race, version: Version, now: datetime) -> None:
    """Apply the lane's policy to the version's evidence, and record what follows from it."""
    model, study = race.model, race.study
    evidence = work.evidence.list(model.tenant_id, model_id=model.id, version=version.number)
    named = _subject(race, version.number)
    subject = replace(
        named,
        digest=version.digest,
        author=_person(work, model.tenant_id, named.author),
        declared_by=_person(work, model.tenant_id, named.declared_by),
        tier=race.spec.model.tier,
    )
    decision = decide(race.policy, subject, evidence, now=now)
    work.decisions.put(model.tenant_id, decision)
    facts: Facts = {
        "outcome": decision.outcome.value,
        "version": version.number,
        "policy": decision.policy_digest,
        "reason": decision.text,
    }
    record(house, work, Event("decision.made", model.tenant_id, model.id, decision.id, now, facts))
    assurance, state = _VERDICTS[decision.outcome]
    if assurance is not None:
        work.versions.save(model.tenant_id, replace(version, state=step(version.state, assurance)))
        moved: Facts = {"state": assurance.value, "decision": decision.id}
        record(
            house, work, Event("version.moved", model.tenant_id, model.id, version.id, now, moved)
        )
    ended = replace(
        _ended(study, state),
        decision_id=decision.id,
        version=version.number,
        champion=race.champion_number,
        best_minus_champion=_difference(evidence),
        reason=decision.text,
    )
    work.studies.save(model.tenant_id, ended)
    _say_ended(house, work, ended, now)


def _ended(study: Study, state: StudyState) -> Study:
    return replace(study, state=step(step(study.state, StudyState.JUDGING), state))


def _subject(race: Race, number: int) -> Subject:
    author = next((str(run.params["by"]) for run in race.runs if run.recipe == ELSEWHERE), LOOP)
    made_by = (author, race.model.declared_by)
    return Subject(race.model.tenant_id, race.model.id, number, race.study.id, *made_by)


def _person(work: UnitOfWork, tenant_id: str, key_id: str) -> str:
    """Return who holds a key; several keys of one person are that person's."""
    key = work.keys.find(tenant_id, key_id) or work.keys.find(SYSTEM, key_id)
    return key.principal.person if key else key_id


_VERDICTS: dict[Outcome, tuple[Assurance | None, StudyState]] = {
    Outcome.PASSED: (Assurance.APPROVED, StudyState.PROMOTED),
    Outcome.OBSERVED: (Assurance.APPROVED, StudyState.PROMOTED),
    Outcome.REFUSED: (Assurance.REJECTED, StudyState.REFUSED),
    Outcome.WAITING: (None, StudyState.WAITING),
}


def _difference(evidence: list[Evidence]) -> float | None:
    """Return the newest comparison's difference; evidence comes in the order of its time."""
    for item in reversed(evidence):
        difference = item.facts.get("difference")
        if item.kind == "comparison" and isinstance(difference, float):
            return difference
    return None


def _errors(work: UnitOfWork, study: Study) -> str:
    runs = [work.runs.get(study.tenant_id, run_id) for run_id in study.runs]
    errors = "; ".join(f"{run.window}: {run.error}" for run in runs if run.error)
    return errors or "no candidate could be judged"


def _fail(house: House, work: UnitOfWork, study: Study, reason: str, now: datetime) -> None:
    ended = replace(_ended(study, StudyState.FAILED), reason=reason)
    work.studies.save(ended.tenant_id, ended)
    _say_ended(house, work, ended, now)


def _say_ended(house: House, work: UnitOfWork, ended: Study, now: datetime) -> None:
    facts: Facts = {
        "outcome": ended.state.value,
        "lane": ended.lane,
        "cause": ended.cause,
        "version": ended.version,
        "reason": ended.reason,
    }
    if ended.since is not None:
        facts |= {"since": ended.since.isoformat()}
    event = Event("study.ended", ended.tenant_id, ended.model_id, ended.id, now, facts)
    spec = from_dict(work.models.get(ended.tenant_id, ended.model_id).spec)
    record(house, work, event, spec=spec)
