"""Findings are opened and closed here, each with its entry in the ledger and what follows from it."""

from dataclasses import replace
from datetime import datetime

from tenure.core.events import Event, Facts
from tenure.core.findings import Finding
from tenure.core.models import Model
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.record import record


def find_open(work: UnitOfWork, model: Model, kind: str) -> Finding | None:
    """Return the model's open finding of a kind; there is at most one."""
    found = work.findings.list(model.tenant_id, model_id=model.id, kind=kind, closed_at=None)
    return found[0] if found else None


def begin(
    house: House, work: UnitOfWork, spec: Spec, finding: Finding, more: Facts | None = None
) -> None:
    """Store a new finding and record it; `more` are facts beside the usual ones."""
    work.findings.put(finding.tenant_id, finding)
    facts: Facts = {
        "kind": finding.kind,
        "version": finding.version,
        "observed": finding.observed,
        "expected": finding.expected,
    }
    subject = (finding.tenant_id, finding.model_id, finding.id, finding.opened_at)
    record(house, work, Event("finding.opened", *subject, facts | (more or {})), spec=spec)


def end(
    house: House, work: UnitOfWork, spec: Spec, finding: Finding, why: str, now: datetime
) -> None:
    """Close a finding and record why."""
    closed = replace(finding, closed_at=now, closed_because=why)
    work.findings.save(finding.tenant_id, closed)
    facts: Facts = {"kind": finding.kind, "why": why}
    subject = (finding.tenant_id, finding.model_id, finding.id, now)
    record(house, work, Event("finding.closed", *subject, facts), spec=spec)
