"""A dossier of a small model with one of everything, and one of a model that has nothing yet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.core.columns import Column, ColumnType
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import CHAMPION, Deployment, DeploymentState
from tenure.core.documents.dossier import Dossier
from tenure.core.documents.reigns import reigns
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.models import Model, ModelState, Task
from tenure.core.outcomes import Window
from tenure.core.policies import Clause, Decision, Outcome, Reason
from tenure.core.readiness import readiness
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.core.versions import Assurance, Version

AT = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PURPOSE = "Warn of late | rides <b>early</b>"
DIGEST = "sha256:" + "ab" * 32
OF = ("acme", "late")
SPEC = from_dict(
    {
        "spec": 1,
        "model": {"tenant": "acme", "name": "late", "task": "binary", "purpose": PURPOSE},
        "data": {"source": "rows.csv", "target": "late", "time": "at", "key": ["id"]},
        "train": {"recipe": "linear", "windows": ["all"]},
    }
)
SIGNATURE = Signature(
    Task.BINARY,
    (Column("rain", ColumnType.FLOAT, unit="mm"), Column("hour", ColumnType.INT, nulls=False)),
    "late",
    ("0", "1"),
)


def evidence(kind: str, facts: dict[str, float | int | str | None], version: int = 2) -> Evidence:
    return Evidence(f"ev_{kind}", *OF, version, kind, AT, AT + 30 * DAY, facts)


def deployment(version: int, day: int, *, live: bool) -> Deployment:
    state = DeploymentState.LIVE if live else DeploymentState.STOPPED
    at = AT + day * DAY
    stopped = None if live else at + 7 * DAY
    one = Deployment(f"dp_{version}", *OF, "production", CHAMPION, version, state, "", at)
    return replace(one, cause=f"st_{version}", live_at=at, stopped_at=stopped)


def study(version: int) -> Study:
    state, runs = StudyState.PROMOTED, (f"rn_{version}",)
    won = Study(
        f"st_{version}", *OF, CHAMPION, state, "onboarding", AT, "ds_1", runs, "dc_1", version
    )
    gain = None if version == 1 else -0.0123
    champion = None if version == 1 else version - 1
    return replace(won, champion=champion, best_minus_champion=gain, reason="all clauses passed")


def run(version: int) -> Run:
    return Run(
        id=f"rn_{version}",
        tenant_id="acme",
        model_id="late",
        study_id=f"st_{version}",
        state=RunState.SUCCEEDED,
        dataset_id="ds_1",
        recipe="linear",
        params={"strength": float(version)},
        seed=7,
        window="all",
        train_from=None,
        train_until=AT - 9 * DAY,
        holdout_from=AT - 9 * DAY,
        holdout_until=AT,
        rows=1200 * version,
        cpu_seconds=1.25,
    )


def version(number: int) -> Version:
    return Version(
        tenant_id="acme",
        model_id="late",
        number=number,
        digest=DIGEST,
        state=Assurance.APPROVED,
        runtime="linear",
        files={"model.json": DIGEST},
        signature=SIGNATURE,
        run_id=f"rn_{number}",
        study_id=f"st_{number}",
        created_at=AT,
        holdout_loss=0.5,
        train_until=AT,
    )


BARE = Dossier(
    model=Model("late", "acme", ModelState.ONBOARDING, DIGEST, AT, to_dict(SPEC)),
    spec=SPEC,
    at=AT + 30 * DAY,
    clauses=(),
    readiness=readiness({}, AT),
    reigns=(),
    findings=(),
    versions=0,
    ledger=(3, "c0ffee"),
)
_WORDS: dict[str, float | int | str | None] = {
    "by": "p_ann",
    "role": "approver",
    "reason": "looked at it",
}
APPROVED = evidence("approval", dict(_WORDS))
_JUDGED: dict[str, float | int | str | None] = {
    "metric": "log_loss",
    "log_loss": 0.5391,
    "baseline.log_loss": 0.6962,
    "auc": 0.8031,
    "baseline.auc": 0.5,
    "rows": 672,
    "days": 14,
}
_AGAINST: dict[str, float | int | str | None] = {
    "champion": 1,
    "difference": -0.0123,
    "low": -0.02,
    "high": -0.004,
}
_REASONS = (Reason("baseline", "beats_baseline", passed=True, text="it does", level="spec"),)
FULL = replace(
    BARE,
    clauses=(Clause("signed", "approvals", {"count": 1}, level="tenant acme (1)"),),
    reigns=reigns(
        [deployment(1, 0, live=False), deployment(2, 7, live=True)],
        {"st_1": study(1), "st_2": study(2)},
        [APPROVED],
    ),
    findings=(
        Finding(
            "fd_1", *OF, "accuracy", 2, AT, None, 0.6, 0.5, 0.55, 0.65, 900, "log loss is worse"
        ),
    ),
    versions=2,
    version=version(2),
    run=run(2),
    study=study(2),
    dataset=DatasetVersion(
        "ds_1",
        *OF,
        1,
        DIGEST,
        (Segment(DIGEST, 9, 9),),
        2880,
        SIGNATURE,
        AT,
        AT,
        quarantined={"row.unlabelled": 3},
    ),
    decision=Decision(
        "dc_1", *OF, 2, "st_2", "sha256:4", "prevent", ("ev_1",), Outcome.PASSED, _REASONS, AT
    ),
    evidence=(
        evidence("evaluation", dict(_JUDGED)),
        evidence("comparison", dict(_AGAINST)),
        evidence("tests", {"tests": 5, "failed": 0, "errors": 0, "commit": "4c1d2e"}),
        evidence("coverage", {"line_rate": 0.8}),
        APPROVED,
    ),
    windows=(Window("wn_1", *OF, CHAMPION, 2, AT + 8 * DAY, 1000, 900, 486.0, 0.0, AT),),
    live=deployment(2, 7, live=True),
)
