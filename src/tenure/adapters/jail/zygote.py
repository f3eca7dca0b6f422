"""The process that has the libraries loaded and forks one confined process per order.

It never reads a task: files are handed through, so no client's data stays in its memory. It ends,
and kills what it forked, when the worker's end of the control socket closes.
"""

import gc
import os
import selectors
import shutil
import signal
import socket
import struct
from collections.abc import Mapping
from typing import NoReturn

from tenure.adapters.jail import inmate, messages
from tenure.adapters.jail.inmate import Work
from tenure.adapters.jail.messages import Order

READY = b"R"
LENGTH = struct.Struct("<I")
STATUS = struct.Struct("<i")


def serve(verbs: Mapping[str, Work]) -> NoReturn:
    """Take orders from the socket on stdin until it closes. Call it once, in a main program."""
    control = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 — a bare file descriptor is wanted
        os.dup2(nothing.fileno(), 0)
    gc.collect()
    gc.freeze()  # forked processes then share these pages for longer
    _Zygote(control, verbs).run()


class _Zygote:
    def __init__(self, control: socket.socket, verbs: Mapping[str, Work]) -> None:
        self._control = control
        self._verbs = verbs
        self._selector = selectors.DefaultSelector()
        self._alive: dict[int, socket.socket] = {}  # process id → its status socket
        self._scratch: dict[int, str] = {}  # process id → its folder, the worker's to remove
        self._wake, waker = socket.socketpair()
        self._wake.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)

    def run(self) -> NoReturn:
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._control.sendall(READY)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    self._take_order()
                elif key.fileobj is self._wake:
                    self._wake.recv(4096)
                    self._reap()
                elif key.data in self._alive:  # the worker has lost interest
                    self._selector.unregister(key.fileobj)
                    os.kill(key.data, signal.SIGKILL)

    def _take_order(self) -> None:
        head, files, _, _ = socket.recv_fds(self._control, LENGTH.size, messages.HANDED_OVER)
        if len(head) < LENGTH.size:
            self._end()
        body = self._control.recv(LENGTH.unpack(head)[0], socket.MSG_WAITALL)
        order = messages.unpack(body, Order)
        zygote = os.getpid()
        child = os.fork()
        if child == 0:
            inmate.live(order, files, self._verbs, zygote)
        for file in files[: messages.STATUS_SOCKET]:
            os.close(file)
        status = socket.socket(fileno=files[messages.STATUS_SOCKET])
        self._alive[child] = status
        self._scratch[child] = order.scratch
        self._selector.register(status, selectors.EVENT_READ, data=child)

    def _reap(self) -> None:
        """Tell the worker of every process that has ended."""
        while self._alive:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            told = self._alive.pop(child)
            scratch = self._scratch.pop(child)
            if told in self._selector.get_map():
                self._selector.unregister(told)
            with told:
                try:
                    told.send(STATUS.pack(os.waitstatus_to_exitcode(status)))
                except OSError:  # the worker is not listening any more, so does not clear up
                    _remove(scratch)

    def _end(self) -> NoReturn:
        """Kill what lives and remove its folders: the worker is gone or wants no more."""
        for child, scratch in self._scratch.items():
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            _remove(scratch)
        os._exit(0)


def _remove(scratch: str) -> None:
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
