"""From settings to a house: the one place where ports meet their adapters."""

import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.checkpoints.shelf import open_shelf
from tenure.adapters.checkpoints.signing import open_signer
from tenure.adapters.clocks.system import SystemClock
from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.adapters.jail.trainer import JailedTrainer
from tenure.adapters.notify.channels import Channels
from tenure.adapters.passwords.argon import Argon2Passwords
from tenure.adapters.releases.folder import FolderReleases
from tenure.adapters.secrets.references import References
from tenure.adapters.sql.connections import BUSY_SECONDS
from tenure.adapters.sql.migrate import ensure
from tenure.adapters.sql.store import SqlStore
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.adapters.tuning.proposing import OptunaTuner
from tenure.adapters.warehouse.sqlalchemy_query import SqlWarehouse
from tenure.app.settings import Settings
from tenure.ports.frames import LogWriter
from tenure.ports.identity import Providers
from tenure.services.clock import found
from tenure.services.house import House

_PATIENCE = {"api": 5.0}
"""For how many seconds a process waits for other writers; a caller is told 503 and comes again."""


def open_house(settings: Settings, role: str) -> House:
    """Open the home: create or migrate its database, and hand every port its adapter.

    `role` names the process (api, worker, local) in leases and segments.
    """
    root = settings.home
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    references = References(root)
    ensure(settings.database_url)
    process = f"{role}-{os.getpid()}-{secrets.token_hex(4)}"
    house = House(
        store=SqlStore(settings.database_url, busy_seconds=_PATIENCE.get(role, BUSY_SECONDS)),
        blobs=LocalBlobs(root / "blobs"),
        releases=FolderReleases(root / "releases"),
        logs=SegmentReader(root / "log"),
        log_writer=_Once(root / "log", process),
        trainer=JailedTrainer(),
        tuner=OptunaTuner(),
        tables=PolarsTables(),
        warehouse=SqlWarehouse(references),
        notifier=Channels(references, settings.notify_networks),
        clock=SystemClock(),
        signer=open_signer(settings.ledger.key, root, references),
        checkpoints=open_shelf(settings.ledger.checkpoints, root),
        secret=secrets.token_bytes,
        process=process,
        passwords=Argon2Passwords(),
        providers=cast("Providers", _Later(lambda: _providers(references))),
        identities=settings.sign_in.identities,
        lookups=settings.lookups,
        channels=settings.notify,
        warehouses=settings.warehouses,
        prices=settings.prices,
    )
    found(house)
    return house


def _providers(references: References) -> Providers:
    from tenure.adapters.oidc.providers import OidcProviders

    return OidcProviders(references)


class _Later:
    """An adapter that is imported when it is first asked: its libraries are a tenth of every start."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class _Once:
    """Opens this process's own log segment when the first prediction made elsewhere arrives."""

    def __init__(self, root: Path, process: str) -> None:
        self._root = root
        self._process = process
        self._writer: LogWriter | None = None

    def __call__(self) -> LogWriter:
        if self._writer is None:
            self._writer = SegmentWriter(self._root, self._process, sync=True)
        return self._writer
