"""Implements `ports.training.Runtimes`: a Python model answers in a confined process of its own.

Each is forked from one zygote and lives as long as its predictor. Nothing that it sends is trusted:
an answer has the length that was asked for, or the process ends. With serving's end of the control
socket all of them end, however serving ended.
"""

import os
import select
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn
from weakref import finalize

import msgspec
import numpy as np

from tenure.adapters.jail import confine, frames, messages
from tenure.adapters.jail.hosted import Guest
from tenure.adapters.jail.idling import Watch
from tenure.adapters.jail.inmate import OUT_OF_MEMORY
from tenure.adapters.jail.keeper import Keeper
from tenure.adapters.jail.messages import Failure, Order
from tenure.adapters.jail.trainer import PROGRAM
from tenure.adapters.jail.zygote import STATUS
from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.hosting import RUNTIME, Hosting
from tenure.core.signatures import Signature
from tenure.ports.training import GoneError, Predictor, Runtimes

VERB = "host"
START_SECONDS = 30.0
"""How long a process may take to load its model, and for each of its first answers."""

_FIRST_CALLS = 2  # import what they need, so they may take as long as a load
_MOST_ROWS = 256  # of one call
_FILE_BYTES = 256 << 10  # what it says while it loads
_LOG_TAIL = 500
_EXIT_SECONDS = 1.0
_LEAST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class _Process:
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


class HostedRuntimes:
    """Python models in processes of their own, everything else by `inner`. Thread-safe.

    `program` is the main program of the zygote, which is started by the first Python model.
    """

    def __init__(
        self,
        inner: Runtimes,
        program: Sequence[str] = PROGRAM,
        *,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self._inner = inner
        self._start_seconds = start_seconds
        self._watch = Watch()
        self._keeper = Keeper(program)

    @property
    def zygote(self) -> int | None:
        """The process that forks the others; None before the first."""
        return self._keeper.pid

    def load(
        self,
        runtime: str,
        files: dict[str, bytes],
        signature: Signature,
        hosting: Hosting | None = None,
    ) -> Predictor:
        if runtime != RUNTIME:
            return self._inner.load(runtime, files, signature)
        if not confine.is_strong():
            raise invalid(
                "runtime.no_jail",
                f"a Python model needs a jail: {confine.describe()}",
                hint="tenure doctor",
            )
        bounds = hosting or Hosting()
        process = self._started(Guest(files, signature), bounds)
        try:
            pid = _loaded(process, self._start_seconds)
        except BaseException:
            process.close()
            raise
        predictor = HostedPredictor(process, pid, bounds, signature.width)
        self._watch.add(predictor)
        return predictor

    def close(self) -> None:
        """End every process."""
        self._keeper.close()

    def _started(self, guest: Guest, bounds: Hosting) -> _Process:
        with ExitStack() as opened, ExitStack() as kept:
            task = opened.enter_context(tempfile.TemporaryFile())
            log = kept.enter_context(tempfile.TemporaryFile())
            task.write(messages.pack(guest))
            task.flush()
            task.seek(0)
            wire, their_wire = socket.socketpair()
            status, their_status = socket.socketpair()
            for mine in (wire, status):
                kept.enter_context(mine)
            for theirs in (their_wire, their_status):
                opened.enter_context(theirs)
            files = [one.fileno() for one in (task, their_wire, log, their_status)]
            order = Order(VERB, bounds.memory_bytes, 0, "", _FILE_BYTES)
            self._keeper.order(messages.pack(order), files)
            kept.pop_all()
            return _Process(wire, status, log)


class HostedPredictor:
    """Asks one process; see `ports.training.ApartPredictor`. One caller at a time.

    `calls` have begun, `answers` have ended.
    """

    def __init__(self, process: _Process, pid: int, bounds: Hosting, width: int) -> None:
        self.pid = pid
        self.deadline_seconds = bounds.deadline_ms / 1000
        self.bytes = _own_bytes(pid)
        self._process = process
        self._bounds = bounds
        self._width = width
        self.calls = self.answers = 0
        self._end = finalize(self, process.close)

    @property
    def is_alive(self) -> bool:
        """Whether its end of the wire is open. May be asked from any thread, at any time."""
        if not self._end.alive:
            return False
        looking = select.poll()
        looking.register(self._process.wire, 0)  # its end is told unasked
        return not looking.poll(0)

    def end(self) -> None:
        """End the process."""
        self._end()

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, rows, _MOST_ROWS):
            count = min(_MOST_ROWS, rows - start)
            part = columns
            if count < rows:
                part = {name: values[start : start + count] for name, values in columns.items()}
            found += self._ask(frames.COLUMNS, messages.pack(part), count)
        return found

    def predict_block(self, block: bytes, rows: int) -> list[list[float]]:
        row = len(block) // rows
        found: list[list[float]] = []
        for start in range(0, rows, _MOST_ROWS):
            count = min(_MOST_ROWS, rows - start)
            part = block if count == rows else block[start * row : (start + count) * row]
            found += self._ask(frames.BLOCK, part, count)
        return found

    def _ask(self, kind: bytes, body: bytes, rows: int) -> list[list[float]]:
        if not self._end.alive:
            raise _crashed("it has ended before")
        self.calls += 1
        first = self.calls <= _FIRST_CALLS
        until = time.monotonic() + (START_SECONDS if first else self.deadline_seconds)
        wire = self._process.wire
        try:
            wire.settimeout(max(1e-3, until - time.monotonic()))
            wire.sendall(frames.HEAD.pack(kind, self.calls & 0xFFFFFFFF, rows, len(body)) + body)
            found = self._answer(until, rows)
        except TimeoutError:
            self._end()
            raise _late(self._bounds) from None
        except (OSError, frames.Ended):
            self._gone()
        finally:
            self.answers += 1
        return found

    def _answer(self, until: float, rows: int) -> list[list[float]]:
        size = rows * self._width * 8
        kind, number, count, length = frames.HEAD.unpack(
            received(self._process.wire, frames.HEAD.size, until)
        )
        if number != self.calls & 0xFFFFFFFF:
            self._nonsense()
        if kind == frames.FAILED and length <= frames.MOST_TEXT:
            text = received(self._process.wire, length, until).decode(errors="replace")
            raise ValueError(text)  # the model's own mistake: for the log
        if kind != frames.OUTPUTS or count != rows or length != size:
            self._nonsense()
        body = received(self._process.wire, size, until)
        answered: list[list[float]] = np.frombuffer(body).reshape(rows, self._width).tolist()
        return answered

    def _nonsense(self) -> NoReturn:
        self._end()
        raise _crashed("it did not keep to the frames, or gave a wrong number of outputs")

    def _gone(self) -> NoReturn:
        code = self._process.exit_code()
        self._end()
        raise _ended(code, self._bounds)


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


