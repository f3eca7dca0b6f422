"""`ports.frames.LogReader` over a folder of segments.

A torn tail waits while its writer lives. Damage is stepped over to the next whole frame and
counted; so is the torn tail of a writer that died. Never changes what a segment holds.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from tenure.adapters.framelog import codec
from tenure.adapters.framelog.writer import SUFFIX
from tenure.core.errors import Kind, TenureError, invalid, not_found
from tenure.ports.frames import Frame, Reading

_NAME = re.compile(r"[A-Za-z0-9_-]+\.seg")


class SegmentReader:
    """Reads what any number of `SegmentWriter`s append to `root`."""

    def __init__(self, root: Path) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root

    def segments(self) -> list[str]:
        return sorted(path.name for path in self._root.glob(f"[!.]*{SUFFIX}"))

    def read(self, segment: str, offset: int, limit_bytes: int) -> Reading:
        """Return whole frames; raise `log.segment_not_found` or `log.unknown_format`."""
        with self._opened(segment) as descriptor:
            return _Scan(segment, descriptor).read(offset, limit_bytes)

    def is_spent(self, segment: str, offset: int, before: datetime) -> bool:
        with self._opened(segment) as descriptor:
            status = os.fstat(descriptor)
            if status.st_size != offset or status.st_mtime >= before.timestamp():
                return False
            # the size again: it may have grown before its writer let go
            return _has_no_writer(descriptor) and os.fstat(descriptor).st_size == offset

    def remove(self, segment: str) -> None:
        self._path(segment).unlink(missing_ok=True)

    def _path(self, segment: str) -> Path:
        if _NAME.fullmatch(segment) is None:
            raise invalid("log.bad_segment", f"{segment!r} cannot name a segment")
        return self._root / segment

    @contextmanager
    def _opened(self, segment: str) -> Iterator[int]:
        try:
            descriptor = os.open(self._path(segment), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise not_found("log.segment_not_found", f"there is no segment {segment}") from None
        try:
            yield descriptor
        finally:
            os.close(descriptor)


class _Scan:
    """One reading of one segment."""

    def __init__(self, segment: str, descriptor: int) -> None:
        self._segment = segment
        self._descriptor = descriptor
        self._seed = codec.seed_of(segment)
        self._end_mark = codec.end_mark(self._seed)
        self._size = os.fstat(descriptor).st_size

    def read(self, offset: int, limit_bytes: int) -> Reading:
        frames: list[Frame] = []
        position, gap = max(offset, self._first()), 0
        until = position + max(limit_bytes, 1)
        while position < min(until, self._size):
            frame, end = self._frame(position)
            if frame is not None:
                frames.append(frame)
            elif end == position:  # neither a frame nor the end mark
                end = self._resume(position)
                gap += self._without_end_mark(end) - position
            if end == position:
                break
            position = end
        return Reading(self._segment, tuple(frames), position, gap)

    def _first(self) -> int:
        magic = os.pread(self._descriptor, len(codec.MAGIC), 0)
        if magic[:-1] == codec.MAGIC[:-1] and magic != codec.MAGIC:
            raise TenureError(
                Kind.FAILED,
                "log.unknown_format",
                f"format {magic[-1]} was written by another Tenure; this one reads {codec.FORMAT}",
                where=self._segment,
                hint="run the worker and serving from the same installation",
            )
        return len(codec.MAGIC)

    def _frame(self, position: int) -> tuple[Frame | None, int]:
        """Return the frame at `position` and its end; `(None, position)` when there is none."""
        head = os.pread(self._descriptor, codec.HEAD.size, position)
        if len(head) < codec.HEAD.size:
            return None, position
        if head == self._end_mark:
            return None, position + len(head)
        length, crc = codec.HEAD.unpack(head)
        if not 0 < length <= self._size - position - len(head):
            return None, position
        payload = os.pread(self._descriptor, length, position + len(head))
        frame = _decoded(payload, crc, self._seed)
        return frame, position + len(head) + length if frame is not None else position

    def _resume(self, position: int) -> int:
        """Return where reading goes on after damage: `position` itself means later."""
        following = self._next_frame(position + 1)
        if following is not None:
            return following
        if not _has_no_writer(self._descriptor):
            return position
        size, self._size = self._size, os.fstat(self._descriptor).st_size
        if size != self._size:  # written between our look at the size and the writer's end
            return self._next_frame(position) or self._size
        return size

    def _next_frame(self, start: int) -> int | None:
        rest = os.pread(self._descriptor, self._size - start, start)
        at = rest.find(codec.MARK, codec.HEAD.size)
        while at >= 0:
            length, crc = codec.HEAD.unpack_from(rest, at - codec.HEAD.size)
            whole = at + length <= len(rest)
            if whole and _decoded(rest[at : at + length], crc, self._seed) is not None:
                return start + at - codec.HEAD.size
            at = rest.find(codec.MARK, at + 1)
        return None

    def _without_end_mark(self, end: int) -> int:
        mark = len(self._end_mark)
        tail = os.pread(self._descriptor, mark, end - mark)
        return end - mark if end == self._size and tail == self._end_mark else end


def _decoded(payload: bytes, crc: int, seed: int) -> Frame | None:
    try:
        return codec.decode(payload, crc, seed)
    except (pa.ArrowException, UnicodeDecodeError):  # the CRC passed by chance: damage all the same
        return None


def _has_no_writer(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True
