"""What people, clients and the worker do in the story, each act once over or again after a crash."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import polars as pl

from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.core.keys import Principal, Role
from tenure.core.media import PARQUET
from tenure.core.models import ModelState
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.frames import Frame
from tenure.services import approve, clock, datasets, declare, log
from tenure.services.approve import Said
from tenure.services.house import House
from tenure.services.signature import signature_of
from tenure.worker.loop import Worker
from tests.chaos import world
from tests.chaos.world import ACME, CHURN

CLIENT = "client"
LEASE_SECONDS = 1.0
ANNA = Principal("anna", ACME, Role.APPROVER, person="anna")


def work(house: House) -> None:
    """Work until settled, approving whatever waits for a person, as a person would."""
    worker(house).run_until_settled()
    while waiting := _waiting(house):
        for number in waiting:
            approve.give(house, Said(ANNA, ACME, CHURN, number, "looked at it"))
            worker(house).run_until_settled()


def worker(house: House) -> Worker:
    return Worker(house, lease_seconds=LEASE_SECONDS)


def _waiting(house: House) -> list[int]:
    with house.store.read() as work:
        studies = work.studies.list(ACME, model_id=CHURN, state="waiting")
    return [study.version for study in studies if study.version is not None]


def now(house: House, tenant_id: str) -> datetime:
    return clock.show(house, tenant_id).now


def state_of(house: House, tenant_id: str, model_id: str) -> ModelState | None:
    with house.store.read() as work:
        model = work.models.find(tenant_id, model_id)
    return model.state if model is not None else None


def declare_spec(house: House, spec: Spec) -> None:
    declare.apply(house, CLIENT, spec.model.tenant, spec)


def first_import(house: House, tenant_id: str, model_id: str, data: bytes) -> None:
    """Import what is known at the beginning, unless rows are there already, as a replay does."""
    with house.store.read() as work:
        if work.datasets.list(tenant_id, model_id=model_id):
            return
    import_rows(house, tenant_id, model_id, data)


def import_rows(house: House, tenant_id: str, model_id: str, data: bytes) -> None:
    datasets.import_dataset(house, CLIENT, tenant_id, model_id, data, PARQUET)


def answer(house: House, tenant_id: str, model_id: str, asked: pl.DataFrame, output: str) -> None:
    """Log what the model's versions say: the champion as if made elsewhere, shadows as serving does."""
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        signature = signature_of(work, model)
        all_ = work.deployments.list(tenant_id, model_id=model_id)
        arms = {
            one.lane: work.versions.get(tenant_id, f"{model_id}/{one.version}")
            for one in all_
            if one.is_in_force
        }
        spec = from_dict(model.spec)
    named = asked.with_columns(pl.col("id").alias("request_id")).drop("known", signature.target)
    for lane, version in arms.items():
        files = {name: house.blobs.get(digest) for name, digest in version.files.items()}
        predictor = FrameworkRuntimes().load(version.runtime, files, version.signature)
        outputs = predictor.predict_table(asked.to_arrow())[:, 0]
        answers = named.with_columns(pl.Series(output, outputs), version=pl.lit(version.number))
        if lane == "champion":
            log.receive(house, tenant_id, model_id, world.parquet(answers), PARQUET)
            continue
        at = now(house, tenant_id)
        made = house.tables.predictions_from(
            world.parquet(answers),
            PARQUET,
            spec,
            signature,
            now=at,
            received=house.clock.now(),
            request_id="",
            horizon=world.EVER,
        )
        shadow = pl.DataFrame(made.table).with_columns(lane=pl.lit(lane))
        house.log_writer().append(
            Frame(tenant_id, model_id, shadow.to_arrow(compat_level=pl.CompatLevel.oldest()))
        )


def fill_warehouse(home: Path, table: pl.DataFrame, until: datetime, *, wrong: bool) -> None:
    """Put bolt's truths where they are polled; of the first ones some are wrong until the next step."""
    known = world.between(table, "known", world.BOLT_LIVE, until)
    off = 100.0 if wrong else 0.0
    rows = [
        (name, value + off * (i < 4), at.isoformat())
        for i, (name, value, at) in enumerate(known.select("id", "price", "known").iter_rows())
    ]
    with closing(sqlite3.connect(home / "warehouse.db")) as warehouse, warehouse:
        warehouse.execute("create table if not exists truth (id primary key, price, known)")
        warehouse.executemany("insert or replace into truth values (?, ?, ?)", rows)
