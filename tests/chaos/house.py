"""The house of the story: every part real but the jail, its clock some seconds ahead after a kill."""

import os
import secrets
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.checkpoints.shelf import open_shelf
from tenure.adapters.checkpoints.signing import open_signer
from tenure.adapters.clocks.system import SystemClock
from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.adapters.notify.channels import Channels
from tenure.adapters.passwords.argon import Argon2Passwords
from tenure.adapters.releases.folder import FolderReleases
from tenure.adapters.secrets.references import References
from tenure.adapters.sql.store import SqlStore
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.adapters.tuning.proposing import OptunaTuner
from tenure.adapters.warehouse.sqlalchemy_query import SqlWarehouse
from tenure.core.lookups import allowance
from tenure.services import clock
from tenure.services.house import House
from tenure.services.publish import publish_all
from tests.chaos import world
from tests.chaos.trainer import OpenTrainer
from tests.chaos.world import ACME
from tests.small.receiver import receiving

_OPEN = ExitStack()
"""What stays open until the process ends."""


class LaterClock(SystemClock):
    """The machine's clock, some seconds ahead."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._ahead


def open_house(home: Path, url: str, later: float) -> House:
    """Return the house as a worker process has it, on a migrated database, without the jail."""
    os.environ[world.WAREHOUSE] = f"sqlite:///{home / 'warehouse.db'}"
    chat = _OPEN.enter_context(receiving())
    os.environ[world.CHAT] = f"slack+http://{chat.authority}/hook"
    process = f"story-{os.getpid()}-{secrets.token_hex(4)}"
    references = References(home)
    writer = SegmentWriter(home / "log", process)
    house = House(
        store=SqlStore(url),
        blobs=LocalBlobs(home / "blobs"),
        releases=FolderReleases(home / "releases"),
        logs=SegmentReader(home / "log"),
        log_writer=lambda: writer,
        trainer=OpenTrainer(),
        tuner=OptunaTuner(),
        tables=PolarsTables(),
        warehouse=SqlWarehouse(references),
        notifier=Channels(references, ("127.0.0.0/8",)),
        channels=(allowance(f"{ACME}=env:{world.CHAT}"),),
        warehouses=(allowance(f"*=env:{world.WAREHOUSE}"),),
        clock=LaterClock(later),
        signer=open_signer("file:ledger.key", home, references),
        checkpoints=open_shelf("checkpoints", home),
        secret=secrets.token_bytes,
        passwords=Argon2Passwords(),
        process=process,
    )
    clock.found(house)
    publish_all(house)
    return house
