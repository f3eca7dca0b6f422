"""The inner side: a guest is loaded, asked, and told from others by its frames."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tenure.adapters.jail import frames, hosted, messages
from tests.adapters.jail.guests import MEAN, NUMBERS, PROGRAM, files


@contextmanager
def guest(code: str) -> Iterator[tuple[int, int]]:
    """Host a guest in a process without a jail; give our end of the wire and the process id."""
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as task:
        task.write(messages.pack(hosted.Guest(files(code), NUMBERS)))
        task.flush()
        task.seek(0)
        ends = (task.fileno(), theirs.fileno())
        process = subprocess.Popen([*PROGRAM, *map(str, ends)], pass_fds=ends)
        theirs.close()
        yield ours.fileno(), process.pid
        ours.close()
        process.wait(30)


def test_a_guest_says_who_it_is_then_that_it_is_ready_then_answers() -> None:
    with guest(MEAN) as (wire, pid):
        assert frames.receive(wire)[:2] == (frames.STARTED, pid)
        assert frames.receive(wire)[0] == frames.READY
        frames.send(wire, frames.BLOCK, np.array([1.0, 3.0]).tobytes(), 7, 1)
        kind, number, rows, body = frames.receive(wire)
        assert (kind, number, rows) == (frames.OUTPUTS, 7, 1)
        assert np.frombuffer(bytes(body)).tolist() == [2.0]
        frames.send(wire, frames.COLUMNS, messages.pack({"a": [1.0]}), 8, 1)
        kind, number, _, body = frames.receive(wire)
        assert (kind, number) == (frames.FAILED, 8)
        assert bytes(body).startswith(b"KeyError at python.py:")  # its words might be a client's


def test_a_guest_that_cannot_be_loaded_says_why() -> None:
    with guest("raise RuntimeError('no luck')") as (wire, _):
        frames.receive(wire)
        kind, _, _, body = frames.receive(wire)
        failure = messages.unpack(bytes(body), messages.Failure)
        assert (kind, failure.code) == (frames.REFUSED, "version.unreadable")
        assert "no luck" in failure.message
