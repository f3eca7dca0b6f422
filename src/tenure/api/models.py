"""Models and their specs over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import fastapi
from fastapi import Response
from pydantic import Field

from tenure.api.bodies import Body, Instant, QueryText, Text
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason
from tenure.core.errors import invalid
from tenure.core.keys import Permission
from tenure.core.models import Model, ModelState
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.services import declare, onboard, retire
from tenure.services.onboard import Onboarding
from tenure.services.retire import Farewell

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


class GivenEnd(Body):
    """Why a model ends, and which of the tenant's models clients should ask instead."""

    reason: Text
    successor: Annotated[str, Field(max_length=63)] = ""


class GivenFarewell(GivenEnd):
    """The same, and the day from which on it will not answer."""

    sunset: Instant | None = None


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


@router.on("POST", "/tenants/{tenant}/models/{model}/deprecate", Permission.OPERATE, gives=Model)
def deprecate_model(
    house: HouseIn, who: Who, tenant: str, model: str, body: GivenFarewell
) -> Response:
    """Say that the model will end: its answers carry `Deprecation`, `Sunset` and a link from now on."""
    said = Farewell(who.key_id, tenant, model, body.reason, body.successor, body.sunset)
    return reply(retire.deprecate(house, said))


@router.on("POST", "/tenants/{tenant}/models/{model}/reinstate", Permission.OPERATE, gives=Model)
def reinstate_model(
    house: HouseIn, who: Who, tenant: str, model: str, body: GivenReason
) -> Response:
    """Take a deprecation back."""
    return reply(retire.reinstate(house, Farewell(who.key_id, tenant, model, body.reason)))


@router.on("POST", "/tenants/{tenant}/models/{model}/decommission", Permission.OPERATE, gives=Model)
def decommission_model(
    house: HouseIn, who: Who, tenant: str, model: str, body: GivenEnd
) -> Response:
    """End the model for good: it answers 410 from now on; versions, log and ledger stay."""
    said = Farewell(who.key_id, tenant, model, body.reason, body.successor)
    return reply(retire.decommission(house, said))


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


@router.on("GET", "/tenants/{tenant}/models/{model}/onboarding", Permission.READ, gives=Onboarding)
def show_onboarding(house: HouseIn, tenant: str, model: str) -> Response:
    """Show the checklist of a model's onboarding: what is there, and what is missing."""
    return reply(onboard.look(house, tenant, model))
