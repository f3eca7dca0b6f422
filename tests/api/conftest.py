"""A real house on SQLite with two tenants, and ways to ask its API as anybody."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from tenure.adapters.telemetry.access import AccessFile
from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.api.app import create_app
from tenure.app.inprocess import InProcessTransport
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.columns import Column, ColumnType, Role
from tenure.core.datasets import DatasetVersion, Segment
from tenure.core.deployments import CHAMPION, Deployment, DeploymentState, Rollout
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.grains import Grain, ProfileWindow, window_id
from tenure.core.jobs import JobKind, NewJob
from tenure.core.keys import Role as KeyRole
from tenure.core.layouts import Field, Layout, packed
from tenure.core.models import Model, ModelState, Task
from tenure.core.outcomes import Quarantined, Window
from tenure.core.policies import Clause, Decision, Outcome, Reason
from tenure.core.profiles import ColumnKind, numbers
from tenure.core.references import Reference, to_bytes
from tenure.core.rulebooks import PolicyVersion, Rulebook
from tenure.core.shifts import DriftDay, Shift, Verdict
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict, to_dict
from tenure.core.stats.histograms import grid_of
from tenure.core.studies import Run, RunState, Study, StudyState
from tenure.core.tenants import SYSTEM
from tenure.core.told import Point, Told
from tenure.core.tuning import StudyTrial, TrialState
from tenure.core.versions import Assurance, Version
from tenure.ports.work import UnitOfWork
from tenure.services import keys, runs, tenants
from tenure.services.house import House
from tests.small.collector import Collector

AT = datetime(2024, 3, 1, tzinfo=UTC)
CANARY = "CANARY-7d1f"
"""Stands in everything that belongs to DL; nobody else may ever see it."""


@dataclass(frozen=True)
class World:
    """A house, its app and a key (the text) of every role: `keys["DL:viewer"]`."""

    house: House
    app: FastAPI
    http: httpx.Client
    keys: dict[str, str]

    def ask(
        self, method: str, path: str, key: str | None = "_:admin", **more: Any
    ) -> httpx.Response:
        """Send a request with the key of that name, or with none."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {self.keys.get(key, key)}"
        return self.http.request(method, path, headers=headers, **more)


def spec_of(tenant: str, name: str = "arrival-delay") -> dict[str, Any]:
    """Return a small spec in its canonical form."""
    return to_dict(
        from_dict(
            {
                "spec": 1,
                "model": {
                    "tenant": tenant,
                    "name": name,
                    "task": "binary",
                    "owner": f"{tenant} ops",
                },
                "data": {"source": "rows.csv", "target": "late", "time": "at", "key": ["flight"]},
                "labels": {"join": ["flight"]},
                "train": {"recipe": "linear", "windows": ["10d", "all"]},
            }
        )
    )


@contextmanager
def opened(home: Path, database_url: str | None = None) -> Iterator[House]:
    """Open a house for the length of a block, on SQLite unless a database is named."""
    house = open_house(load({"home": str(home), "database_url": database_url}, {}), "api")
    try:
        yield house
    finally:
        house.trainer.close()
        house.store.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A home with two tenants, DL and B6, with a model each that has lived a little; its keys."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    with opened(home) as house:
        return home, settle_in(
            house, tuple(role for role in KeyRole if role is not KeyRole.SOLE_USER)
        )


