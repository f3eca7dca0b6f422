"""What serving asks of the machine's memory: models are weighed when they are loaded."""

from typing import Protocol


class Memory(Protocol):
    """The memory of this process. Every figure is in bytes and cheap to ask for."""

    def allocated(self) -> int:
        """Return what the allocators have handed out; its growth weighs what was made."""
        ...

    def occupied(self) -> int:
        """Return how much physical memory the process occupies."""
        ...

    def give_back(self) -> None:
        """Return freed memory to the system, where the allocator can."""
        ...
