"""Publish policies, and hold specs to them: lower levels may only tighten."""

from dataclasses import replace
from datetime import datetime

from tenure.core.errors import TenureError, invalid, refused
from tenure.core.events import Event, Facts
from tenure.core.inheritance import Level, Loosening, loosenings, lost
from tenure.core.keys import Principal
from tenure.core.rulebooks import PolicyVersion, Rulebook, levels_of, tier_of
from tenure.core.spec import rulebook
from tenure.core.spec.values import Spec
from tenure.core.tenants import SYSTEM
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record


def publish(house: House, who: Principal, tenant_id: str, text: str, reason: str) -> PolicyVersion:
    """Publish a policy file; it holds for every decision from now on. What holds already stays.

    Raises `SpecError`, `policy.loosened` when it asks for less than the house's, `policy.of_house`.
    """
    rules = rulebook.parse(text)
    with house.store.work() as work:
        work.ledger.head(tenant_id)  # one after the other: numbers follow each other
        newest = _newest(work, tenant_id)
        if newest is not None and newest.digest == rulebook.digest(rules):
            return newest
        now = business_now(house, work, tenant_id)
        made = _made(tenant_id, newest, rules, now)
        _refuse_below_house(work, made)
        made = replace(made, text=text, by=who.person or who.key_id, reason=reason)
        work.policies.add(tenant_id, made)
        facts: Facts = {
            "number": made.number,
            "digest": made.digest,
            "reason": reason,
        }
        event = Event("policy.published", tenant_id, "", made.id, now, facts)
        record(house, work, event, actor=who.key_id)
        failpoint("policy.before_commit")
    failpoint("policy.after_commit")
    return made


def draft(work: UnitOfWork, tenant_id: str, text: str, now: datetime) -> PolicyVersion:
    """Return a policy as publishing it would make it; raise what that would raise."""
    made = _made(tenant_id, _newest(work, tenant_id), rulebook.parse(text), now)
    _refuse_below_house(work, made)
    return made


def in_force(work: UnitOfWork, tenant_id: str) -> tuple[PolicyVersion, ...]:
    """Return the newest policy of the house and of the tenant, where there is one."""
    owners = dict.fromkeys((SYSTEM, tenant_id))
    found = (_newest(work, owner) for owner in owners)
    return tuple(one for one in found if one is not None)


def refuse_loosening(work: UnitOfWork, tenant_id: str, spec: Spec, before: Spec | None) -> None:
    """Raise `policy.loosened` for a spec that asks for less than what is published.

    That is a clause of its own, or another tier than `before`: a model stays in its tier until a
    policy says otherwise.
    """
    published = in_force(work, tenant_id)
    name, tier = spec.model.name, spec.model.tier
    levels = levels_of(published, name, tier)
    for lane in spec.lanes():
        clauses = tuple(replace(c, mode=lane.gate.mode) for c in lane.gate.clauses)
        found = loosenings(levels, Level("spec", clauses))
        if found:
            raise _loosened(f"[gate.{found[0].clause}] of {spec.model.name}", found[0])
    if before is not None and tier_of(published, name, before.model.tier) != tier_of(
        published, name, tier
    ):
        gone = lost(levels_of(published, name, before.model.tier), levels)
        if gone:
            raise _loosened(f"tier {tier!r} of {name}", gone[0])


def _newest(work: UnitOfWork, tenant_id: str) -> PolicyVersion | None:
    many = work.policies.count(tenant_id)
    return work.policies.find(tenant_id, str(many)) if many else None


def _made(
    tenant_id: str, newest: PolicyVersion | None, rules: Rulebook, now: datetime
) -> PolicyVersion:
    number = newest.number + 1 if newest else 1
    named = (str(number), tenant_id, number, rulebook.digest(rules))
    return PolicyVersion(*named, text="", rules=rules, published_at=now, by="", reason="")


def _refuse_below_house(work: UnitOfWork, made: PolicyVersion) -> None:
    """Hold a tenant's policy to the house's, level by level."""
    if made.tenant_id == SYSTEM:
        if made.rules.models:
            raise invalid(
                "policy.of_house",
                "the house's policy names a model",
                hint="models belong to tenants: use [tiers.<tier>], or publish a tenant's policy",
            )
        return
    house = _newest(work, SYSTEM)
    if house is None:
        return
    rules = made.rules
    places = [("", ""), *(("", one.name) for one in rules.tiers)]
    places += [(one.name, one.tier) for one in rules.models]
    for model_id, tier in places:
        above = house.rules.levels(house.owner, model_id, tier)
        for level in rules.levels("the draft", model_id, tier):
            for one in loosenings(above, level):
                raise _loosened(level.name, one)


def _loosened(where: str, one: Loosening) -> TenureError:
    return refused(
        "policy.loosened",
        one.text,
        where=where,
        hint="a lower level may only tighten: take it out, ask for more, or have the policy changed",
    )
