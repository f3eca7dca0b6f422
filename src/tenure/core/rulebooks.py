"""A tenant's published policy: clauses for all its models, for those of a tier, for single ones.

What was published is never changed; the newest one holds. A word on who decides what belongs here and
not into a spec, so the tier of a model may be said here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core.inheritance import Level, tightened
from tenure.core.policies import Clause, Policy
from tenure.core.tenants import SYSTEM

SPEC, RACE = "spec", "race"
"""The levels below what is published."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The clauses of one tier or one model. `tier` is what the model counts as, whatever its spec says."""

    name: str
    clauses: tuple[Clause, ...] = ()
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a policy file says. `mode` binds the clauses that say nothing themselves."""

    mode: str = "prevent"
    clauses: tuple[Clause, ...] = ()
    tiers: tuple[Rules, ...] = ()
    models: tuple[Rules, ...] = ()

    def tier_of(self, model_id: str, declared: str) -> str:
        """Return the tier that counts for a model whose spec declares one."""
        return next((one.tier for one in self.models if one.name == model_id), "") or declared

    def levels(self, owner: str, model_id: str, tier: str) -> tuple[Level, ...]:
        """Return the levels that hold for a model of a tier; `owner` says whose, in words."""
        found = [(owner, self.clauses)]
        found += [(f"{owner}, tier {tier}", o.clauses) for o in self.tiers if o.name == tier]
        found += [
            (f"{owner}, model {model_id}", o.clauses) for o in self.models if o.name == model_id
        ]
        return tuple(Level(name, self._bound(clauses)) for name, clauses in found if clauses)

    def _bound(self, clauses: Sequence[Clause]) -> tuple[Clause, ...]:
        return tuple(replace(one, mode=one.mode or self.mode) for one in clauses)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A published policy. `id` is its number within the tenant; `text` is what was handed in.

    `digest` names what it says, `by` is the person who published it.
    """

    id: str
    tenant_id: str
    number: int
    digest: str
    text: str
    rules: Rulebook
    published_at: datetime  # business time
    by: str
    reason: str

    @property
    def owner(self) -> str:
        """Whose it is, in words: `tenant DL (3)`."""
        whose = "house" if self.tenant_id == SYSTEM else f"tenant {self.tenant_id}"
        return f"{whose} ({self.number})"


def levels_of(
    published: Sequence[PolicyVersion], model_id: str, declared_tier: str
) -> tuple[Level, ...]:
    """Return the levels of the house's and the tenant's policy that hold for a model."""
    tier = tier_of(published, model_id, declared_tier)
    return tuple(
        level for one in published for level in one.rules.levels(one.owner, model_id, tier)
    )


def tier_of(published: Sequence[PolicyVersion], model_id: str, declared: str) -> str:
    """Return the tier that counts: a tenant's policy may say it, else the spec does."""
    tier = declared
    for one in published:
        if one.tenant_id != SYSTEM:
            tier = one.rules.tier_of(model_id, tier)
    return tier


def composed(
    published: Sequence[Level], declared: Sequence[Clause], own: Sequence[Clause], mode: str
) -> Policy:
    """Return the policy of a gate: what is published, tightened by the spec, and the race's own clauses.

    `mode` is the gate's: it binds what spec and race ask for, never what is published.
    """
    asked = [replace(one, level=SPEC) for one in declared] + [replace(o, level=RACE) for o in own]
    if not published:
        return Policy(tuple(asked), mode, tuple(asked))
    binding = [replace(one, mode=one.mode or mode) for one in asked]
    levels = [
        Level(name, tuple(one for one in binding if one.level == name)) for name in (SPEC, RACE)
    ]
    return Policy(tightened((*published, *levels)), mode, tuple(asked))
