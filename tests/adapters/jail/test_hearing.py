"""What is told in the jail is heard outside, piece by piece, and nonsense is not held."""

import socket

import pytest

from tenure.adapters.jail import frames, messages
from tenure.adapters.jail.hearing import Hearing, Telling
from tenure.core.errors import TenureError
from tenure.core.told import Told


def told_on(say: object) -> bytes:
    """Return what goes over the wire when `say` tells."""
    mine, theirs = socket.socketpair()
    with mine, theirs:
        say(Telling(theirs.fileno()))  # type: ignore[operator]
        return mine.recv(1 << 16)


def everything(told: Told) -> None:
    told.add_point("loss", 3, 0.5)
    told.add_param("leaves", 7)
    told.add_artifact("notes.txt", b"fine")
    told.add_checkpoint(b"half")


def test_what_is_told_is_heard_however_it_is_cut() -> None:
    said = told_on(everything)
    for size in (1, 7, len(said)):
        heard = Told()
        hearing = Hearing(heard)
        for place in range(0, len(said), size):
            hearing.take(said[place : place + size])
        assert heard.metrics == {"loss": 0.5}
        assert (heard.params, heard.artifacts) == ({"leaves": 7}, {"notes.txt": b"fine"})
        assert (heard.checkpoint, hearing.answer) == (b"half", b"")


def frame(kind: bytes, body: bytes, length: int | None = None) -> bytes:
    return frames.HEAD.pack(kind, 0, 0, len(body) if length is None else length) + body


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(b"?", b""), "run.crashed"),
        (frame(frames.CHECKPOINT, b"", 1 << 40), "run.crashed"),
        (frame(frames.POINT, b"\xc1"), "run.crashed"),
        (frame(frames.POINT, messages.pack(("loss", 0, float("nan")))), "run.bad_metric"),
        (frame(frames.ARTIFACT, messages.pack(("../up", b""))), "run.bad_artifact"),
    ],
)
def test_what_nobody_says_is_refused_before_it_is_held(said: bytes, code: str) -> None:
    with pytest.raises(TenureError) as caught:
        Hearing(Told()).take(said)
    assert caught.value.code == code
