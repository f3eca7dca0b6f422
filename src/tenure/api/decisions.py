"""Decisions over HTTP, and what waits for a person's approval."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from tenure.api.bodies import QueryText
from tenure.api.reading import listed, shown
from tenure.api.replies import PageIn
from tenure.api.routes import HouseIn, Router
from tenure.core.keys import Permission
from tenure.core.policies import Decision, Reason
from tenure.core.studies import Study, StudyState
from tenure.ports.work import UnitOfWork

router = Router("decision")


@dataclass(frozen=True, slots=True)
class Approval:
    """A version that waits for a person. `reasons` are what the policy said of each clause."""

    id: str  # of the study that waits
    tenant_id: str
    model_id: str
    lane: str
    version: int | None
    since: datetime
    decision_id: str
    reasons: tuple[Reason, ...]


@router.on("GET", "/tenants/{tenant}/decisions", Permission.READ, gives=Decision, paged=True)
def list_tenant_decisions(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List what policies decided for all models of a tenant, oldest first."""
    return listed(house, (tenant, None), page, lambda work: work.decisions)


@router.on("GET", "/tenants/{tenant}/decisions/{decision}", Permission.READ, gives=Decision)
def show_decision(house: HouseIn, tenant: str, decision: str) -> Response:
    """Show one decision with a reason per clause."""
    return shown(house, (tenant, None), "decision", lambda work: work.decisions, decision)


@router.on(
    "GET", "/tenants/{tenant}/models/{model}/decisions", Permission.READ, gives=Decision, paged=True
)
def list_decisions(
    house: HouseIn, tenant: str, model: str, page: PageIn, study: QueryText = None
) -> Response:
    """List what policies decided for one model, oldest first."""
    return listed(house, (tenant, model), page, lambda work: work.decisions, study_id=study)


@router.on("GET", "/tenants/{tenant}/approvals", Permission.READ, gives=Approval, paged=True)
def list_approvals(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List what waits for an approval."""
    with house.store.read() as work:
        waiting = work.studies.list(
            tenant, state=StudyState.WAITING, limit=page.one_more, after=page.after
        )
        found = [_approval(work, study) for study in waiting]
    return page.reply(found, lambda approval: approval.id)


def _approval(work: UnitOfWork, study: Study) -> Approval:
    decision = work.decisions.find(study.tenant_id, study.decision_id)
    return Approval(
        study.id,
        study.tenant_id,
        study.model_id,
        study.lane,
        study.version,
        study.at,
        study.decision_id,
        decision.reasons if decision else (),
    )
