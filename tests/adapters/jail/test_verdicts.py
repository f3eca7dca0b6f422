"""How a task can end, and what is said about it; nobody's death leaves anything behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.core.errors import TenureError
from tests.adapters.jail.attempts import PROGRAM, attempt, children, is_alive, task

ITS_OWN_END = 60
"""When a slow task would end if nobody killed it, in seconds."""


@pytest.fixture(scope="module")
def trainer() -> Iterator[JailedTrainer]:
    jailed = JailedTrainer(PROGRAM)
    yield jailed
    jailed.close()


def verdict(trainer: JailedTrainer, trick: str, **params: object) -> TenureError:
    with pytest.raises(TenureError) as caught:
        attempt(trainer, trick, **params)
    return caught.value


def until(holds: Callable[[], object]) -> None:
    """Wait until something holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    return not is_alive(pid)


def zygote_of(trainer: JailedTrainer) -> int:
    pid = trainer._keeper.pid
    assert pid is not None
    return pid


def test_more_memory_than_allowed_is_out_of_memory(trainer: JailedTrainer) -> None:
    error = verdict(trainer, "hog", memory_bytes=64 * 1024**2)
    assert error.code == "run.out_of_memory"
    assert "64 MiB" in error.message


def test_a_library_that_aborts_for_lack_of_memory_is_out_of_memory(trainer: JailedTrainer) -> None:
    assert verdict(trainer, "abort").code == "run.out_of_memory"


@pytest.mark.parametrize("trick", ["spin", "slow"])
def test_past_its_deadline_a_task_is_killed(trainer: JailedTrainer, trick: str) -> None:
    began = time.monotonic()
    error = verdict(trainer, trick, minutes=0.3 / 60, seconds=ITS_OWN_END)
    assert error.code == "run.timed_out"
    assert time.monotonic() - began < ITS_OWN_END
    until(lambda: not children(zygote_of(trainer)))


def test_a_crash_is_told_with_its_signal(trainer: JailedTrainer) -> None:
    error = verdict(trainer, "crash")
    assert error.code == "run.crashed"
    assert "SIGSEGV" in error.message


def test_an_exit_of_its_own_is_a_crash(trainer: JailedTrainer) -> None:
    assert "exit code 3" in verdict(trainer, "leave", status=3).message
    assert verdict(trainer, "leave", status=0).code == "run.crashed"
    assert "SystemExit: enough" in verdict(trainer, "quit").message


def test_an_exception_is_told_with_the_last_lines_of_the_log(trainer: JailedTrainer) -> None:
    error = verdict(trainer, "chatter")
    assert error.code == "run.crashed"
    assert "ValueError: this is no window" in error.message
    assert "ValueError: this is no window" in error.hint
    assert "line 1\n" not in error.hint


def test_an_answer_that_is_none_is_a_crash(trainer: JailedTrainer) -> None:
    error = verdict(trainer, "forge")
    assert error.code == "run.crashed"
    assert "no readable result" in error.message


def test_one_failure_after_another_leaves_the_zygote_as_it_was(trainer: JailedTrainer) -> None:
    before = zygote_of(trainer)
    for trick in ("crash", "quit", "forge"):
        verdict(trainer, trick)
    assert attempt(trainer, "in_a_thread") == "from a thread"
    assert zygote_of(trainer) == before


def test_a_task_whose_zygote_is_killed_is_done_again(trainer: JailedTrainer) -> None:
    attempt(trainer, "in_a_thread")
    before = zygote_of(trainer)
    told: list[str] = []
    thread = threading.Thread(
        target=lambda: told.append(attempt(trainer, "slow", seconds=1)), daemon=True
    )
    thread.start()
    until(lambda: children(before))
    working = children(before)[0]
    os.kill(before, signal.SIGKILL)
    until(lambda: not is_alive(working))  # nobody is left to do it in secret
    thread.join(20)
    assert told == ["slept"]
    assert zygote_of(trainer) != before


def test_a_task_whose_zygote_is_killed_twice_has_crashed(trainer: JailedTrainer) -> None:
    attempt(trainer, "in_a_thread")
    told: list[TenureError] = []
    thread = threading.Thread(
        target=lambda: told.append(verdict(trainer, "slow", seconds=30)), daemon=True
    )
    thread.start()
    for _ in range(2):
        until(lambda: (pid := trainer._keeper.pid) and children(pid))
        before = zygote_of(trainer)
        os.kill(before, signal.SIGKILL)
        until(partial(is_gone, before))
    thread.join(20)
    assert [error.code for error in told] == ["run.crashed"]
    assert "twice" in told[0].message


def test_an_idle_zygote_that_is_killed_is_replaced_unnoticed(trainer: JailedTrainer) -> None:
    attempt(trainer, "in_a_thread")
    before = zygote_of(trainer)
    os.kill(before, signal.SIGKILL)
    assert attempt(trainer, "in_a_thread") == "from a thread"
    assert zygote_of(trainer) != before


def test_a_zygote_that_cannot_start_is_told_with_its_words() -> None:
    broken = JailedTrainer((sys.executable, "-c", "raise SystemExit('no library here')"))
    with pytest.raises(TenureError) as caught:
        broken.train(task("in_a_thread"))
    assert caught.value.code == "jail.not_started"
    assert "no library here" in caught.value.hint
    broken.close()


def test_closing_ends_the_zygote_and_may_be_repeated() -> None:
    jailed = JailedTrainer(PROGRAM)
    jailed.start()
    zygote = zygote_of(jailed)
    jailed.close()
    jailed.close()
    assert not is_alive(zygote)


def test_closing_ends_a_task_for_good() -> None:
    jailed = JailedTrainer(PROGRAM)
    attempt(jailed, "in_a_thread")
    told: list[TenureError] = []
    thread = threading.Thread(
        target=lambda: told.append(verdict(jailed, "slow", seconds=60)), daemon=True
    )
    thread.start()
    until(lambda: children(zygote_of(jailed)))
    jailed.close()
    thread.join(20)
    assert [error.code for error in told] == ["jail.not_started"]
    assert jailed._keeper.pid is None


def test_a_killed_worker_takes_zygote_tasks_and_their_folders_with_it(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tenure.adapters.jail.trainer import JailedTrainer\n"
        "from tests.adapters.jail.attempts import PROGRAM, task\n"
        "trainer = JailedTrainer(PROGRAM, Path(sys.argv[1]))\n"
        "trainer.start()\n"
        "print(trainer._keeper.pid, flush=True)\n"
        "trainer.train(task('slow', seconds=60))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        zygote = int(worker.stdout.readline())
        until(lambda: children(zygote))
        working = children(zygote)[0]
        worker.kill()
        until(lambda: not is_alive(zygote) and not is_alive(working))
    assert list(tmp_path.iterdir()) == []
