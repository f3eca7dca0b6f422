"""Who was champion when, and why: read off deployments, races, decisions and people's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.core.cases import APPROVAL
from tenure.core.deployments import CHAMPION, Deployment, DeploymentState
from tenure.core.evidence import Evidence
from tenure.core.studies import Study
from tenure.core.words import number

_WORDS = {
    "rollback": "went back to",
    "promote": "promoted by a person",
    "start": "tried by a person, and promoted",
    "spec": "the spec was changed",
}


@dataclass(frozen=True, slots=True)
class Reign:
    """One time of one version as champion. `until` is None for the one that is live.

    `cause` is what the deployment stands for (a study's id, `rollback:…`), `by` the key that asked, ""
    for the loop; `gain` is the mean loss that it won on the version before, None where nobody compared.
    """

    version: int
    since: datetime
    until: datetime | None
    why: str
    ended: str
    by: str
    cause: str
    study_id: str
    decision_id: str
    deployment_id: str
    approved_by: tuple[str, ...]
    gain: float | None


def reigns(
    deployments: Sequence[Deployment], studies: Mapping[str, Study], words: Sequence[Evidence]
) -> tuple[Reign, ...]:
    """Return every time of a version as champion, the oldest first.

    `studies` by their id, `words` what people said of the versions.
    """
    lived = sorted(
        (one for one in deployments if one.lane == CHAMPION and one.live_at is not None),
        key=lambda one: (one.live_at or one.planned_at, one.id),
    )
    return tuple(_reign(one, lived, studies, words) for one in lived)


def _reign(
    one: Deployment,
    lived: Sequence[Deployment],
    studies: Mapping[str, Study],
    words: Sequence[Evidence],
) -> Reign:
    study = studies.get(one.cause)
    place = lived.index(one)
    after = lived[place + 1] if place + 1 < len(lived) else None
    gained = study.best_minus_champion if study else None
    return Reign(
        version=one.version,
        since=one.live_at or one.planned_at,
        until=one.stopped_at,
        why=_why(one, study),
        ended=_ended(one, after),
        by=one.by,
        cause=one.cause,
        study_id=study.id if study else "",
        decision_id=study.decision_id if study else "",
        deployment_id=one.id,
        approved_by=tuple(
            str(word.facts.get("by"))
            for word in words
            if word.kind == APPROVAL and word.version == one.version
        ),
        gain=None if gained is None else -gained,
    )


def _why(one: Deployment, study: Study | None) -> str:
    if study is None:
        kind, _, rest = one.cause.partition(":")
        words = _WORDS.get(kind, one.cause)
        said = f"{words} version {one.version}" if kind == "rollback" else words
        if kind == "spec":
            said = f"{said} ({rest[:10]})"
        return f"{said}: {one.reason}" if one.reason else said
    gain = ""
    if study.best_minus_champion is not None:
        better = number(abs(study.best_minus_champion))
        verb = "gains" if study.best_minus_champion < 0 else "loses"
        gain = f"; {verb} {better} on version {study.champion}"
    tried = "; tried on a share of the requests" if one.canary_at else ""
    return f"won a race ({study.cause}): {study.reason}{gain}{tried}"


def _ended(one: Deployment, after: Deployment | None) -> str:
    if one.stopped_at is None:
        return ""
    if one.state is DeploymentState.ROLLED_BACK:
        to = f" to version {after.version}" if after else ""
        return f"rolled back{to}"
    return f"replaced by version {after.version}" if after else "stopped"
