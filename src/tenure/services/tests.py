"""Take in what a model's CI reports, JUnit and coverage, as evidence; tell the history of its tests."""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core import cobertura, junit
from tenure.core.cases import in_force
from tenure.core.errors import conflict, invalid
from tenure.core.events import Event, Facts
from tenure.core.evidence import Evidence, evidence_id
from tenure.core.keys import Principal
from tenure.core.markup import root_of
from tenure.core.spec.parse import from_dict
from tenure.core.tests import (
    COVERAGE,
    OF_MODEL,
    REPORTS,
    TESTS,
    CaseHistory,
    SuiteRun,
    counted,
    histories,
)
from tenure.core.versions import Version
from tenure.ports.work import UnitOfWork
from tenure.services.datasets import check_alive
from tenure.services.house import House
from tenure.services.record import business_now, record

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """A file from a CI: of which version (0: of the model itself), at which commit ("": nobody says)."""

    data: bytes
    version: int = OF_MODEL
    commit: str = ""


@dataclass(frozen=True, slots=True)
class SuiteHistory:
    """The newest runs of a model's tests, oldest first without their results, and what they say."""

    runs: tuple[Evidence, ...]
    cases: tuple[CaseHistory, ...]


def receive(
    house: House, who: Principal, tenant_id: str, model_id: str, report: Report
) -> Evidence:
    """Keep a JUnit or a Cobertura file as evidence; the same file again is the same evidence.

    Raises `test.malformed`, `test.other_commit` when a workload's own token names another commit,
    `version.not_found`, `model.decommissioned`.
    """
    kind, facts = _read(report.data)
    file = house.blobs.put(report.data)
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id)
        check_alive(model)
        if report.version != OF_MODEL:
            work.versions.get(tenant_id, f"{model_id}/{report.version}")
        facts |= {"commit": _commit(work, who, report), "by": who.person, "file": file}
        name = evidence_id(tenant_id, model_id, report.version, kind, facts)
        known = work.evidence.find(tenant_id, name)
        if known is not None:
            return known
        now = business_now(house, work, tenant_id)
        valid_for = from_dict(model.spec).lanes()[0].gate.valid_for
        until, place = now + valid_for, (tenant_id, model_id, report.version)
        evidence = Evidence(name, *place, kind, now, until, facts)
        work.evidence.add(tenant_id, evidence)
        told: Facts = {"kind": kind, "version": report.version, **facts}
        event = Event("tests.imported", tenant_id, model_id, name, now, told)
        record(house, work, event, actor=who.key_id)
    return evidence


def history(house: House, tenant_id: str, model_id: str, last: int) -> SuiteHistory:
    """Return what the newest `last` runs of a model's tests say of each test."""
    with house.store.read() as work:
        work.models.get(tenant_id, model_id)
        every = work.evidence.list(tenant_id, model_id=model_id, kind=TESTS, limit=_MOST)
    newest = [one for one in every if "inherited" not in one.facts][-last:]
    runs = [_run(house, one) for one in newest]
    return SuiteHistory(tuple(newest), tuple(histories(runs)))


def inherit(work: UnitOfWork, version: Version, now: datetime) -> None:
    """Give a new version what is in force of its model's tests: it was made by the same code."""
    tenant_id, model_id = version.tenant_id, version.model_id
    for kind in REPORTS:
        known = work.evidence.last(tenant_id, model_id=model_id, kind=kind, version=OF_MODEL)
        if known is not None and in_force(known, now):
            facts = {**known.facts, "inherited": known.id}
            name = evidence_id(tenant_id, model_id, version.number, kind, facts)
            copy = replace(known, id=name, version=version.number, facts=facts)
            work.evidence.put(tenant_id, copy)


def _read(data: bytes) -> tuple[str, dict[str, float | int | str | None]]:
    root = root_of(data, "test.malformed")
    if root in junit.ROOTS:
        return TESTS, counted(junit.read(data))
    if root == cobertura.ROOT:
        return COVERAGE, cobertura.read(data).facts()
    raise invalid(
        "test.malformed",
        f"<{root[:50]}> is neither a JUnit nor a Cobertura file",
        hint="pytest --junitxml=report.xml; coverage xml",
    )


def _commit(work: UnitOfWork, who: Principal, report: Report) -> str:
    """Return the commit: by the word of the workload's issuer where there is one."""
    key = work.keys.find(who.tenant_id, who.key_id)
    proven = key.commit if key is not None else ""
    if proven and report.commit not in {"", proven}:
        raise conflict(
            "test.other_commit",
            f"the token of this workload is of commit {proven[:12]}, not {report.commit[:12]}",
        )
    return proven or report.commit


def _run(house: House, evidence: Evidence) -> SuiteRun:
    facts = evidence.facts
    results = junit.read(house.blobs.get(str(facts["file"])))
    commit = str(facts.get("commit") or "")
    return SuiteRun(evidence.id, evidence.made_at, evidence.version, commit, results)
