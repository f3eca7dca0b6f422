"""CPU time and wall time of processes, to the nanosecond where the kernel says it."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import check

_CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the process's clock, all its threads, ended ones too
_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _FIRST, _LAST = 1, 11, 15  # of /proc/pid/stat behind the name: ppid; utime … cstime


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run of a command cost."""

    cpu: float
    wall: float
    output: str


def spent(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end; its children count as soon as it has waited for them."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None  # noqa: S101  # asked for above
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 0, f"{command} ended with {process.returncode}: {output}")
    return Spent(usage.ru_utime + usage.ru_stime, wall, output)


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process without its children."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def cpu_here() -> float:
    """Return the CPU seconds of this process, of its living descendants and what they reaped."""
    stats = _stats()
    family = _family(os.getpid(), stats)
    ticks = sum(
        sum(map(int, stats[pid][_FIRST:_LAST])) for pid in family - {os.getpid()} if pid in stats
    )
    return time.process_time() + ticks / _TICKS


def family_of(pid: int) -> frozenset[int]:
    """Return a process and its living descendants."""
    return frozenset(_family(pid, _stats()))


def cpu_of_all(pids: Iterable[int]) -> float:
    """Return the CPU seconds of processes that go on living."""
    return sum(map(cpu_of, pids))


def _family(pid: int, stats: Mapping[int, Sequence[str]]) -> set[int]:
    family = {pid}
    while more := {p for p, f in stats.items() if int(f[_PARENT]) in family and p not in family}:
        family |= more
    return family


def _stats() -> dict[int, list[str]]:
    return {pid: fields for pid, fields in map(_stat, _pids()) if fields}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until(claim: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Return once the claim holds; fail when it never does."""
    until = time.monotonic() + seconds
    while not claim():
        check(time.monotonic() < until, f"waited {seconds:.0f} s for {what}")
        time.sleep(0.005)


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _stat(pid: int) -> tuple[int, list[str]]:
    try:
        return pid, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return pid, []
