"""A whole house in one process: every adapter is the real one, trainings run without a jail."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.checkpoints.shelf import open_shelf
from tenure.adapters.checkpoints.signing import open_signer
from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.adapters.notify.channels import Channels
from tenure.adapters.releases.folder import FolderReleases
from tenure.adapters.secrets.references import References
from tenure.adapters.sql.store import SqlStore
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.adapters.tuning.proposing import OptunaTuner
from tenure.adapters.warehouse.sqlalchemy_query import SqlWarehouse
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.clock import Clock
from tenure.services.clock import found
from tenure.services.house import House
from tests.chaos.trainer import OpenTrainer
from tests.small.clock import HandClock


def open_house(root: Path, url: str, clock: Clock, process: str = "test-1") -> House:
    """Open a home whose database is there and migrated."""
    references = References(root)
    writer = SegmentWriter(root / "log", process)
    house = House(
        store=SqlStore(url),
        blobs=LocalBlobs(root / "blobs"),
        releases=FolderReleases(root / "releases"),
        logs=SegmentReader(root / "log"),
        log_writer=lambda: writer,
        trainer=OpenTrainer(),
        tuner=OptunaTuner(),
        tables=PolarsTables(),
        warehouse=SqlWarehouse(references),
        notifier=Channels(references),
        clock=clock,
        signer=open_signer("file:ledger.key", root, references),
        checkpoints=open_shelf("checkpoints", root),
        secret=secrets.token_bytes,
        process=process,
    )
    found(house)
    return house


def close_house(house: House) -> None:
    house.log_writer().close()
    house.trainer.close()
    house.store.close()


def new_clock() -> HandClock:
    return HandClock()


BASE: dict[str, Any] = {
    "spec": 1,
    "model": {"tenant": "acme", "name": "churn", "task": "binary"},
    "data": {
        "source": "rows.parquet",
        "target": "left",
        "time": "at",
        "key": ["id"],
        "ignore": ["kind", "price"],
    },
    "labels": {"event_time": "known", "final_after": "1d"},
    "train": {"recipe": "linear", "windows": ["10d", "all"]},
    "gate": {"holdout": "5d"},
}


def spec_of(**tables: Mapping[str, Any] | None) -> Spec:
    """Return a small spec; each table replaces or adds keys, a value of None takes one out."""
    body: dict[str, Any] = {
        name: dict(part) if isinstance(part, dict) else part for name, part in BASE.items()
    }
    for name, changes in tables.items():
        part = body.setdefault(name, {})
        for key, value in (changes or {}).items():
            if value is None:
                part.pop(key, None)
            else:
                part[key] = value
    return from_dict(body)
