"""A finding's report: why, what changed, what was done, and the days around it. Reads no rows."""

from datetime import timedelta

from tenure.core.accounts import Account, account
from tenure.core.deployments import CHAMPION
from tenure.core.spec.parse import from_dict
from tenure.services.house import House

_BEFORE, _AFTER = timedelta(days=60), timedelta(days=30)
_ALL = 1_000_000


def report(house: House, tenant_id: str, finding_id: str) -> Account:
    """Return what is told of a finding; raise `finding.not_found`."""
    with house.store.read() as work:
        finding = work.findings.get(tenant_id, finding_id)
        model = work.models.get(tenant_id, finding.model_id)
        around = work.windows.list(
            tenant_id,
            model_id=model.id,
            lane=CHAMPION,
            day__gte=finding.opened_at - _BEFORE,
            day__lt=(finding.closed_at or finding.opened_at) + _AFTER,
            limit=_ALL,
        )
        studies = work.studies.list(tenant_id, model_id=model.id, limit=_ALL)
        deployments = work.deployments.list(tenant_id, model_id=model.id, limit=_ALL)
    return account(finding, from_dict(model.spec), around, studies, deployments)
