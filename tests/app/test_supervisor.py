"""The supervisor on real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tenure.app import child
from tenure.app.supervisor import Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def family(said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(os.environ, said.append)
    yield supervisor
    supervisor.stop(2.0)


def until(claim: Callable[[], bool], supervisor: Supervisor, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        supervisor.tend()
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_started_again(family: Supervisor, said: list[str]) -> None:
    family.start("worker", SLEEP)
    first = family.children["worker"].pid
    os.kill(first, signal.SIGKILL)
    until(lambda: family.children["worker"].pid not in {0, first}, family)
    assert said == ["worker ended (killed by SIGKILL); starts again in 0.2 s"]


def test_a_child_that_keeps_failing_is_tried_ever_more_rarely(
    family: Supervisor, said: list[str]
) -> None:
    family.start("api", [sys.executable, "-c", "raise SystemExit(3)"])
    until(lambda: family.children["api"].failures == 3, family)
    assert [words.split("; ")[1] for words in said] == [
        "starts again in 0.2 s",
        "starts again in 0.4 s",
        "starts again in 0.8 s",
    ]
    assert "exit code 3" in said[0]


def test_stopping_asks_first_and_kills_who_does_not_listen(family: Supervisor) -> None:
    polite = "import signal, time; signal.signal(15, lambda *_: exit(0)); print(flush=True)"
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True)"
    family.start("polite", [sys.executable, "-c", f"{polite}; time.sleep(60)"])
    family.start("stubborn", [sys.executable, "-c", f"{stubborn}; time.sleep(60)"])
    time.sleep(0.5)
    processes = [one.process for one in family.children.values()]
    family.stop(0.5)
    assert [process and process.returncode for process in processes] == [0, -signal.SIGKILL]


def test_children_die_with_a_parent_that_is_killed() -> None:
    """The parent starts a sleeping module through `child` and tells us its pid."""
    code = (
        "import subprocess, time; from tenure.app import child\n"
        "p = subprocess.Popen(child.command('http.server', '0', '--bind', '127.0.0.1'),"
        " stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)\n"
        "time.sleep(1); print(p.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    end = time.monotonic() + 5
    while is_alive(pid) and _state(pid) != "Z":
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_child_whose_parent_is_already_gone_does_not_start() -> None:
    line = child.command("http.server")
    line[3] = "1"  # nobody's parent here
    assert subprocess.run(line, timeout=20, check=False).returncode == 1


def _state(pid: int) -> str:
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def test_a_frozen_child_is_killed_and_started_again(said: list[str]) -> None:
    supervisor = Supervisor(os.environ, said.append, frozen_seconds=1.0)
    supervisor.start("worker", child.command("http.server", "0", "--bind", "127.0.0.1"))
    first = supervisor.children["worker"].pid
    heard = time.monotonic() + 1.0
    until(lambda: time.monotonic() > heard, supervisor)
    os.kill(first, signal.SIGSTOP)
    until(lambda: supervisor.children["worker"].pid not in {0, first}, supervisor, 30.0)
    supervisor.stop(2.0)
    assert said == [
        "worker is frozen (no sign of life for 1 s): killed",
        "worker ended (killed by SIGKILL); starts again in 0.2 s",
    ]


def test_a_child_that_never_beats_is_not_missed(said: list[str]) -> None:
    supervisor = Supervisor(os.environ, said.append, frozen_seconds=0.1)
    supervisor.start("worker", SLEEP)
    later = time.monotonic() + 0.5
    until(lambda: time.monotonic() > later, supervisor)
    supervisor.stop(2.0)
    assert said == []


def test_a_supervisor_that_slept_itself_kills_nobody(said: list[str]) -> None:
    """Nobody knows for how long the child was silent while nobody listened."""
    supervisor = Supervisor(os.environ, said.append, frozen_seconds=1.0)
    supervisor.start("worker", child.command("http.server", "0", "--bind", "127.0.0.1"))
    heard = time.monotonic() + 1.0
    until(lambda: time.monotonic() > heard, supervisor)
    os.kill(supervisor.children["worker"].pid, signal.SIGSTOP)
    time.sleep(0.1)
    supervisor.tend()  # takes what it had said before
    time.sleep(1.5)
    supervisor.tend()
    os.kill(supervisor.children["worker"].pid, signal.SIGCONT)
    supervisor.stop(2.0)
    assert said == []
