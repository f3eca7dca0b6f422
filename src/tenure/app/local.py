"""The home opened by the command line itself, when no `tenure up` runs it.

The same API app answers in process, and the worker runs in the foreground when asked. Holds the
home's lock, so that nobody else owns it meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tenure.api.app import create_app
from tenure.app import home
from tenure.app.inprocess import InProcessTransport
from tenure.app.keyring import local_key
from tenure.app.settings import Settings
from tenure.app.wiring import open_house
from tenure.sdk.client import Client
from tenure.services.house import House
from tenure.worker.loop import Worker

_PATIENCE_SECONDS = 10.0  # another command of the same user may be about to end


@dataclass(frozen=True, slots=True)
class Local:
    """An opened home: a client that talks to it, and its worker."""

    client: Client
    house: House
    slots: int

    def work_until_settled(self) -> None:
        """Do all work that is due, in the foreground."""
        Worker(self.house, self.slots).run_until_settled()


@contextmanager
def opened(settings: Settings, command: str) -> Iterator[Local]:
    """Open the home for the length of a block; raise `home.busy`."""
    with home.held(settings.home, command, patience=_PATIENCE_SECONDS):
        house = open_house(settings, "local")
        try:
            key = settings.key or local_key(house, settings.home)
            app = create_app(house, hosts=settings.allowed_hosts)
            with Client("http://127.0.0.1", key, transport=InProcessTransport(app)) as client:
                yield Local(client, house, settings.workers)
        finally:
            house.trainer.close()
            house.store.close()
