"""A second version to be tried: the live one's files, or what answers the other way round."""

import json
from dataclasses import replace

from tenure.core.deployments import CHAMPION, Deployment, candidate, in_force
from tenure.core.events import Event
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.versions import Assurance, Version, tree_digest
from tenure.ports.releases import Release
from tenure.services import declare
from tenure.services.record import business_now, record
from tests.small.life import Life


def add_version(life: Life, *, turned: bool = False, state: Assurance = Assurance.APPROVED) -> int:
    """Register one more version; return its number. `turned`: it says no where live says yes."""
    with life.house.store.work() as work:
        first = work.versions.get(life.tenant, f"{life.model}/1")
        numbers = [one.number for one in work.versions.list(life.tenant, model_id=life.model)]
        files = _turned(life, first) if turned else first.files
        number = max(numbers) + 1
        added = replace(first, number=number, files=files, digest=tree_digest(files), state=state)
        work.versions.add(life.tenant, added)
    return number


def _turned(life: Life, version: Version) -> dict[str, str]:
    ((name, weights),) = [item for item in version.files.items() if item[0] == "weights.json"]
    body = json.loads(life.house.blobs.get(weights))
    body["intercept"] = [-one for one in body["intercept"]]
    body["weights"] = [[[-w for w in per] for per in one] for one in body["weights"]]
    return version.files | {name: life.house.blobs.put(json.dumps(body).encode())}


def promote(life: Life, number: int, study: str = "st_new") -> None:
    """Let a race end with this version promoted; what follows is the loop's business."""
    with life.house.store.work() as work:
        spec = from_dict(work.models.get(life.tenant, life.model).spec)
        facts: dict[str, str | int | float | bool | None] = {
            "outcome": "promoted",
            "lane": CHAMPION,
            "cause": "schedule",
            "version": number,
            "reason": "it is better",
        }
        now = business_now(life.house, work, life.tenant)
        event = Event("study.ended", life.tenant, life.model, study, now, facts)
        record(life.house, work, event, spec=spec)


def respecified(life: Life, spec: Spec) -> Life:
    """Apply a changed spec."""
    declare.apply(life.house, "anna", life.tenant, spec)
    return replace(life, spec=spec)


def deployments(life: Life) -> list[Deployment]:
    return life.read(lambda work: work.deployments.list(life.tenant, model_id=life.model))


def tried(life: Life) -> Deployment | None:
    return candidate(deployments(life))


def live(life: Life) -> Deployment:
    found = in_force(deployments(life), CHAMPION)
    assert found is not None
    return found


def released(life: Life) -> Release:
    """Return the release that serving is told to obey."""
    index = life.house.releases.index()
    return life.house.releases.load(index.releases[f"{life.tenant}/{life.model}"])
