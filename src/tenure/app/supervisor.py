"""Keeps child processes alive: starts them, restarts what crashes with backoff, stops them all.

A child that is frozen is killed: what it holds (a lock, a lease) is wanted by others. It looks at
processes and nothing else; what they do is their own business.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tenure.app.heartbeat import FROZEN_SECONDS, Pulse

_FIRST_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 10.0
_STEADY_SECONDS = 30.0  # a child that lived so long has recovered
_DRAIN_SECONDS = 10.0


@dataclass(slots=True)
class Child:
    """One process that should be running. Times are `time.monotonic()`."""

    name: str
    command: list[str]
    descriptors: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    pulse: Pulse | None = None
    failures: int = 0
    started_at: float = 0.0
    start_after: float = 0.0

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def stop_listening(self) -> None:
        """Close the pipe on which it beats; it is not missed from here on."""
        if self.pulse:
            self.pulse.close()
            self.pulse = None


class Supervisor:
    """Children by name, in the order in which they were started."""

    def __init__(
        self,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        *,
        frozen_seconds: float = FROZEN_SECONDS,
    ) -> None:
        self._environment = dict(environment)
        self._say = say
        self._frozen_seconds = frozen_seconds
        self._looked_at = time.monotonic()
        self.children: dict[str, Child] = {}

    def start(self, name: str, command: list[str], descriptors: Sequence[int] = ()) -> None:
        """Start a child, which inherits the descriptors, and keep it running from then on."""
        child = Child(name, command, descriptors)
        self.children[name] = child
        self._spawn(child)

    def tend(self) -> None:
        """Look once at every child; start again those that ended, when their backoff is over."""
        now = time.monotonic()
        passed, self._looked_at = now - self._looked_at, now
        for child in self.children.values():
            if child.process is None:
                if now >= child.start_after:
                    self._spawn(child)
            elif (code := child.process.poll()) is not None:
                self._note_end(child, code, now)
            else:
                self._check_pulse(child, passed)

    def stop(self, seconds: float = _DRAIN_SECONDS) -> None:
        """Ask every child to end; kill those that are still there after `seconds`."""
        alive = [c.process for c in self.children.values() if c.process is not None]
        for process in alive:
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + seconds
        for process in alive:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in self.children.values():
            child.stop_listening()

    def _spawn(self, child: Child) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us and we drain it."""
        child.pulse = Pulse()
        child.process = subprocess.Popen(  # noqa: S603  # our own modules
            child.command,
            env={**self._environment, **child.pulse.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(*child.descriptors, child.pulse.file),
        )
        child.pulse.handed_over()
        child.started_at = time.monotonic()

    def _check_pulse(self, child: Child, passed: float) -> None:
        """Kill a child that has fallen silent; its end is noted at the next look."""
        if child.process and child.pulse:
            silent = child.pulse.silent_seconds(passed)
            if silent > self._frozen_seconds:
                self._say(f"{child.name} is frozen (no sign of life for {silent:.0f} s): killed")
                child.process.kill()
                child.stop_listening()  # it is killed once, however long its end takes

    def _note_end(self, child: Child, code: int, now: float) -> None:
        lived = now - child.started_at
        child.failures = 1 if lived >= _STEADY_SECONDS else child.failures + 1
        wait = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** (child.failures - 1))
        child.process, child.start_after = None, now + wait
        child.stop_listening()
        self._say(f"{child.name} ended ({_how(code)}); starts again in {wait:.1f} s")


def _how(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
