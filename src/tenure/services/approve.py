"""Approve: a person's word for a version, recorded as evidence; the loop then judges again."""

from tenure.core import digests
from tenure.core.errors import Kind, TenureError, conflict
from tenure.core.events import Event
from tenure.core.evidence import Evidence
from tenure.core.keys import Role
from tenure.core.spec.parse import from_dict
from tenure.core.studies import StudyState
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record

_APPROVERS = frozenset({Role.APPROVER, Role.CLIENT_APPROVER, Role.ADMIN, Role.SOLE_USER})


def give(  # who, in which role, for what, why
    house: House,
    actor: str,
    role: Role,
    tenant_id: str,
    model_id: str,
    number: int,
    reason: str,
) -> Evidence:
    """Record the approval of a waiting version. The same person approving twice counts once."""
    if role not in _APPROVERS:
        raise TenureError(Kind.DENIED, "approval.not_allowed", f"a {role} may not approve")
    with house.store.work() as work:
        model = work.models.get(tenant_id, model_id, lock=True)
        version = work.versions.get(tenant_id, f"{model_id}/{number}")
        study = work.studies.get(tenant_id, version.study_id)
        if study.state is not StudyState.WAITING:
            raise conflict(
                "approval.not_waiting",
                f"version {number} of {model.path} does not wait for an approval: it is {version.state}",
            )
        spec = from_dict(model.spec)
        now = business_now(house, work, tenant_id)
        evidence_id = digests.short("ev", tenant_id, model_id, number, "approval", actor)
        evidence = Evidence(
            id=evidence_id,
            tenant_id=tenant_id,
            model_id=model_id,
            version=number,
            kind="approval",
            made_at=now,
            expires_at=now + spec.lane(study.lane).gate.valid_for,
            facts={"by": actor, "role": role.value, "reason": reason, "digest": version.digest},
        )
        if work.evidence.find(tenant_id, evidence_id) is None:
            work.evidence.add(tenant_id, evidence)
            facts: dict[str, str | int | float | bool | None] = {
                "study_id": study.id,
                "version": number,
                "role": role.value,
                "reason": reason,
            }
            event = Event("approval.given", tenant_id, model_id, evidence_id, now, facts)
            record(house, work, event, actor=actor, spec=spec)
        failpoint("approve.before_commit")
    failpoint("approve.after_commit")
    return evidence
