"""Models and their specs over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import fastapi
from fastapi import Response

from tenure.api.bodies import Body, QueryText
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.errors import invalid
from tenure.core.keys import Permission
from tenure.core.models import Model, ModelState
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.services import declare

router = Router("model")
SpecIn = Annotated[
    dict[str, Any], fastapi.Body(description="a spec, as `tenure spec schema` describes it")
]


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model in a list: everything but its spec."""

    id: str
    tenant_id: str
    state: ModelState
    spec_digest: str
    created_at: datetime


class Draft(Body):
    """A spec that may be applied, and the digest of the data it would be applied with."""

    spec: dict[str, Any]
    source_digest: str | None = None


@router.on("GET", "/tenants/{tenant}/models", Permission.READ, gives=ModelLine, paged=True)
def list_models(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List a tenant's models."""
    with house.store.read() as work:
        found = work.models.list(tenant, limit=page.one_more, after=page.after)
    lines = [ModelLine(m.id, m.tenant_id, m.state, m.spec_digest, m.created_at) for m in found]
    return page.reply(lines, lambda line: line.id)


@router.on("GET", "/tenants/{tenant}/models/{model}", Permission.READ, gives=Model)
def show_model(house: HouseIn, tenant: str, model: str) -> Response:
    """Show one model with the spec in force."""
    with house.store.read() as work:
        return reply(work.models.get(tenant, model))


@router.on("GET", "/tenants/{tenant}/models/{model}/spec", Permission.READ, gives=dict)
def show_spec(house: HouseIn, tenant: str, model: str) -> Response:
    """Show the spec in force in its canonical form."""
    with house.store.read() as work:
        return reply(work.models.get(tenant, model).spec)


@router.on("PUT", "/tenants/{tenant}/models/{model}/spec", Permission.DEVELOP, gives=Model)
def apply_spec(
    house: HouseIn, who: Who, tenant: str, model: str, spec: SpecIn, base: QueryText = None
) -> Response:
    """Declare the model, or change its spec; applying twice is applying once.

    `base` is that of a plan: 409 `plan.stale` when spec or rows have changed since.
    """
    read = _read(spec, tenant, model)
    return reply(declare.apply(house, who.key_id, tenant, read, base=base))


@router.on("POST", "/tenants/{tenant}/models/{model}/plan", Permission.READ, gives=declare.Plan)
def plan_spec(house: HouseIn, tenant: str, model: str, draft: Draft) -> Response:
    """Say what applying the spec would change and which jobs would follow. Changes nothing."""
    spec = _read(draft.spec, tenant, model)
    return reply(declare.plan(house, tenant, spec, draft.source_digest))


def _read(body: dict[str, Any], tenant_id: str, model_id: str) -> Spec:
    """Return the spec when it is the one of this address; raise `spec.other_model`."""
    spec = from_dict(body)
    if (spec.model.tenant, spec.model.name) != (tenant_id, model_id):
        raise invalid(
            "spec.other_model",
            f"the spec is of {spec.model.tenant}/{spec.model.name}",
            where=f"{tenant_id}/{model_id}",
            hint="send it to the address of its own tenant and name",
        )
    return spec
