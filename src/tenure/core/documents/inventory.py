"""The inventory: one line for each model, as auditors ask for it (SR 11-7; EU AI Act, Article 49)."""

from dataclasses import dataclass

from tenure.core.documents.dossier import Dossier


@dataclass(frozen=True, slots=True)
class InventoryLine:
    """One model. Days are written 2024-03-01; None is what is not known, or not there."""

    tenant: str
    model: str
    state: str
    mode: str
    tier: str
    task: str
    owner: str
    purpose: str
    version: int | None
    assurance: str | None
    live_since: str | None
    runtime: str | None
    digest: str | None
    metric: str
    value: float | None
    baseline: float | None
    production: float | None  # mean of the metric over the version's labelled answers
    answers: int
    labels: int
    versions: int
    open_findings: int
    approved_by: str
    trained_until: str | None
    readiness: float


def line(one: Dossier) -> InventoryLine:
    """Return a model's line: the same numbers as on its card."""
    model, version = one.spec.model, one.version
    judge = one.figures[0] if one.figures else None
    answers, labels, loss = one.realised
    approvals = dict.fromkeys(
        str(word.facts.get("by")) for word in one.words if word.kind == "approval"
    )
    live = one.live.live_at if one.live else None
    until = version.train_until if version else None
    return InventoryLine(
        tenant=model.tenant,
        model=model.name,
        state=one.model.state.value,
        mode=model.mode.value,
        tier=model.tier,
        task=model.task.value,
        owner=model.owner,
        purpose=model.purpose,
        version=version.number if version else None,
        assurance=version.state.value if version else None,
        live_since=f"{live:%Y-%m-%d}" if live else None,
        runtime=version.runtime if version else None,
        digest=version.digest if version else None,
        metric=one.spec.metric,
        value=judge.value if judge else None,
        baseline=judge.baseline if judge else None,
        production=loss,
        answers=answers,
        labels=labels,
        versions=one.versions,
        open_findings=len(one.open_findings),
        approved_by=", ".join(approvals),
        trained_until=f"{until:%Y-%m-%d}" if until else None,
        readiness=one.readiness.score,
    )
