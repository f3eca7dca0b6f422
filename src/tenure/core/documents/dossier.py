"""Everything recorded that the documents of a model are made from: values, read once, at one instant."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tenure.core.approvals import BREAK_GLASS, DENIAL, VALIDATION
from tenure.core.cases import APPROVAL, COMPARISON, EVALUATION, figure
from tenure.core.datasets import DatasetVersion
from tenure.core.deployments import CHAMPION, Deployment
from tenure.core.documents.reigns import Reign
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.models import Model
from tenure.core.outcomes import Window
from tenure.core.policies import Clause, Decision
from tenure.core.readiness import Readiness
from tenure.core.shifts import DriftDay
from tenure.core.spec.values import Spec
from tenure.core.studies import Run, Study
from tenure.core.versions import Version

WORDS = (APPROVAL, VALIDATION, DENIAL, BREAK_GLASS)
_NO_FIGURES = frozenset({"days", "rows", "candidates", "metric", "window"})
"""Facts of an evaluation that say what it was made of, not what the version is worth."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric on the holdout, and what a constant answer gets; None where that is not known."""

    name: str
    value: float
    baseline: float | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A model and one of its versions. `version` is None before there is one, and all of it with it.

    `evidence` is the version's, by time; `windows` are the judged days of the lane that answers;
    `reigns` say which version was champion when and why. Times are business times.
    """

    model: Model
    spec: Spec
    at: datetime
    clauses: tuple[Clause, ...]
    readiness: Readiness
    reigns: tuple[Reign, ...]
    findings: tuple[Finding, ...]
    versions: int
    ledger: tuple[int, str]  # entries, and the hash of the newest
    version: Version | None = None
    run: Run | None = None  # what trained it
    study: Study | None = None
    dataset: DatasetVersion | None = None
    decision: Decision | None = None
    evidence: tuple[Evidence, ...] = ()
    windows: tuple[Window, ...] = ()
    drift: DriftDay | None = None
    live: Deployment | None = None

    @property
    def name(self) -> str:
        """`DL/arrival-delay`, with the version's number where there is one."""
        path = self.model.path
        return f"{path}/{self.version.number}" if self.version else path

    def newest(self, kind: str) -> Evidence | None:
        """Return the newest evidence of a kind, expired or not."""
        return next((one for one in reversed(self.evidence) if one.kind == kind), None)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What the version is worth on the holdout, the metric that judges it first."""
        found = self.newest(EVALUATION)
        if found is None:
            return ()
        names = [name for name in found.facts if not name.startswith("baseline.")]
        figures = [
            Figure(name, value, figure(found, f"baseline.{name}"))
            for name in names
            if name not in _NO_FIGURES and (value := figure(found, name)) is not None
        ]
        judge = str(found.facts.get("metric"))
        return tuple(sorted(figures, key=lambda one: (one.name != judge, one.name)))

    @property
    def against(self) -> Evidence | None:
        """The comparison with the champion of its day; None when there was none."""
        found = self.newest(COMPARISON)
        return None if found is None or figure(found, "difference") is None else found

    @property
    def words(self) -> tuple[Evidence, ...]:
        """What people said of the version."""
        return tuple(one for one in self.evidence if one.kind in WORDS)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """What is red now."""
        return tuple(one for one in self.findings if one.closed_at is None)

    @property
    def realised(self) -> tuple[int, int, float | None]:
        """Answers and labels of the version's judged days, and their mean loss."""
        mine = [one for one in self.windows if self.version and one.version == self.version.number]
        answers, labels = sum(one.predictions for one in mine), sum(one.labelled for one in mine)
        return answers, labels, sum(one.loss_sum for one in mine) / labels if labels else None


def of_champion(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return the windows of the lane that answers."""
    return tuple(one for one in windows if one.lane == CHAMPION)
