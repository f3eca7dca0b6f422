"""Everything of a house that must not depend on when its processes were killed."""

from dataclasses import asdict, replace
from typing import Any

import polars as pl

from tenure.core.clock import BusinessClock
from tenure.core.digests import of_bytes
from tenure.core.jobs import Job, JobKind
from tenure.core.models import Model
from tenure.core.tenants import SYSTEM
from tenure.ports.work import UnitOfWork
from tenure.services import report
from tenure.services.house import House
from tenure.services.logged import logged_rows
from tenure.services.verify import ledgers
from tests.chaos.world import BEGIN, EVER

NOUNS = (
    "models",
    "datasets",
    "studies",
    "runs",
    "versions",
    "evidence",
    "decisions",
    "deployments",
    "findings",
    "quarantine",
    "windows",
    "detectors",
)
MACHINE = {
    "created_at",
    "deprecated_at",
    "cpu_seconds",
    "asked",
    "generation",
    "received",
    "p50_ms",
    "p99_ms",
}
"""Machine time, and a number that grows with every publishing, which may be done twice."""
_NEWS = ":observe:nw_"
"""Looks at what has come: a request that was repeated came twice, in other chunks."""
_ASIDE = {
    "predictions.forgotten": {"objects", "rows"},
    "profiles.rebuilt": {"rows"},
    "profiles.asked": {"job"},
    "reproduction.asked": {"job"},
    "key.created": {"holder", "succeeds"},
    "person.added": {"holder"},
    "key.rotated": {"successor", "until"},
    "run.ended": {"remaining"},
}
"""Facts that chance, the machine's time or a request that was repeated decide."""

_BY_THE_WALL = {
    "tenant.created",
    "tenant.quotas_set",
    "person.added",
    "keys.swept",
    "key.created",
    "key.rotated",
    "policy.published",
    "package.received",
}
"""What is done before a tenant's replay begins: at the machine's time."""


def state(house: House) -> dict[str, Any]:
    """Return by noun what is to be compared."""
    found: dict[str, Any] = {}
    with house.store.read() as work:
        tenants = [tenant.id for tenant in work.tenants.list(SYSTEM)]
        found["positions"] = _unread(house, work)
        for tenant_id in tenants:
            found |= {f"{tenant_id}: {k}": v for k, v in _of_tenant(house, work, tenant_id).items()}
    found["releases"] = house.releases.index().releases
    found["keys"] = sorted(grant.tenant_id for grant in house.releases.index().keys)
    found["ledgers"] = {one.tenant_id: [one.ok, one.why] for one in ledgers(house)}
    return found


def _unread(house: House, work: UnitOfWork) -> int:
    """Return how many segments were not read to their end."""
    known = work.positions.all()
    return sum(
        bool(house.logs.read(name, known.get(name, 0), 1 << 30).frames)
        for name in house.logs.segments()
    )


def _of_tenant(house: House, work: UnitOfWork, tenant_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        noun: [_stable(asdict(one)) for one in getattr(work, noun).list(tenant_id, limit=100_000)]
        for noun in NOUNS
    }
    found["label batches"] = work.label_batches.list(tenant_id)
    found["clock"] = _stable(asdict(_without_barrier(work.clocks.get(tenant_id, tenant_id))))
    # a job may have been tried twice, and jobs of one transaction may have got other numbers
    jobs = work.jobs.list(tenant_id, limit=100_000)
    found["jobs"] = sorted(
        [_key(j), j.kind, j.state, str(j.due_at), j.error] for j in jobs if _NEWS not in j.key
    )
    found["story"] = _story(work, tenant_id)
    for model in work.models.list(tenant_id):
        found |= {f"{model.id}, {k}": v for k, v in _outcomes(house, work, model).items()}
    return found


def _key(job: Job) -> str:
    """Return a job's key, without the machine's time of who asked."""
    if job.kind is JobKind.REPROFILE:
        return ""
    return job.key.partition(":rn_")[0] if job.kind is JobKind.REPRODUCE else job.key


def _outcomes(house: House, work: UnitOfWork, model: Model) -> dict[str, Any]:
    logged = logged_rows(house, work, model, BEGIN, EVER)
    labelled = work.outcomes.labelled(model.tenant_id, model.id)
    figures = report.outcome(house, model.tenant_id, model.id, BEGIN, EVER)
    return {
        "counts": work.outcomes.counts(model.tenant_id, model.id),
        "waiting": [asdict(label) for label in work.outcomes.waiting(model.tenant_id, model.id)],
        "labelled": asdict(labelled),
        "logged": _digest(logged),
        "report": _stable(figures),
    }


def _digest(logged: pl.DataFrame) -> list[Any]:
    """Return a name for the answers. A request that was repeated is logged again, later."""
    kept = logged.drop("received", strict=False)
    ordered = kept.select(sorted(kept.columns)).sort("request_id", "row", "lane")
    return [ordered.height, of_bytes(ordered.write_json().encode())]


def _story(work: UnitOfWork, tenant_id: str) -> list[Any]:
    """Return the ledger's entries in order.

    Trainings of one instant run side by side: their entries stand in either order, and how many
    others still trained says only who was first. What was forgotten is counted by outcomes: chunks
    hold how long an answer took, and a request that was repeated after a kill is logged again.
    """
    told: list[list[Any]] = []
    for entry in work.ledger.read(tenant_id, limit=100_000):
        aside = _ASIDE.get(entry.kind, set())
        facts = {k: v for k, v in entry.facts.items() if k not in aside}
        at, subject = str(entry.business_at), entry.subject
        if entry.kind in _BY_THE_WALL:
            at = ""
        if entry.kind in {"key.created", "key.rotated"}:  # by chance
            subject = ""
        line = [at, entry.actor, entry.kind, entry.model_id, subject, facts]
        same = told and told[-1][2] == entry.kind == "run.ended" and told[-1][0] == at
        if same and str(line) < str(told[-1]):
            told.insert(-1, line)
        else:
            told.append(line)
    return told


def _without_barrier(clock: BusinessClock) -> BusinessClock:
    """Leave out how often serving was asked to flush: an advance that was cut asks again."""
    return replace(clock, barrier=0)


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stable(item) for name, item in value.items() if name not in MACHINE}
    if isinstance(value, list | tuple):
        return [_stable(item) for item in value]
    return value
