"""Account: what is told of one finding: why, what changed, what was done, what people can do.

Words and days, of what is known now; `core/notices.py` says how an incident is announced.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.diagnosis import Happened
from tenure.core.findings import Finding
from tenure.core.outcomes import Window
from tenure.core.spec.values import Spec
from tenure.core.studies import Study, StudyState
from tenure.core.words import count, number


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is said, under its heading."""

    heading: str
    said: str


@dataclass(frozen=True, slots=True)
class DayLoss:
    """What a judged day's answers cost on the average, and the version that gave them."""

    day: datetime
    version: int
    loss: float
    labelled: int


@dataclass(frozen=True, slots=True)
class Account:
    """A finding with what is told of it: lines, the days around it, what happened on their time line."""

    finding: Finding
    told: tuple[Told, ...]
    days: tuple[DayLoss, ...]
    happened: tuple[Happened, ...]


def account(
    finding: Finding,
    spec: Spec,
    windows: Iterable[Window],
    studies: Sequence[Study],
    deployments: Sequence[Deployment],
) -> Account:
    """Return what is told of a finding; races and deployments are the model's."""
    races = sorted(
        (one for one in studies if one.cause == f"finding:{finding.id}"), key=lambda one: one.at
    )
    days = tuple(
        DayLoss(one.day, one.version, one.loss_sum / one.labelled, one.labelled)
        for one in windows
        if one.labelled
    )
    told = (*_why(finding), *_did(finding, races, deployments, spec), *_can(finding, races, spec))
    return Account(finding, told, days, _time_line(finding, races))


def _why(finding: Finding) -> list[Told]:
    found = finding.diagnosis
    if found is None:
        return []
    return [
        Told("compared", found.compared),
        Told("most of it", found.most_of_it),
        Told("what changed", found.what_changed),
    ]


def _did(
    finding: Finding, races: Sequence[Study], deployments: Sequence[Deployment], spec: Spec
) -> list[Told]:
    did = [*finding.done]
    did += [_race(one, [d for d in deployments if d.cause == one.id]) for one in races]
    if not did and finding.closed_at is None:
        asks = f"finding:{finding.kind}" in spec.retrain.on
        did.append(
            "has asked for a race" if asks else "goes on watching; [retrain] on asks for no race"
        )
    return [Told("Tenure did", one) for one in did]


def _race(study: Study, deployed: Sequence[Deployment]) -> str:
    words = f"race {study.id} of {count(len(study.runs), 'window')} on {study.at:%Y-%m-%d}"
    if study.state is not StudyState.PROMOTED or study.version is None:
        why = f": {study.reason}" if study.reason else ""
        return f"{words}: {study.state}{why}"
    words += f": version {study.version}"
    if study.champion is not None and study.best_minus_champion is not None:
        words += f" beats version {study.champion} by {number(-study.best_minus_champion)}"
    return "; ".join([words, *map(_stands, deployed)])


def _stands(one: Deployment) -> str:
    """Return where a deployment stands, and since when where that is known."""
    ended = one.state in {DeploymentState.STOPPED, DeploymentState.ROLLED_BACK}
    at = (one.stopped_at if ended else one.live_at) or one.stage_at or one.planned_at
    why = f" ({one.reason})" if one.reason and ended else ""
    return f"{one.state} since {at:%Y-%m-%d %H:%M}{why}"


def _can(finding: Finding, races: Sequence[Study], spec: Spec) -> list[Told]:
    path = f"{spec.model.tenant}/{spec.model.name}"
    lines = [
        f"tenure version show {path}/{one.version}" for one in races[-1:] if one.version is not None
    ]
    lines.append(f"tenure finding report {finding.id} --out finding.html")
    lines.append(f"tenure study list {path}")
    if finding.closed_at is None:
        lines.append(f"tenure finding mute {finding.id} --until … --reason …")
    return [Told("you can", one) for one in lines]


def _time_line(finding: Finding, races: Sequence[Study]) -> tuple[Happened, ...]:
    found = finding.diagnosis
    happened = [] if found is None else [*found.happened]
    if found is not None:
        happened.append(Happened(found.since, "finding", "it began to be worse"))
    happened.append(Happened(finding.opened_at, "finding", "the finding was opened"))
    happened += [Happened(one.at, "study", f"race {one.id}: {one.state}") for one in races]
    if finding.closed_at is not None:
        why = f"the finding was closed: {finding.closed_because}"
        happened.append(Happened(finding.closed_at, "finding", why))
    return tuple(sorted(happened, key=lambda one: (one.at, one.kind, one.words)))
