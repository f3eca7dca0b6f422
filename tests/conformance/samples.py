"""Sample values of every noun, numbered; they differ in the attributes they are listed by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.columns import Column, ColumnType, Role
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import Deployment, DeploymentState
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import Grain, ProfileWindow
from tenure.core.keys import ApiKey
from tenure.core.keys import Role as KeyRole
from tenure.core.models import Model, ModelState, Task
from tenure.core.outcomes import Chunk, Detector, Garbage, LabelBatch, Quarantined, Window
from tenure.core.packages import Package
from tenure.core.people import Person
from tenure.core.policies import Clause, Decision, Outcome, Reason
from tenure.core.rulebooks import PolicyVersion, Rulebook, Rules
from tenure.core.runs import RunProgress
from tenure.core.shifts import DriftDay, Shift, Verdict
from tenure.core.signatures import Signature
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.core.tenants import Tenant
from tenure.core.told import Course
from tenure.core.tuning import StudyTrial, TrialState
from tenure.core.usage import Usage
from tenure.core.versions import Assurance, Version

AT = datetime(2013, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
DIGEST = "sha256:" + "ab" * 32
SIGNATURE = Signature(
    Task.BINARY,
    (Column("wind", ColumnType.FLOAT, min=0.0), Column("dest", ColumnType.CATEGORY, False, ("A",))),
    "late",
    ("0", "1"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """How to make the n-th value of a noun for a tenant, and what it is listed by."""

    repository: str  # attribute of the unit of work
    noun: str
    make: Callable[[str, int], Any]
    filters: tuple[str, ...]
    order: tuple[str, ...] = ("id",)


def model_id(n: int) -> str:
    return "arrival-delay" if n % 2 else "cancellation"


def lane(n: int) -> str:
    return "champion" if n % 3 else "static"


def at(n: int) -> datetime:
    return AT + DAY * (n % 5)


def tenant(_: str, n: int) -> Tenant:
    return Tenant(f"T{n}", f"Klient Ł {n}", at(n))


def key(t: str, n: int) -> ApiKey:
    return ApiKey(f"k{n}", t, KeyRole.SERVICE, "app", f"{t}{n:064d}", at(n), None, at(n))


def model(t: str, n: int) -> Model:
    state = ModelState.ACTIVE if n % 2 else ModelState.ONBOARDING
    spec: dict[str, object] = {"model": {"name": "m", "ids": [1, 2.5, None, True]}}
    return Model(f"m{n}", t, state, DIGEST, at(n), spec)


def dataset(t: str, n: int) -> DatasetVersion:
    segments = (Segment(DIGEST, 10, 1000), Segment(DIGEST, 20, 3000))
    return DatasetVersion(
        f"ds_{n}",
        t,
        model_id(n),
        n,
        DIGEST,
        segments,
        30,
        SIGNATURE,
        at(n),
        at(n),
        None,
        "",
        {"a": 1},
    )


def study(t: str, n: int) -> Study:
    state = StudyState.TRAINING if n % 2 else StudyState.PROMOTED
    runs = ("rn_1", "rn_2")
    return Study(f"st_{n}", t, model_id(n), lane(n), state, "schedule", at(n), "ds_1", runs)


def run(t: str, n: int) -> Run:
    return Run(
        id=f"rn_{n}",
        tenant_id=t,
        model_id=model_id(n),
        study_id=f"st_{n % 3}",
        state=RunState.SUCCEEDED if n % 2 else RunState.RUNNING,
        dataset_id="ds_1",
        recipe="lightgbm",
        params={"leaves": 31, "rate": 0.1, "flat": True},
        seed=n,
        window="60d",
        train_from=None,
        train_until=at(n),
        holdout_from=at(n),
        holdout_until=at(n) + DAY,
        metrics={"log_loss": 0.1 + 0.2},
    )


def version(t: str, n: int) -> Version:
    state = Assurance.APPROVED if n % 2 else Assurance.REJECTED
    files = {"model.txt": DIGEST}
    return Version(
        t, model_id(n), n, DIGEST, state, "linear", files, SIGNATURE, "rn_1", "st_1", at(n), 0.5
    )


def evidence(t: str, n: int) -> Evidence:
    kind = "approval" if n % 4 else "evaluation"
    facts: dict[str, float | int | str | None] = {"low": -0.1, "rows": 7, "champion": None}
    return Evidence(f"ev_{n}", t, model_id(n), n % 3, kind, at(n), None, facts)


def decision(t: str, n: int) -> Decision:
    reasons = (Reason("fresh", "evidence_fresh", True, "ist frisch ✓"),)
    return Decision(
        f"de_{n}",
        t,
        model_id(n),
        n % 3,
        f"st_{n % 2}",
        DIGEST,
        "prevent",
        ("ev_1",),
        Outcome.REFUSED,
        reasons,
        at(n),
    )


def deployment(t: str, n: int) -> Deployment:
    state = DeploymentState.LIVE if n % 2 else DeploymentState.STOPPED
    return Deployment(
        f"dp_{n}", t, model_id(n), "production", lane(n), n % 4, state, "st_1", at(n), 3, at(n)
    )


def finding(t: str, n: int) -> Finding:
    closed = None if n % 2 else at(n) + DAY
    kind = "accuracy" if n % 3 else "quarantine"
    return Finding(
        f"fi_{n}", t, model_id(n), kind, 1, at(n), closed, 0.4, 0.3, 0.2, 0.5, 100, "red", ("st_1",)
    )


def garbage(t: str, n: int) -> Garbage:
    return Garbage(f"sha256:{n:064d}", t, model_id(n), at(n))


def trial(t: str, n: int) -> StudyTrial:
    return StudyTrial(f"tr_{n}", t, model_id(n), f"st_{n % 3}", n, {}, TrialState.COMPLETE, at(n))


def package(t: str, n: int) -> Package:
    return Package(f"sha256:{n:064d}", t, at(n), ("train.py",), n)


def chunk(t: str, n: int) -> Chunk:
    return Chunk(f"ch_{n}", t, model_id(n), at(n), DIGEST, n)


def label_batch(t: str, n: int) -> LabelBatch:
    return LabelBatch(f"lb_{n}", t, model_id(n), DIGEST, n, at(n), at(n))


def quarantined(t: str, n: int) -> Quarantined:
    return Quarantined(f"qu_{n}", t, model_id(n), "label.unknown", n, 'a "sample"\x00\n', at(n))


def window(t: str, n: int) -> Window:
    return Window(f"wi_{n}", t, model_id(n), lane(n), 1, at(n), 10, 5, 1.25, 0.5, at(n))


def detector(t: str, n: int) -> Detector:
    return Detector(f"m{n}/champion", t, f"m{n}", "champion", 1, 0.3, (0.1, -5.5), (0.2,), n)


def profile(t: str, n: int) -> ProfileWindow:
    grain = list(Grain)[n % 3]
    segment = "origin=Łódź" if n % 2 else ""
    return ProfileWindow(f"pr_{n}", t, model_id(n), n % 2, segment, grain, at(n), n, bytes([0, n]))


def drift_day(t: str, n: int) -> DriftDay:
    shift = Shift("wind", Role.FEATURE, Verdict.DRIFTED, 2.0 + n, 0.25, 0.001, None, 0.1, words="λ")
    return DriftDay(f"m/{n}", t, model_id(n), 1, at(n), 7, 100, (shift,))


def policy(t: str, n: int) -> PolicyVersion:
    signed = Clause("signed", "approvals", {"count": 2}, "warn")
    rules = Rulebook("warn", (signed,), (Rules("hoch", (signed,)),), (Rules("m", (), "hoch"),))
    return PolicyVersion(f"{n}", t, n, f"sha256:{n}", "policy = 1  # λ", rules, at(n), "ann", "so")


def usage(t: str, n: int) -> Usage:
    return Usage(f"2026-{n:02d}/training", t, 0.5 + n, n, at(n))


def progress(t: str, n: int) -> RunProgress:
    went = (Course("loss", (1, 2), (0.5 + n, 0.25)),)
    return RunProgress(f"rn_{n}", t, model_id(n), "epoch λ", went, {"depth": n}, DIGEST, "anna")


def person(_: str, n: int) -> Person:
    return Person(f"anna{n}", "Änna", ("DL/viewer",), f"$argon2id$…{n}", at(n), "ab")


def clock(t: str, _: int) -> BusinessClock:
    return BusinessClock(t, ClockMode.REPLAY, AT, AT, 4)


SAMPLES = (
    Sample("tenants", "tenant", tenant, ()),
    Sample("keys", "key", key, ("digest",)),
    Sample("models", "model", model, ("state",)),
    Sample("datasets", "dataset", dataset, ("model_id", "number"), ("model_id", "number")),
    Sample("studies", "study", study, ("model_id", "lane", "state"), ("at", "id")),
    Sample("runs", "run", run, ("study_id", "model_id")),
    Sample("versions", "version", version, ("model_id", "number", "state"), ("model_id", "number")),
    Sample("evidence", "evidence", evidence, ("model_id", "version", "kind"), ("made_at", "id")),
    Sample(
        "decisions", "decision", decision, ("model_id", "study_id", "version"), ("made_at", "id")
    ),
    Sample(
        "deployments",
        "deployment",
        deployment,
        ("model_id", "lane", "state", "version"),
        ("planned_at", "id"),
    ),
    Sample("findings", "finding", finding, ("model_id", "kind", "closed_at"), ("opened_at", "id")),
    Sample("chunks", "chunk", chunk, ("model_id", "day"), ("day", "id")),
    Sample("garbage", "garbage", garbage, ("model_id", "due_at"), ("due_at", "id")),
    Sample("label_batches", "label_batch", label_batch, ("model_id",), ("received_at", "id")),
    Sample("quarantine", "quarantine", quarantined, ("model_id",)),
    Sample("windows", "window", window, ("model_id", "lane", "day"), ("day", "id")),
    Sample("detectors", "detector", detector, ("model_id",)),
    Sample(
        "profiles",
        "profile",
        profile,
        ("model_id", "version", "segment", "grain", "since"),
        ("since", "id"),
    ),
    Sample("policies", "policy", policy, ("number",), ("number", "id")),
    Sample("packages", "package", package, ()),
    Sample("usage", "usage", usage, ()),
    Sample("progress", "progress", progress, ("model_id",)),
    Sample("people", "person", person, ()),
    Sample(
        "trials", "trial", trial, ("model_id", "study_id", "number"), ("study_id", "number", "id")
    ),
    Sample("drift_days", "drift_day", drift_day, ("model_id", "day"), ("day", "id")),
)
"""Every noun of which a tenant has many; clocks come one a tenant."""
