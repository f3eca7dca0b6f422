"""Implements `ports.training.Runtimes`: a Python model answers in a confined process of its own.

Each is forked from one zygote and lives as long as its predictor. Nothing that it sends is trusted:
an answer has the length that was asked for, or the process ends. With serving's end of the control
socket all of them end, however serving ended.
"""

import select
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NoReturn
from weakref import finalize

import numpy as np

from tenure.adapters.jail import confine, frames, messages, processes
from tenure.adapters.jail.hosted import Guest
from tenure.adapters.jail.idling import Watch
from tenure.adapters.jail.keeper import Keeper
from tenure.adapters.jail.messages import Order
from tenure.adapters.jail.processes import Process
from tenure.adapters.jail.trainer import PROGRAM
from tenure.core.errors import invalid
from tenure.core.hosting import RUNTIME, Hosting
from tenure.core.signatures import Signature
from tenure.ports.training import Explainer, ModelError, Predictor, Runtimes

VERB = "host"
START_SECONDS = 30.0
"""How long a process may take to load its model, and for each of its first answers."""

_FIRST_CALLS = 2  # import what they need, so they may take as long as a load
_MOST_ROWS = 256  # of one call
_FILE_BYTES = 256 << 10  # what it says while it loads


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
            pid = processes.loaded(process, self._start_seconds)
        except BaseException:
            process.close()
            raise
        predictor = HostedPredictor(process, pid, bounds, signature.width)
        self._watch.add(predictor)
        return predictor

    def explainer(
        self, runtime: str, files: dict[str, bytes], signature: Signature
    ) -> Explainer | None:
        return None if runtime == RUNTIME else self._inner.explainer(runtime, files, signature)

    def close(self) -> None:
        """End every process."""
        self._keeper.close()

    def _started(self, guest: Guest, bounds: Hosting) -> Process:
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
            return Process(wire, status, log)


class HostedPredictor:
    """Asks one process; see `ports.training.ApartPredictor`. One caller at a time.

    `calls` have begun, `answers` have ended.
    """

    def __init__(self, process: Process, pid: int, bounds: Hosting, width: int) -> None:
        self.pid = pid
        self.deadline_seconds = bounds.deadline_ms / 1000
        self.bytes = processes.own_bytes(pid)
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
            raise processes.crashed("it has ended before")
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
            raise processes.late(self._bounds) from None
        except (OSError, frames.Ended):
            self._gone()
        finally:
            self.answers += 1
        return found

    def _answer(self, until: float, rows: int) -> list[list[float]]:
        size = rows * self._width * 8
        kind, number, count, length = frames.HEAD.unpack(
            processes.received(self._process.wire, frames.HEAD.size, until)
        )
        if number != self.calls & 0xFFFFFFFF:
            self._nonsense()
        if kind == frames.FAILED and length <= frames.MOST_TEXT:
            text = processes.received(self._process.wire, length, until).decode(errors="replace")
            raise ModelError(text)
        if kind != frames.OUTPUTS or count != rows or length != size:
            self._nonsense()
        body = processes.received(self._process.wire, size, until)
        answered: list[list[float]] = np.frombuffer(body).reshape(rows, self._width).tolist()
        return answered

    def _nonsense(self) -> NoReturn:
        self._end()
        raise processes.crashed("it did not keep to the frames, or gave a wrong number of outputs")

    def _gone(self) -> NoReturn:
        code = self._process.exit_code()
        self._end()
        raise processes.ended(code, self._bounds)
