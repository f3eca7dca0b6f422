"""`ports.frames.LogWriter`: appends frames to a segment that no other process writes.

The segment is locked while its writer lives; the kernel lets go when the process dies, and the
reader then knows that a torn tail will never be finished.
"""

import fcntl
import os
import re
import threading
import time
from pathlib import Path

from tenure.adapters.framelog import codec
from tenure.core.errors import Kind, TenureError, invalid
from tenure.ports.frames import Frame

SUFFIX = ".seg"
_PROCESS = re.compile(r"[A-Za-z0-9_-]{1,100}")


class SegmentWriter:
    """Thread-safe. `process` must be unique per start; with `sync` an append is also on disk.

    Without `sync` a frame survives the death of the process, not that of the machine.
    """

    def __init__(
        self, root: Path, process: str, *, sync: bool = False, max_bytes: int = 64 << 20
    ) -> None:
        if _PROCESS.fullmatch(process) is None:
            raise invalid("log.bad_process", f"{process!r} cannot name a process")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._process = process
        self._sync = sync
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._descriptor = -1  # opened by the first append: an idle process leaves no file
        self._count = 0
        self._bytes = 0
        self._seed = 0

    def append(self, frame: Frame) -> None:
        """Append one frame; raise `log.write_failed` when it was not written."""
        with self._lock:
            try:
                if self._descriptor < 0:
                    self._open()
                self._write(codec.encode(frame, self._seed))
            except OSError as error:
                raise _failed(error) from error
            if self._bytes >= self._max_bytes:
                self._end()

    def close(self) -> None:
        with self._lock:
            if self._descriptor >= 0:
                self._end()

    def _open(self) -> None:
        """Lock the file before anybody can see it: an unlocked segment has no writer."""
        name = f"{time.time_ns() // 1000:017d}-{self._process}-{self._count:05d}{SUFFIX}"
        draft = self._root / f".{name}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _write_all(descriptor, codec.MAGIC)
            draft.rename(self._root / name)
            if self._sync:
                _sync_folder(self._root)
        except OSError:
            os.close(descriptor)
            draft.unlink(missing_ok=True)
            raise
        self._descriptor, self._bytes = descriptor, len(codec.MAGIC)
        self._count += 1
        self._seed = codec.seed_of(name)

    def _write(self, data: bytes) -> None:
        try:
            _write_all(self._descriptor, data)
            if self._sync:
                os.fdatasync(self._descriptor)
        except OSError:
            self._cut()
            raise
        self._bytes += len(data)

    def _cut(self) -> None:
        """Take half a frame back, so that the next one follows a whole one."""
        try:
            os.ftruncate(self._descriptor, self._bytes)
        except OSError:  # the reader will count the rest as a gap; go on in another segment
            self._abandon()

    def _end(self) -> None:
        try:
            _write_all(self._descriptor, codec.end_mark(self._seed))
        except OSError:  # the mark is a courtesy: without the lock the segment has ended too
            self._cut()
        finally:
            self._abandon()

    def _abandon(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(error: OSError) -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE,
        "log.write_failed",
        f"the prediction log cannot be written: {error.strerror}",
        hint="free some space on the home's disk; `tenure doctor` shows it",
    )
