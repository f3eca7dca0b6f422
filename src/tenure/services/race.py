"""A race as it is read before judging."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenure.core.models import Model
from tenure.core.policies import Clause, Policy, default_clauses
from tenure.core.recipes import ELSEWHERE
from tenure.core.rulebooks import PolicyVersion, composed, levels_of
from tenure.core.spec.values import Lane, Spec
from tenure.core.studies import Run, Study
from tenure.core.versions import Version


def lane_of(spec: Spec, name: str) -> Lane | None:
    """Return the lane of that name, or None when it was taken out of the spec."""
    return next((lane for lane in spec.lanes() if lane.name == name), None)


@dataclass(frozen=True, slots=True)
class Race:
    """Everything that was read before judging."""

    model: Model
    spec: Spec
    lane: Lane
    study: Study
    runs: tuple[Run, ...]
    champion: Version | None
    champion_run: Run | None = None  # what the champion was judged by
    published: tuple[PolicyVersion, ...] = ()  # the house's policy and the tenant's

    @property
    def champion_number(self) -> int | None:
        """The version that is in force in the lane, if any."""
        return None if self.champion is None else self.champion.number

    @property
    def policy(self) -> Policy:
        """What is published, the lane's clauses, and the race's own: whoever does not gain, stays out."""
        is_ours = all(run.recipe != ELSEWHERE for run in self.runs)
        return policy_of(self.spec, self.lane, self.published, is_ours=is_ours)


def policy_of(
    spec: Spec, lane: Lane, published: Sequence[PolicyVersion], *, is_ours: bool = True
) -> Policy:
    """Return the policy of a lane; what was not trained here must not have known the holdout."""
    gate = lane.gate
    clauses = gate.clauses or default_clauses(spec.model.task, gate.valid_for)
    own = [Clause("race", "gains_on_champion")]
    if not is_ours:
        own.append(Clause("origin", "holdout_unseen"))
    levels = levels_of(published, spec.model.name, spec.model.tier)
    return composed(levels, clauses, own, gate.mode)
