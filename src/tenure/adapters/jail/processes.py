"""A hosted model's process as serving holds it: how it starts, how it is heard, how it ended."""

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from tenure.adapters.jail import frames, messages
from tenure.adapters.jail.inmate import OUT_OF_MEMORY
from tenure.adapters.jail.messages import Failure
from tenure.adapters.jail.zygote import STATUS
from tenure.core.errors import Kind, TenureError
from tenure.core.hosting import Hosting
from tenure.ports.training import GoneError

_LOG_TAIL = 500
_EXIT_SECONDS = 1.0
_LEAST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Process:
    """A hosted model as serving holds it. Closing the two sockets ends it."""

    wire: socket.socket
    status: socket.socket
    log: IO[bytes]

    def close(self) -> None:
        for one in (self.wire, self.status, self.log):
            one.close()

    def exit_code(self) -> int | None:
        """Return how it ended, as in subprocess; None when that is not known."""
        try:
            self.status.settimeout(_EXIT_SECONDS)
            told = self.status.recv(STATUS.size)
        except OSError:
            return None
        return int(STATUS.unpack(told)[0]) if len(told) == STATUS.size else None

    def said(self) -> str:
        """Return the end of what it printed while it loaded."""
        self.log.seek(max(0, self.log.seek(0, os.SEEK_END) - _LOG_TAIL))
        return self.log.read().decode(errors="replace").strip()


def received(wire: socket.socket, length: int, until: float) -> bytearray:
    """Return so many bytes; raise `TimeoutError`, or `Ended` when there are no more."""
    found = bytearray(length)
    view = memoryview(found)
    while view:
        wire.settimeout(max(1e-3, until - time.monotonic()))
        count = wire.recv_into(view)
        if count == 0:
            raise frames.Ended
        if time.monotonic() > until and count < len(view):  # drop by drop is late, too
            raise TimeoutError
        view = view[count:]
    return found


def loaded(process: Process, seconds: float) -> int:
    """Wait until the model is loaded; return the process id. Raises why it cannot be."""
    until = time.monotonic() + seconds
    try:
        pid = _next(process, until, frames.STARTED)
        _next(process, until, frames.READY)
    except TimeoutError:
        raise TenureError(
            Kind.FAILED, "runtime.timed_out", f"not loaded after {seconds:g} s"
        ) from None
    except (OSError, frames.Ended):
        code, said = process.exit_code(), process.said()
        error = ended(code, None)
        raise TenureError(error.kind, error.code, error.message, hint=said) from None
    return pid


def _next(process: Process, until: float, wanted: bytes) -> int:
    head = received(process.wire, frames.HEAD.size, until)
    kind, number, _, length = frames.HEAD.unpack(head)
    if kind == frames.REFUSED and length <= 4 * frames.MOST_TEXT:
        body = bytes(received(process.wire, length, until))
        with suppress(msgspec.DecodeError):
            raise messages.error_of(messages.unpack(body, Failure))
    if kind != wanted or length:
        raise crashed("it did not keep to the frames")
    return int(number)


def own_bytes(pid: int) -> int:
    """Return what a process holds that it does not share with the zygote."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        sizes = {line.split(":")[0]: line.split() for line in lines[1:]}
        held = sum(int(sizes[name][1]) for name in ("Private_Dirty", "Private_Clean"))
    except (OSError, KeyError, IndexError, ValueError):
        held = 0
    return max(_LEAST_BYTES, held * 1024)


def ended(code: int | None, bounds: Hosting | None) -> GoneError:
    if code == OUT_OF_MEMORY:
        most = "" if bounds is None else f" than {bounds.memory_bytes / 1024**2:.0f} MiB"
        return GoneError(
            Kind.UNAVAILABLE,
            "model.out_of_memory",
            f"the model needed more memory{most}; it is started again",
            hint="fewer rows at once need less; [serve] python.memory sets the limit",
        )
    why = "" if code is None else f" with {code}"
    return crashed(f"its process has ended{why}")


def crashed(why: str) -> GoneError:
    return GoneError(
        Kind.UNAVAILABLE,
        "model.crashed",
        f"the model fell over: {why}; it is started again",
        hint="try again",
    )


def late(bounds: Hosting) -> GoneError:
    return GoneError(
        Kind.TIMED_OUT,
        "model.deadline",
        f"the model had no answer after {bounds.deadline_ms:g} ms; it is started again",
        hint="fewer rows at once take less; [serve] python.deadline_ms sets the limit",
    )
