"""Policies over HTTP: what is published, what holds for a model, and what a draft would change."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from tenure.api.bodies import Body, Text
from tenure.api.replies import CountIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission
from tenure.core.policies import Clause
from tenure.core.readiness import Readiness
from tenure.core.rulebooks import PolicyVersion, tier_of
from tenure.core.spec.parse import from_dict
from tenure.services import policies, race, ready
from tenure.services.rehearse import Rehearsal, rehearse

router = Router("policy")
_PATH = "/tenants/{tenant}/policies"
Toml = Annotated[str, Field(min_length=1, max_length=200_000)]


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """What a model has to pass, clause by clause, and who asks for each."""

    tier: str
    digest: str
    clauses: tuple[Clause, ...]


class NewPolicy(Body):
    """A policy file as text, and why it is published."""

    text: Toml
    reason: Text


class DraftPolicy(Body):
    """A policy file as text, and how many of the newest decisions it is asked about."""

    text: Toml
    last: Annotated[int, Field(ge=1, le=10_000)] = 100


@router.on("GET", _PATH, Permission.READ, gives=PolicyVersion, paged=True)
def list_policies(house: HouseIn, tenant: str, page: CountIn) -> Response:
    """List what a tenant has published, oldest first; the newest one holds."""
    after = None if page.after == "0" else page.after
    with house.store.read() as work:
        found = work.policies.list(tenant, limit=page.one_more, after=after)
    return page.reply(found, lambda one: one.id)


@router.on("POST", _PATH, Permission.ADMINISTER, gives=PolicyVersion, status=201)
def publish_policy(house: HouseIn, who: Who, tenant: str, body: NewPolicy) -> Response:
    """Publish a policy: it holds for every decision from now on, and is never changed."""
    return reply(policies.publish(house, who, tenant, body.text, body.reason), 201)


@router.on("POST", _PATH + "/test", Permission.READ, gives=Rehearsal)
def try_policy(house: HouseIn, tenant: str, body: DraftPolicy) -> Response:
    """Say which of the newest decisions a draft would have made otherwise. Changes nothing."""
    return reply(rehearse(house, tenant, body.text, body.last))


@router.on("GET", _PATH + "/{number}", Permission.READ, gives=PolicyVersion)
def show_policy(
    house: HouseIn, tenant: str, number: Annotated[int, Path(ge=1, lt=2**31)]
) -> Response:
    """Show a published policy, with the text that was handed in."""
    with house.store.read() as work:
        return reply(work.policies.get(tenant, str(number)))


@router.on("GET", "/tenants/{tenant}/models/{model}/policy", Permission.READ, gives=EffectivePolicy)
def show_model_policy(house: HouseIn, tenant: str, model: str) -> Response:
    """Show what versions of a model have to pass: house, tenant, tier, model and spec together."""
    with house.store.read() as work:
        spec = from_dict(work.models.get(tenant, model).spec)
        published = policies.in_force(work, tenant)
    policy = race.policy_of(spec, spec.lanes()[0], published)
    tier = tier_of(published, model, spec.model.tier)
    return reply(EffectivePolicy(tier, policy.digest, policy.clauses))


@router.on("GET", "/tenants/{tenant}/models/{model}/readiness", Permission.READ, gives=Readiness)
def show_model_readiness(house: HouseIn, tenant: str, model: str) -> Response:
    """Score how well a model is looked after, by the ML Test Score, from what is recorded of it."""
    return reply(ready.score(house, tenant, model))
