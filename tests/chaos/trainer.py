"""`ports.training.Trainer` in this process: the house's recipes without walls around them.

For tests that kill whole processes and would otherwise wait for a jail to start. A deadline is
looked at when the work is done, because nobody can end a thread.
"""

import logging
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from tenure.adapters.frameworks import registry
from tenure.adapters.frameworks.foreign import asking, coded, compiling
from tenure.adapters.jail import surroundings
from tenure.core.errors import Kind, TenureError
from tenure.core.packages import top_of
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
    Seen,
    TrainResult,
    TrainTask,
    Watch,
)

T = TypeVar("T")
R = TypeVar("R")
_RECIPES = logging.getLogger("tenure.recipe")


class OpenTrainer:
    """Trains and scores in the calling thread."""

    def train(self, task: TrainTask, watch: Watch | None = None) -> TrainResult:
        began = time.monotonic()
        with _listening() as said:
            result = _told(registry.train, task)
        if time.monotonic() - began > task.minutes * 60:
            raise TenureError(Kind.FAILED, "run.timed_out", f"not done in {task.minutes:g} minutes")
        log = "\n".join(said)
        if watch is not None:
            watch(Seen(Told(), log))
        return replace(result, log_tail=log)

    def fit(self, task: FitTask, watch: Watch | None = None) -> Fitted:
        told = Told()
        with tempfile.TemporaryDirectory() as folder:
            path, known = sys.path[:], set(sys.modules)
            try:
                return _told(lambda given: coded.fit(given, told, Path(folder)), task)
            finally:
                if watch is not None:
                    watch(Seen(told, ""))
                sys.path[:] = path
                for name in top_of(task.entry), *(set(sys.modules) - known):
                    if name.partition(".")[0] == top_of(task.entry):
                        sys.modules.pop(name, None)

    def score(self, task: ScoreTask) -> list[list[float]]:
        return _told(registry.score, task)

    def adopt(self, task: AdoptTask) -> Adopted:
        return _told(compiling.adopt, task)

    def answer(self, task: AnswerTask) -> Answered:
        return _told(asking.answer, task)

    def surroundings(self) -> Surroundings:
        return surroundings.look()

    def close(self) -> None:
        """There is nothing to end."""


def _told(work: Callable[[T], R], task: T) -> R:
    """Do the work; whatever goes wrong is told as the port says."""
    try:
        return work(task)
    except TenureError:
        raise
    except MemoryError as error:
        raise TenureError(Kind.FAILED, "run.out_of_memory", "no memory is left") from error
    except Exception as error:  # whatever a recipe raises is told as a failure
        why = f"{type(error).__name__}: {error}"
        raise TenureError(Kind.FAILED, "run.crashed", f"the task failed: {why}") from error


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what recipes log in this thread."""
    said: list[str] = []
    ear = _Ear(said)
    _RECIPES.setLevel(logging.INFO)
    _RECIPES.addHandler(ear)
    try:
        yield said
    finally:
        _RECIPES.removeHandler(ear)


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._said.append(record.getMessage())
