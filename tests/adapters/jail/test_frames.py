"""Frames arrive whole, however they are cut on the way, and an end is an end."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.jail import frames


@given(st.binary(max_size=200_000), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_a_frame_comes_out_as_it_went_in(body: bytes, number: int, rows: int) -> None:
    out, into = os.pipe()
    sender = threading.Thread(target=frames.send, args=(into, frames.BLOCK, body, number, rows))
    sender.start()
    assert frames.receive(out) == (frames.BLOCK, number, rows, bytearray(body))
    sender.join()
    os.close(into)
    with pytest.raises(frames.Ended):
        frames.receive(out)
    os.close(out)


def test_half_a_frame_is_an_end() -> None:
    out, into = os.pipe()
    os.write(into, frames.HEAD.pack(frames.BLOCK, 1, 1, 100) + b"half")
    os.close(into)
    with pytest.raises(frames.Ended):
        frames.receive(out)
    os.close(out)
