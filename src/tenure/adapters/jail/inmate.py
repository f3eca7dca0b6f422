"""One task in its own confined process, from the fork to its end. Never returns.

The answer goes into a file that was handed over; the log is whatever is written to stdout and
stderr. Nothing of another task is open or in memory here.
"""

import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from tenure.adapters.jail import confine, frames, messages
from tenure.adapters.jail.hearing import Telling
from tenure.adapters.jail.messages import Answer, Failure, Order
from tenure.core.errors import Kind, TenureError
from tenure.core.told import Told

Work = Callable[[int, int], int]
"""Gets the descriptors of the task's file and of where its result goes; returns the exit status."""

Task = TypeVar("Task")

OUT_OF_MEMORY = 77  # exit status: there may be no memory left to write an answer with
_ALLOCATIONS = ("bad_alloc", "bad alloc", "Cannot allocate memory", "out of memory")


def verb(function: Callable[[Task], Any], kind: type[Task]) -> Work:
    """Return the function as something that takes one task and gives one answer, as MessagePack."""

    def work(task: int, result: int) -> int:
        try:
            answer = _answer(function, kind, task)
        except MemoryError:
            return OUT_OF_MEMORY
        with os.fdopen(result, "wb") as opened:
            opened.write(messages.pack(answer))
        return 0

    return work


def telling_verb(function: Callable[[Task, Told], Any], kind: type[Task]) -> Work:
    """Return the same for a function that tells while it works: what it tells comes before the answer."""

    def work(task: int, wire: int) -> int:
        told = Telling(wire)
        try:
            answer = _answer(lambda given: function(given, told), kind, task)
        except MemoryError:
            return OUT_OF_MEMORY
        frames.send(wire, frames.ANSWER, messages.pack(answer))
        return 0

    return work


def live(order: Order, files: list[int], verbs: Mapping[str, Work], zygote: int) -> NoReturn:
    """Do the work of one order in this process, which was just forked from `zygote`."""
    status = 1
    try:
        confine.die_with(zygote)
        scratch = Path(order.scratch) if order.scratch else None
        _settle(files, scratch)
        limits = confine.Limits(order.memory_bytes, order.cpu_seconds, order.file_bytes)
        confine.arm(limits, scratch)
        status = verbs[order.verb](files[messages.TASK_FILE], files[messages.RESULT_FILE])
    except BaseException:  # noqa: BLE001 — the log tells it; the process must end here in any case
        traceback.print_exc()
    finally:
        _flush()
        os._exit(status)


def _answer(function: Callable[[Task], Any], kind: type[Task], task: int) -> Answer:
    try:
        with os.fdopen(task, "rb") as opened:
            body = opened.read()
        return Answer(result=msgspec.Raw(messages.pack(function(messages.unpack(body, kind)))))
    except TenureError as error:
        return Answer(failure=messages.failure_of(error))
    except MemoryError:
        traceback.print_exc()
        raise
    except (Exception, SystemExit) as error:  # whatever a recipe raises is told as a failure
        traceback.print_exc()
        if is_of_memory(error):
            raise MemoryError from error
        why = f"{type(error).__name__}: {error}"
        return Answer(failure=Failure(Kind.FAILED, "run.crashed", f"the task failed: {why}"))


def is_of_memory(error: BaseException) -> bool:
    """Return whether an error says that there is no memory left, in whichever library's words."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _ALLOCATIONS)


def _settle(files: list[int], scratch: Path | None) -> None:
    """Take over stdout, stderr and the scratch folder; close every file of the zygote."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = files[messages.LOG_FILE]
    os.dup2(log, 1)
    os.dup2(log, 2)
    begin = 3
    for kept in sorted((files[messages.TASK_FILE], files[messages.RESULT_FILE])):
        if begin < kept:  # an empty range would be taken for all files
            os.closerange(begin, kept)
        begin = kept + 1
    os.closerange(begin, os.sysconf("SC_OPEN_MAX"))
    os.chdir(scratch or "/")
    if scratch is not None:
        tempfile.tempdir = str(scratch)
        os.environ["TMPDIR"] = str(scratch)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s", force=True)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # the log is full; the task's end matters more
            continue
