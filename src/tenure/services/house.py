"""What every use case is handed: the ports, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tenure.core.identity import Identities
from tenure.core.lookups import Allowance
from tenure.core.usage import Prices
from tenure.ports.blobs import Blobs
from tenure.ports.checkpoints import Checkpoints, Signer
from tenure.ports.clock import Clock
from tenure.ports.frames import LogReader, LogWriter
from tenure.ports.identity import Providers
from tenure.ports.notices import Notifier
from tenure.ports.passwords import Passwords
from tenure.ports.releases import Releases
from tenure.ports.tables import Tables
from tenure.ports.training import Trainer
from tenure.ports.tuning import Tuner
from tenure.ports.warehouse import Warehouse
from tenure.ports.work import Store


@dataclass(frozen=True, slots=True)
class House:
    """The ports of one process. `secret` gives n random bytes; `process` names this start."""

    store: Store
    blobs: Blobs
    releases: Releases
    logs: LogReader
    log_writer: Callable[[], LogWriter]  # for predictions made elsewhere; opened when needed
    trainer: Trainer
    tuner: Tuner
    tables: Tables
    warehouse: Warehouse
    notifier: Notifier
    clock: Clock
    signer: Signer
    checkpoints: Checkpoints
    secret: Callable[[int], bytes]
    process: str
    environment: str = "production"
    providers: Providers | None = None  # None: this process asks nobody who people are
    passwords: Passwords | None = None  # None: this process knows none
    identities: Identities = field(default_factory=Identities)
    lookups: tuple[Allowance, ...] = ()  # where tenants' specs may look up
    channels: tuple[Allowance, ...] = ()  # where tenants' specs may send messages
    warehouses: tuple[Allowance, ...] = ()  # which databases tenants' specs may ask for labels
    prices: Prices = field(default_factory=Prices)
