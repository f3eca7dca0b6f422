"""Doing a training again: what it was done on and with, and whether the same comes out."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The machine and the software that a training was done with.

    `libraries` are those that train; `lock` is the digest of everything that was installed.
    """

    cpu: str
    cores: int
    system: str  # "Linux x86_64"
    python: str
    libraries: dict[str, str]
    lock: str


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A training that was done again from what its run pins, and asked the same rows.

    `changed` names what is not as it was: code, lock, python, cpu. `error` says why there is nothing
    to compare.
    """

    asked: str  # key of the job
    at: datetime  # business time
    tolerance: float
    reproduced: bool
    surroundings: Surroundings
    changed: tuple[str, ...] = ()
    rows: int = 0
    max_difference: float | None = None  # of an output
    share_equal: float | None = None  # of rows, bit by bit
    same_files: bool = False
    cpu_seconds: float = 0.0
    error: str = ""


def changed(
    before: Surroundings | None, after: Surroundings, *, same_code: bool
) -> tuple[str, ...]:
    """Return what is not as it was when the training was first done."""
    names = [] if same_code else ["code"]
    if before is not None:
        names += [
            name for name in ("lock", "python", "cpu") if _of(before, name) != _of(after, name)
        ]
    return tuple(names)


def _of(surroundings: Surroundings, name: str) -> str:
    return str(getattr(surroundings, name))
