"""A hosted process as serving sees it: what it says in time, what it holds, and how it ended."""

import os
import socket
import time

import pytest

from tenure.adapters.jail import frames, processes
from tenure.adapters.jail.inmate import OUT_OF_MEMORY
from tenure.core.hosting import Hosting


def test_an_answer_drop_by_drop_is_late() -> None:
    mine, theirs = socket.socketpair()
    with mine, theirs:
        theirs.send(b"x")
        with pytest.raises(TimeoutError):
            processes.received(mine, 100, 0.0)


def test_a_wire_that_is_closed_in_the_middle_of_an_answer_has_ended() -> None:
    mine, theirs = socket.socketpair()
    with mine:
        theirs.send(b"x")
        theirs.close()
        with pytest.raises(frames.Ended):
            processes.received(mine, 100, time.monotonic() + 20)


def test_the_end_of_a_process_is_told_by_its_cause() -> None:
    bounds = Hosting()
    of_memory, by_signal, unknown = (
        processes.ended(code, bounds) for code in (OUT_OF_MEMORY, -11, None)
    )
    assert of_memory.code == "model.out_of_memory"
    assert f"more memory than {bounds.memory_bytes >> 20} MiB" in of_memory.message
    assert (by_signal.code, unknown.code) == ("model.crashed", "model.crashed")
    assert "with -11" in by_signal.message


def test_a_process_holds_something_and_one_that_is_gone_counts_as_little() -> None:
    assert processes.own_bytes(os.getpid()) > processes.own_bytes(2**22 + 1) > 0
