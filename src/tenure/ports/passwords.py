"""What becomes of a password: something that can be compared with, and not read."""

from typing import Protocol


class Passwords(Protocol):
    """Seals passwords slowly, so that whoever gets hold of what is kept cannot try many."""

    def sealed(self, password: str) -> str:
        """Return what is kept of a password; another text each time."""
        ...

    def opens(self, password: str, sealed: str | None) -> bool:
        """Return whether it is the one that was sealed.

        None stands for nobody's: it is never right, and takes as long to find out.
        """
        ...