def _loaded(process: _Process, seconds: float) -> int:
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
        error = _ended(code, None)
        raise TenureError(error.kind, error.code, error.message, hint=said) from None
    return pid


def _next(process: _Process, until: float, wanted: bytes) -> int:
    head = received(process.wire, frames.HEAD.size, until)
    kind, number, _, length = frames.HEAD.unpack(head)
    if kind == frames.REFUSED and length <= 4 * frames.MOST_TEXT:
        body = bytes(received(process.wire, length, until))
        with suppress(msgspec.DecodeError):
            raise messages.error_of(messages.unpack(body, Failure))
    if kind != wanted or length:
        raise _crashed("it did not keep to the frames")
    return int(number)


def _own_bytes(pid: int) -> int:
    """Return what a process holds that it does not share with the zygote."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        sizes = {line.split(":")[0]: line.split() for line in lines[1:]}
        held = sum(int(sizes[name][1]) for name in ("Private_Dirty", "Private_Clean"))
    except (OSError, KeyError, IndexError, ValueError):
        held = 0
    return max(_LEAST_BYTES, held * 1024)


def _ended(code: int | None, bounds: Hosting | None) -> GoneError:
    if code == OUT_OF_MEMORY:
        most = "" if bounds is None else f" than {bounds.memory_bytes / 1024**2:.0f} MiB"
        return GoneError(
            Kind.UNAVAILABLE,
            "model.out_of_memory",
            f"the model needed more memory{most}; it is started again",
            hint="fewer rows at once need less; [serve] python.memory sets the limit",
        )
    why = "" if code is None else f" with {code}"
    return _crashed(f"its process has ended{why}")


def _crashed(why: str) -> GoneError:
    return GoneError(
        Kind.UNAVAILABLE,
        "model.crashed",
        f"the model fell over: {why}; it is started again",
        hint="try again",
    )


def _late(bounds: Hosting) -> GoneError:
    return GoneError(
        Kind.TIMED_OUT,
        "model.deadline",
        f"the model had no answer after {bounds.deadline_ms:g} ms; it is started again",
        hint="fewer rows at once take less; [serve] python.deadline_ms sets the limit",
    )
