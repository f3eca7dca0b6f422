"""Implements `ports.training.Trainer`: every call is one confined process with a deadline.

Training has no effect outside, so a task whose process vanished with the zygote is simply done
again, once.
"""

import math
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from tenure.adapters.jail import confine, messages, surroundings
from tenure.adapters.jail.attending import Attendance, tail
from tenure.adapters.jail.hearing import Hearing
from tenure.adapters.jail.inmate import OUT_OF_MEMORY
from tenure.adapters.jail.keeper import Keeper
from tenure.adapters.jail.messages import Answer, Order
from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.reproduction import Surroundings
from tenure.core.told import Told
from tenure.ports.training import (
    Adopted,
    AdoptTask,
    Answered,
    AnswerTask,
    FitTask,
    Fitted,
    ScoreTask,
    TrainResult,
    TrainTask,
    Watch,
)

T = TypeVar("T")

PROGRAM = (sys.executable, "-P", "-m", "tenure.app.jail")
_SCORE_SECONDS = 600.0
_SCORE_MEMORY_BYTES = 4 * 1024**3
_HINT_LINES = 5


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a verb: what goes in, what it may use, whether it talks while it works."""

    verb: str
    task: ScoreTask | AdoptTask | AnswerTask | TrainTask | FitTask
    seconds: float
    memory_bytes: int
    watch: Watch | None = None
    tells: bool = False

    def after(self, told: Told) -> "_Call":
        """Return the call that goes on where this one, which told so much, was cut."""
        if not isinstance(self.task, FitTask) or told.checkpoint is None:
            return self
        return replace(self, task=replace(self.task, restored=told.checkpoint))


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the process ended. `exit_code` as in subprocess: negative is a signal."""

    exit_code: int
    result: bytes
    log: str


class JailedTrainer:
    """Trains and scores in the jail. Safe to use from several threads.

    `program` is the main program of the zygote; `scratch` where tasks get their own folders.
    """

    def __init__(self, program: Sequence[str] = PROGRAM, scratch: Path | None = None) -> None:
        self._keeper = Keeper(program)
        self._scratch = scratch

    def start(self) -> None:
        """Begin to load the libraries, without waiting: the first task then starts sooner."""
        self._keeper.start()

    def describe(self) -> str:
        """Return what confines a task on this machine."""
        return confine.describe()

    def surroundings(self) -> Surroundings:
        return surroundings.look()

    def train(self, task: TrainTask, watch: Watch | None = None) -> TrainResult:
        seconds = task.minutes * 60.0
        call = _Call("train", task, seconds, task.memory_bytes, watch)
        result, log = self._call(call, TrainResult)
        return replace(result, log_tail=log)

    def fit(self, task: FitTask, watch: Watch | None = None) -> Fitted:
        if not confine.is_strong():
            raise invalid(
                "runtime.no_jail",
                f"training code needs a jail: {confine.describe()}",
                hint="tenure doctor",
            )
        seconds = task.minutes * 60.0
        call = _Call("fit", task, seconds, task.memory_bytes, watch, tells=True)
        return self._call(call, Fitted)[0]

    def score(self, task: ScoreTask) -> list[list[float]]:
        call = _Call("score", task, _SCORE_SECONDS, _SCORE_MEMORY_BYTES)
        return self._call(call, list[list[float]])[0]

    def adopt(self, task: AdoptTask) -> Adopted:
        call = _Call("adopt", task, task.minutes * 60.0, task.memory_bytes)
        return self._call(call, Adopted)[0]

    def answer(self, task: AnswerTask) -> Answered:
        call = _Call("answer", task, _SCORE_SECONDS, _SCORE_MEMORY_BYTES)
        return self._call(call, Answered)[0]

    def close(self) -> None:
        """End the helper processes."""
        self._keeper.close()

    def _call(self, call: _Call, kind: type[T]) -> tuple[T, str]:
        told = Told()
        ending = self._run(call, told) or self._run(call.after(told), Told())
        if ending is None:
            raise _crashed("the training process was killed twice", "")
        _raise_unless_ended_well(ending, call)
        try:
            answer = messages.unpack(ending.result, Answer)
            if answer.failure is None:
                return messages.unpack(answer.result, kind), ending.log
        except msgspec.DecodeError as error:
            raise _crashed(f"the task left no readable result: {error}", ending.log) from error
        failed = messages.error_of(answer.failure)
        if failed.code == "run.crashed":
            failed.hint = _last_lines(ending.log)
        raise failed

    def _run(self, call: _Call, told: Told) -> _Ending | None:
        """Return how the process of this call ended; None when the zygote died before it."""
        with ExitStack() as stack:
            scratch = Path(tempfile.mkdtemp(prefix="tenure-jail-", dir=self._scratch))
            stack.callback(shutil.rmtree, scratch, ignore_errors=True)
            task, result, log = (stack.enter_context(_nameless(scratch)) for _ in range(3))
            task.write(messages.pack(call.task))
            task.flush()
            task.seek(0)
            mine, theirs = socket.socketpair()
            wire, their_wire = socket.socketpair()
            for one in (mine, wire):
                stack.enter_context(one)
            leaves = their_wire if call.tells else result
            files = [task.fileno(), leaves.fileno(), log.fileno(), theirs.fileno()]
            cpu = math.ceil(call.seconds) + 1
            order = Order(call.verb, call.memory_bytes, cpu, str(scratch))
            with theirs, their_wire:
                zygote = self._keeper.order(messages.pack(order), files)
            attended = Attendance(mine, log, told, watch=call.watch)
            if call.tells:
                attended.wire, attended.hearing = wire, Hearing(told)
            exit_code = attended.until_ended(call.seconds)
            if exit_code is None:
                self._keeper.discard(zygote)
                return None
            answer = attended.hearing.answer if attended.hearing else _content(result)
            return _Ending(exit_code, answer, tail(log))


def _raise_unless_ended_well(ending: _Ending, call: _Call) -> None:
    code, hint = ending.exit_code, _last_lines(ending.log)
    if code == 0:
        return
    if code == -signal.SIGXCPU:
        raise TenureError(
            Kind.FAILED,
            "run.timed_out",
            f"not done after {call.seconds:g} s",
            hint=hint or "train.minutes sets the limit; a shorter window needs less time",
        )
    if code == OUT_OF_MEMORY or _tells_of_memory(ending):
        raise TenureError(
            Kind.FAILED,
            "run.out_of_memory",
            f"more than {call.memory_bytes / 1024**2:.0f} MiB were needed",
            hint="train.memory sets the limit; a shorter window needs less",
        )
    why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    raise _crashed(f"the process ended with {why}", ending.log)


def _tells_of_memory(ending: _Ending) -> bool:
    """Whether a C library gave up on an allocation: it aborts, and says so only in the log."""
    signs = ("bad_alloc", "MemoryError", "Cannot allocate memory")
    return ending.exit_code != 0 and any(sign in ending.log for sign in signs)


def _crashed(message: str, log: str) -> TenureError:
    return TenureError(Kind.FAILED, "run.crashed", message, hint=_last_lines(log))


def _last_lines(log: str) -> str:
    return "\n".join(log.strip().splitlines()[-_HINT_LINES:])


def _nameless(folder: Path) -> IO[bytes]:
    """Return a file without a name: it is gone when it is closed, whoever dies."""
    return tempfile.TemporaryFile(dir=folder)


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()
