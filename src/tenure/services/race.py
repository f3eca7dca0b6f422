"""A race as it is read before judging."""

from dataclasses import dataclass

from tenure.core.models import Model
from tenure.core.policies import Clause, Policy, default_clauses
from tenure.core.spec.values import Lane, Spec
from tenure.core.studies import Run, Study
from tenure.core.versions import Version


@dataclass(frozen=True, slots=True)
class Race:
    """Everything that was read before judging."""

    model: Model
    spec: Spec
    lane: Lane
    study: Study
    runs: tuple[Run, ...]
    champion: Version | None

    @property
    def policy(self) -> Policy:
        """The lane's clauses, and the race's own: whoever does not gain, does not replace."""
        gate = self.lane.gate
        clauses = gate.clauses or default_clauses(self.spec.model.task, gate.valid_for)
        return Policy((*clauses, Clause("race", "gains_on_champion")), gate.mode)
