"""How the serving processes of a home put their figures together for whoever scrapes one of them."""

from collections.abc import Callable
from typing import Protocol


class Figures(Protocol):
    """What each process has counted, as bytes that only serving understands."""

    def ask(self) -> None:
        """Ask every process to publish what it has counted by now."""
        ...

    def asked(self) -> object:
        """Return a cheap token that changes when somebody asks."""
        ...

    def publish(self, process: str, data: bytes) -> None:
        """Replace what this process has published."""
        ...

    def published(self) -> dict[str, bytes]:
        """Return what every process has published last, also those that have ended since."""
        ...

    def fold(self, make: Callable[[dict[str, bytes]], tuple[str, bytes, set[str]]]) -> None:
        """Replace several by one: `make` gets all, returns a name, its data and whose go.

        Nobody else folds at the same time, so nothing is counted twice.
        """
        ...