@pytest.fixture
def world(furnished: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[World]:
    """A fresh copy of the furnished home, its app, and everybody's keys."""
    shutil.copytree(furnished[0], tmp_path / "home")
    with opened(tmp_path / "home") as house, asked(house, furnished[1]) as there:
        yield there


@dataclass(frozen=True)
class Overheard:
    """A world whose requests are told of: to an access log, a collector of traces, a log."""

    world: World
    words: Callable[[], str]
    """Ends the telling, and returns every line, span, record and checkpoint so far."""


@pytest.fixture
def overheard(
    world: World, collector: Collector, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Overheard]:
    """The world, listened to as its operator may."""
    caplog.set_level("DEBUG", logger="tenure")
    access, tracer = AccessFile(tmp_path / "access.jsonl"), OtlpTracer("tenure-api", "p-1")

    def words() -> str:
        access.close()
        tracer.close()
        notes = [file.read_text() for file in (tmp_path / "home/checkpoints").rglob("*.*")]
        lines = (tmp_path / "access.jsonl").read_text()
        return "\n".join((lines, repr(collector.spans), caplog.text, *notes))

    with asked(world.house, world.keys, access=access, tracer=tracer) as there:
        yield Overheard(there, words)


@pytest.fixture
def postgres_world(postgres_url: str, tmp_path: Path) -> Iterator[World]:
    """The same on PostgreSQL, with the admins' keys only."""
    with (
        opened(tmp_path / "home", postgres_url) as house,
        asked(house, settle_in(house, (KeyRole.ADMIN,))) as there,
    ):
        yield there


@contextmanager
def asked(house: House, texts: dict[str, str], **told: Any) -> Iterator[World]:
    """Put the API before a house for the length of a block; `told` hears of its requests."""
    app = create_app(house, hosts=("tenure.example",), serving_url="http://127.0.0.1:9", **told)
    with httpx.Client(base_url="http://localhost", transport=InProcessTransport(app)) as http:
        yield World(house, app, http, texts)


def settle_in(house: House, roles: tuple[KeyRole, ...]) -> dict[str, str]:
    """Let two tenants live in the house; return the keys of the roles."""
    texts = {}
    for tenant, name in (("DL", f"Delta {CANARY}"), ("B6", "JetBlue")):
        tenants.create(house, "test", tenant, name)
        with house.store.work() as work:
            furnish(work, tenant)
            _profiles(house, work, tenant)
            _told(house, work, tenant)
            _tests(house, work, tenant)
    for owner in (SYSTEM, "DL", "B6"):
        for role in roles:
            name = f"{owner}:{role}"
            texts[name] = keys.mint(house, "test", owner, role, name)[1]
    return texts


SIGNATURE = Signature(Task.BINARY, (Column("wind", ColumnType.FLOAT),), "late", ("no", "yes"))
MODEL = "arrival-delay"


def furnish(work: UnitOfWork, tenant: str) -> None:
    """Give a tenant one of everything; ids are the same in both tenants, texts are not."""
    words = CANARY if tenant == "DL" else "ordinary"
    model = Model(MODEL, tenant, ModelState.ACTIVE, "sha256:0", AT, spec_of(tenant))
    work.models.add(tenant, model)
    parts = (Segment("sha256:2", 9, 99),)
    rows = DatasetVersion("ds_1", tenant, MODEL, 1, "sha256:1", parts, 9, SIGNATURE, AT, AT)
    work.datasets.add(tenant, rows)
    _race(work, tenant, words)
    _versions(work, tenant, words)
    _deployments(work, tenant, words)
    _outcomes(work, tenant, words)
    work.jobs.add([NewJob(tenant, JobKind.OBSERVE, f"{words}:observe", {"model_id": MODEL})])


def _race(work: UnitOfWork, tenant: str, words: str) -> None:
    waiting = StudyState.WAITING
    race = Study("st_1", tenant, MODEL, CHAMPION, waiting, words, AT, "ds_1", ("rn_1",), "dc_1", 1)
    work.studies.add(tenant, race)
    state, params = RunState.SUCCEEDED, dict[str, object](note=words)
    pinned = ("ds_1", "linear", params, 7, "10d", None)
    work.runs.add(tenant, Run("rn_1", tenant, MODEL, "st_1", state, *pinned, AT, AT, AT))
    tried = StudyTrial("tr_1", tenant, MODEL, "st_1", 1, {words: 1}, TrialState.COMPLETE, AT)
    work.trials.add(tenant, tried)
    said = (Reason("signed", "approvals", passed=False, text=words, waiting=True),)
    basis = ("st_1", "sha256:4", "prevent", ("ev_1",))
    decision = Decision("dc_1", tenant, MODEL, 1, *basis, Outcome.WAITING, said, AT)
    work.decisions.add(tenant, decision)
    rules = Rulebook(clauses=(Clause(words, "approvals"),))
    by = (words, rules, AT, words, words)
    work.policies.add(tenant, PolicyVersion("1", tenant, 1, "sha256:5", *by))


def _versions(work: UnitOfWork, tenant: str, words: str) -> None:
    tree, files = f"sha256:{words}", {"model.json": "sha256:3"}
    for number in (1, 2, 3):
        state = Assurance.VALIDATING if number == 1 else Assurance.APPROVED
        contents = (state, "linear", files, SIGNATURE, "rn_1", "st_1", AT)
        work.versions.add(tenant, Version(tenant, MODEL, number, tree, *contents))
    fact = Evidence("ev_1", tenant, MODEL, 1, "evaluation", AT, None, {"note": words})
    work.evidence.add(tenant, fact)


def _deployments(work: UnitOfWork, tenant: str, words: str) -> None:
    for day, state in ((0, DeploymentState.STOPPED), (1, DeploymentState.LIVE)):
        at, place = AT + timedelta(days=day), ("production", CHAMPION, 2 + day)
        put = Deployment(f"dp_{day}", tenant, MODEL, *place, state, words, at, live_at=at)
        if day == 1:  # it came by way of a canary
            put = replace(put, rollout=Rollout(shares=(0.1,)), stage_at=AT, canary_at=AT)
        work.deployments.add(tenant, put)


def _outcomes(work: UnitOfWork, tenant: str, words: str) -> None:
    figures = (0.6, 0.5, 0.55, 0.65, 900)
    finding = Finding("fd_1", tenant, MODEL, "accuracy", 3, AT, None, *figures, words)
    work.findings.add(tenant, finding)
    work.quarantine.add(tenant, Quarantined("qu_1", tenant, MODEL, "label.unknown", 3, words, AT))
    for day in range(3):
        at = AT + timedelta(days=day)
        window = Window(f"wn_{day}", tenant, MODEL, CHAMPION, 3, at, 10, 9, 4.5, 2.0, at)
        work.windows.add(tenant, window)


def _tests(house: House, work: UnitOfWork, tenant: str) -> None:
    """Give the model a run of its tests."""
    words = CANARY if tenant == "DL" else "ordinary"
    file = house.blobs.put(f'<testsuite><testcase name="{words}"/></testsuite>'.encode())
    run = Evidence("ev_2", tenant, MODEL, 0, "tests", AT, None, {"file": file, "commit": words})
    work.evidence.add(tenant, run)


def _profiles(house: House, work: UnitOfWork, tenant: str) -> None:
    """Give the live version a reference, a day of answers, and what was found on it."""
    grid = grid_of(np.arange(200.0), 8)
    layout = Layout((Field("wind", Role.FEATURE, ColumnKind.NUMBER, grid),))
    whole = layout.tally([numbers(grid, np.arange(200.0))], 200)
    kept = house.blobs.put(to_bytes(Reference(layout, whole, 1, {})))
    version = work.versions.get(tenant, f"{MODEL}/3")
    work.versions.save(tenant, replace(version, reference=kept))
    name = window_id(MODEL, 3, Grain.DAY, AT, "")
    window = (name, tenant, MODEL, 3, "", Grain.DAY, AT, 200, packed(whole))
    work.profiles.put(tenant, ProfileWindow(*window))
    words = CANARY if tenant == "DL" else "ordinary"
    shift = Shift("wind", Role.FEATURE, Verdict.STEADY, words=words)
    day = DriftDay(f"{MODEL}/{AT.date()}", tenant, MODEL, 3, AT, 1, 200, (shift,))
    work.drift_days.put(tenant, day)


def _told(house: House, work: UnitOfWork, tenant: str) -> None:
    """Give the run what training code tells, and a second one to be compared with."""
    words = CANARY if tenant == "DL" else "ordinary"
    told = Told([Point("loss", 0, 1.0)], {"note": words}, {"notes.txt": words.encode()})
    run = replace(work.runs.get(tenant, "rn_1"), logged=runs.keep(house, told, words))
    work.runs.save(tenant, run)
    work.runs.add(tenant, replace(run, id="rn_2"))


@pytest.fixture
def canary() -> str:
    """The text that stands in everything of DL."""
    return CANARY


@pytest.fixture
def spec() -> Any:
    """Return how a small spec is made: tenant and name in, its canonical form out."""
    return spec_of
