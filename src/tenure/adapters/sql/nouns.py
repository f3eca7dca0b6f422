"""Which value lives in which table, under which name in errors, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from tenure import decoders
from tenure.adapters.sql import tables
from tenure.core.clock import BusinessClock
from tenure.core.datasets import DatasetVersion
from tenure.core.deployments import Deployment
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import ProfileWindow
from tenure.core.keys import ApiKey
from tenure.core.models import Model
from tenure.core.outcomes import Chunk, Detector, Garbage, LabelBatch, Quarantined, Window
from tenure.core.packages import Package
from tenure.core.people import Person
from tenure.core.policies import Decision
from tenure.core.rulebooks import PolicyVersion
from tenure.core.runs import RunProgress
from tenure.core.shifts import DriftDay
from tenure.core.studies import Run, Study
from tenure.core.tenants import Tenant
from tenure.core.tuning import StudyTrial
from tenure.core.usage import Usage
from tenure.core.versions import Version

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Noun(Generic[T]):
    """One kind of value. `order` is how `list` sorts, always ending in the id."""

    name: str  # in error codes: `<name>.not_found`
    table: sa.Table
    decode: Callable[[str], T]
    id_of: Callable[[T], str]
    attributes: tuple[str, ...]  # columns that are filled from the value
    order: tuple[str, ...]


def _noun(
    name: str, kind: type[T], table: sa.Table, *, by: tuple[str, ...] = (), key: str = "id"
) -> Noun[T]:
    own = tuple(c.name for c in table.columns if c.name not in {"tenant_id", "id", "body"})
    id_of: Callable[[Any], str] = attrgetter(key)
    return Noun(name, table, decoders.of_json(kind).decode, id_of, own, (*by, "id"))


TENANTS = _noun("tenant", Tenant, tables.tenants)
KEYS = _noun("key", ApiKey, tables.keys)
MODELS = _noun("model", Model, tables.models)
DATASETS = _noun("dataset", DatasetVersion, tables.datasets, by=("model_id", "number"))
STUDIES = _noun("study", Study, tables.studies, by=("at",))
RUNS = _noun("run", Run, tables.runs)
VERSIONS = _noun("version", Version, tables.versions, by=("model_id", "number"))
EVIDENCE = _noun("evidence", Evidence, tables.evidence, by=("made_at",))
DECISIONS = _noun("decision", Decision, tables.decisions, by=("made_at",))
DEPLOYMENTS = _noun("deployment", Deployment, tables.deployments, by=("planned_at",))
FINDINGS = _noun("finding", Finding, tables.findings, by=("opened_at",))
CHUNKS = _noun("chunk", Chunk, tables.chunks, by=("day",))
GARBAGE = _noun("garbage", Garbage, tables.garbage, by=("due_at",))
LABEL_BATCHES = _noun("label_batch", LabelBatch, tables.label_batches, by=("received_at",))
QUARANTINE = _noun("quarantine", Quarantined, tables.quarantine)
WINDOWS = _noun("window", Window, tables.windows, by=("day",))
DETECTORS = _noun("detector", Detector, tables.detectors)
PROFILES = _noun("profile", ProfileWindow, tables.profiles, by=("since",))
DRIFT_DAYS = _noun("drift_day", DriftDay, tables.drift_days, by=("day",))
POLICIES = _noun("policy", PolicyVersion, tables.policies, by=("number",))
TRIALS = _noun("trial", StudyTrial, tables.trials, by=("study_id", "number"))
PROGRESS = _noun("progress", RunProgress, tables.progress)
PACKAGES = _noun("package", Package, tables.packages)
USAGE = _noun("usage", Usage, tables.usage)
PEOPLE = _noun("person", Person, tables.people)
CLOCKS = _noun("clock", BusinessClock, tables.clocks, key="tenant_id")
