"""Sources of labels: which of the operator's databases a tenant's specs may ask."""

from collections.abc import Sequence

from tenure.core.channels import EVERYBODY
from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import Allowance
from tenure.core.spec.values import SqlSource


def check_source(allowances: Sequence[Allowance], tenant_id: str, source: str | SqlSource) -> None:
    """Raise `warehouse.not_allowed` for a database that the operator has not given the tenant.

    A query is the tenant's own: whoever may name a database may ask it anything its user may.
    """
    if not isinstance(source, SqlSource):
        return
    wanted = {(tenant_id, source.url), (EVERYBODY, source.url)}
    if not any((one.tenant_id, one.url) in wanted for one in allowances):
        raise TenureError(
            Kind.DENIED,
            "warehouse.not_allowed",
            f"{tenant_id} may not ask {source.url}",
            where="[labels].source",
            hint=f'the operator allows it: warehouses = ["{tenant_id}={source.url}"]',
        )
