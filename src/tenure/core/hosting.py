"""What a Python model may use that answers in a jailed process of its own."""

from dataclasses import dataclass

DEFAULT_MEMORY_BYTES = 512 * 1024**2
DEFAULT_DEADLINE_MS = 1000.0

RUNTIME = "python"
"""The runtime of what could not be compiled: the original itself."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """Bounds of one process. `memory_bytes` counts above what the libraries have mapped.

    `deadline_ms` bounds one call of the model, which answers up to 256 rows, and how long a
    request may wait for its turn.
    """

    memory_bytes: int = DEFAULT_MEMORY_BYTES
    deadline_ms: float = DEFAULT_DEADLINE_MS
