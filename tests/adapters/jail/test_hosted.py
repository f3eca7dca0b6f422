"""The inner side: a guest is loaded, asked, and told from others by its frames."""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from tenure.adapters.frameworks.foreign import python
from tenure.adapters.jail import frames, hosted, messages
from tests.adapters.jail.guests import MEAN, NUMBERS, files


@contextmanager
def guest(code: str) -> Iterator[int]:
    """Host a guest in a thread, without a jail and with an output of its own; give our end."""
    ours, theirs = socket.socketpair()
    with ours, tempfile.TemporaryFile() as task:
        task.write(messages.pack(hosted.Guest(files(code), NUMBERS)))
        task.flush()
        task.seek(0)
        work = hosted.host(python.load)
        ends = [os.dup(task.fileno()), theirs.detach()]
        thread = threading.Thread(target=work, args=ends)
        thread.start()
        yield ours.fileno()
        ours.shutdown(socket.SHUT_RDWR)
        thread.join()
        os.close(ends[1])


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted, "_hush", lambda: None)
    monkeypatch.setattr(hosted, "_NICENESS", 0)


def test_a_guest_says_who_it_is_then_that_it_is_ready_then_answers() -> None:
    with guest(MEAN) as wire:
        assert frames.receive(wire)[:2] == (frames.STARTED, os.getpid())
        assert frames.receive(wire)[0] == frames.READY
        frames.send(wire, frames.BLOCK, np.array([1.0, 3.0]).tobytes(), 7, 1)
        kind, number, rows, body = frames.receive(wire)
        assert (kind, number, rows) == (frames.OUTPUTS, 7, 1)
        assert np.frombuffer(bytes(body)).tolist() == [2.0]
        frames.send(wire, frames.COLUMNS, messages.pack({"a": [1.0]}), 8, 1)
        kind, number, _, body = frames.receive(wire)
        assert (kind, number, bytes(body)) == (frames.FAILED, 8, b"KeyError: 'b'")


def test_a_guest_that_cannot_be_loaded_says_why() -> None:
    with guest("raise RuntimeError('no luck')") as wire:
        frames.receive(wire)
        kind, _, _, body = frames.receive(wire)
        failure = messages.unpack(bytes(body), messages.Failure)
        assert (kind, failure.code) == (frames.REFUSED, "version.unreadable")
        assert "no luck" in failure.message
