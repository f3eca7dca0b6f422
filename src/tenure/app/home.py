"""The home folder's lock and the local client's keys.

Who holds the flock on `home.lock` owns the home; the kernel lets go of it when that process dies,
so a stale file never blocks anybody. The JSON inside only says where the owner answers.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tenure.core.errors import Kind, TenureError, conflict, invalid

LOCK = "home.lock"
CLIENT = "client.json"
UP = "tenure up"
_STARTING_SECONDS = 30.0
_PATIENCE_SECONDS = 1.0  # a reader holds the lock for a moment while it looks


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs the home. `ready` says that every process answered once."""

    pid: int
    command: str
    api: str = ""
    serving: str = ""
    ready: bool = False
    certificate: str = ""  # the file of the house's own; "" when it speaks plainly


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of the local client: the house's, and one per tenant that a replay posts with."""

    house: str = ""
    tenants: dict[str, str] = field(default_factory=dict)


class HomeLock:
    """The exclusive right to run a home, held until `release` or the death of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce(self, holder: Holder) -> None:
        """Write who holds the home and where it answers."""
        body = json.dumps(asdict(holder)).encode()
        os.pwrite(self._descriptor, body, 0)
        os.ftruncate(self._descriptor, len(body))

    def release(self) -> None:
        """Let go of the home."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def take(home: Path, holder: Holder, *, patience: float = _PATIENCE_SECONDS) -> HomeLock:
    """Take the home; raise `home.busy`, with who runs it, when somebody else has it."""
    _make(home)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience
    while not _flock(descriptor, fcntl.LOCK_EX):
        if time.monotonic() >= until:
            os.close(descriptor)
            raise _busy(home)
        time.sleep(0.02)
    lock = HomeLock(descriptor)
    lock.announce(holder)
    return lock


@contextmanager
def held(home: Path, command: str, *, patience: float = _PATIENCE_SECONDS) -> Iterator[None]:
    """Own the home for the length of a block."""
    lock = take(home, Holder(os.getpid(), command), patience=patience)
    try:
        yield
    finally:
        lock.release()


def running(home: Path) -> Holder | None:
    """Return who runs the home, or None. A file that a dead process left counts as nobody."""
    try:
        descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _flock(descriptor, fcntl.LOCK_SH):
            return None
        return _read(descriptor)
    finally:
        os.close(descriptor)


def wait_until_ready(home: Path, *, patience: float = _STARTING_SECONDS) -> Holder | None:
    """Return the `tenure up` that runs the home, waiting while it starts; None without one."""
    until = time.monotonic() + patience
    while True:
        holder = running(home)
        if holder is None or holder.command != UP:
            return None
        if holder.ready:
            return holder
        if time.monotonic() >= until:
            raise TenureError(
                Kind.UNAVAILABLE,
                "home.not_ready",
                f"`{UP}` (process {holder.pid}) has been starting for {patience:.0f} s",
                where=str(home),
                hint="look at its terminal, or tenure doctor",
            )
        time.sleep(0.05)


def read_keys(home: Path) -> Keys:
    """Return the local client's keys; none when the home has never been up."""
    try:
        body = json.loads((home / CLIENT).read_text(encoding="utf-8"))
        return Keys(str(body["house"]), dict(body["tenants"]))
    except FileNotFoundError:
        return Keys()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise invalid(
            "home.bad_client_file",
            f"cannot be read: {error}",
            where=str(home / CLIENT),
            hint="delete it, and pass a key yourself: TENURE_KEY=tnr_…",
        ) from error


def write_keys(home: Path, keys: Keys) -> None:
    """Store the local client's keys for this user only; the change is atomic."""
    draft = home / f"{CLIENT}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file)
    draft.replace(home / CLIENT)


def _make(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise invalid(
            "home.not_writable",
            f"the home cannot be written: {error.strerror}",
            where=str(home),
            hint="choose another folder: tenure --home FOLDER …",
        ) from error


def _flock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Holder:
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):  # between taking the lock and announcing
        return Holder(0, "tenure")


def _busy(home: Path) -> TenureError:
    holder = running(home) or Holder(0, "another process")
    at = f", {holder.api}" if holder.api else ""
    return conflict(
        "home.busy",
        f"`{holder.command}` (process {holder.pid}{at}) runs this home",
        where=str(home),
        hint=f"use it, stop it (kill {holder.pid}), or choose another home: tenure --home FOLDER …",
    )
