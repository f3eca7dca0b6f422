"""The worker's side of the zygote: starts it, hands orders over, starts it again when it died."""

import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Sequence

from tenure.adapters.jail.zygote import LENGTH, READY
from tenure.core.errors import Kind, TenureError

_START_SECONDS = 120.0  # importing the libraries on a busy machine
_END_SECONDS = 5.0
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # others reserve address space that limits count
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


class Keeper:
    """Keeps one zygote. Safe to use from several threads."""

    def __init__(self, program: Sequence[str]) -> None:
        self._program = list(program)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._closed = False
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 — lives as long as the keeper

    @property
    def pid(self) -> int | None:
        """The zygote's process id, None when none was started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the zygote without waiting for it; nothing happens when it is alive."""
        with self._lock:
            self._started()

    def order(self, body: bytes, files: list[int]) -> int:
        """Hand an order and its files to a zygote that is ready; return its process id.

        Raises `jail.not_started`.
        """
        with self._lock:
            for _ in range(2):  # the zygote may have died while it was idle
                control, pid = self._ready_control()
                try:
                    socket.send_fds(control, [LENGTH.pack(len(body)) + body], files)
                except OSError:
                    self._discard()
                else:
                    return pid
            raise self._not_started()

    def discard(self, pid: int) -> None:
        """End this zygote and what it forked, unless another has replaced it already.

        A zygote that is being killed may still seem alive while its sockets close one by one.
        """
        with self._lock:
            if self._process is not None and self._process.pid == pid:
                self._discard()

    def close(self) -> None:
        """End the zygote, and with it every process that it forked. No other is started."""
        with self._lock:
            self._closed = True
            self._discard()
            self._log.close()

    def _ready_control(self) -> tuple[socket.socket, int]:
        control, pid = self._started()
        if not self._ready:
            control.settimeout(_START_SECONDS)
            if control.recv(1) != READY:
                raise self._not_started()
            control.settimeout(None)
            self._ready = True
        return control, pid

    def _started(self) -> tuple[socket.socket, int]:
        if self._control is not None and self._process and self._process.poll() is None:
            return self._control, self._process.pid
        self._discard()
        if self._closed:
            raise TenureError(Kind.UNAVAILABLE, "jail.not_started", "the trainer is closed")
        mine, theirs = socket.socketpair()
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 — our own program
                self._program,
                stdin=theirs.fileno(),
                stdout=self._log,
                stderr=self._log,
                env={**passed, **_ENVIRONMENT},
                start_new_session=True,  # Ctrl-C is the worker's to handle
            )
        self._control = mine
        return mine, self._process.pid

    def _discard(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control, self._process, self._ready = None, None, False

    def _not_started(self) -> TenureError:
        self._discard()
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 2000))
        said = self._log.read().decode(errors="replace").strip()
        return TenureError(
            Kind.FAILED, "jail.not_started", "the training process did not start", hint=said
        )
