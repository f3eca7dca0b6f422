"""`ports.access.AccessLog` as JSON lines: appended to a file, or to the standard output.

A thread writes what came within a moment, in whole lines, so that several processes may share a
file. A file that was renamed or removed (by logrotate) is opened anew: no signal is needed.
"""

import logging
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tenure.adapters.telemetry.later import Later
from tenure.ports.access import FIELDS, OK, STATUS_CODE, Line

PAUSE_SECONDS = 0.25
"""Seldom, because each time threads that answer have to share the interpreter."""
MAX_LINES = 20_000
"""So many wait at most: some ten megabytes, or what a busy process answers in two seconds."""
_TOGETHER = 100
"""Lines of one write: between writes the threads that answer get their turn."""
_Record: Any = msgspec.defstruct(
    "_Record", [(name, object, None) for name in FIELDS], omit_defaults=True, gc=False
)
"""A line with its names: None is not written."""
_log = logging.getLogger(__name__)


class AccessFile:
    """Appends to `path`, or to the standard output when it is None.

    Of the requests that went well a random `share` (0…1) is written, of the others all.
    """

    def __init__(
        self, path: Path | None, *, share: float = 1.0, max_lines: int = MAX_LINES
    ) -> None:
        self._path = path
        self._share = share
        self._lost = 0  # changed by the thread
        self._told = 0
        self._file: int | None = None
        self._failing = False
        self._encoder = msgspec.json.Encoder()
        self._later = Later("tenure-access", self._write, most=max_lines, pause=PAUSE_SECONDS)

    def put(self, line: Line) -> None:
        if self._share < 1.0 and line[STATUS_CODE] == OK and random.random() >= self._share:  # noqa: S311  # a sample
            return
        self._later.put(line)

    @property
    def dropped_lines(self) -> int:
        return self._later.dropped + self._lost

    def close(self) -> None:
        self._later.close()
        if self._file is not None and self._path is not None:
            os.close(self._file)
        self._file = None

    def _write(self, lines: list[Line]) -> None:
        for start in range(0, len(lines), _TOGETHER):
            some = lines[start : start + _TOGETHER]
            records = [_record(line) for line in some]
            if self.dropped_lines > self._told:
                records.append({"time": datetime.now(UTC), "dropped_lines": self.dropped_lines})
            try:
                _write_all(self._opened(), self._encoder.encode_lines(records))
            except OSError as error:
                self._lost += len(some)
                if not self._failing:
                    _log.error("the access log cannot be written: %s", error)  # no trace
                self._failing = True
            else:
                self._told = self.dropped_lines if len(records) > len(some) else self._told
                self._failing = False

    def _opened(self) -> int:
        if self._path is None:
            self._file = sys.stdout.fileno()
        elif self._file is None or not _is_at(self._file, self._path):
            if self._file is not None:
                os.close(self._file)
                self._file = None
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self._path, flags, 0o600)
        return self._file


def _record(line: Line) -> Any:
    return _Record(datetime.fromtimestamp(line[0] / 1e6, UTC), *line[1:])


def _is_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _write_all(file: int, data: bytes) -> None:
    """Write in one go as a rule; a pipe may take it in parts."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
