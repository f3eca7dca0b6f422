"""What training code says over its wire while it runs, taken in as a stranger's words.

Whoever runs in the jail may write anything to the wire: frames are bounded before they are held,
and what they say is checked as if nobody had.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

import msgspec

from tenure.adapters.jail import frames, messages
from tenure.core.errors import Kind, TenureError
from tenure.core.told import MOST_ARTIFACTS_BYTES, MOST_CHECKPOINT_BYTES, Param, Told

_ROOM = 1 << 12  # for names, and what MessagePack adds
_MOST = {
    frames.POINT: _ROOM,
    frames.PARAM: 2 * _ROOM,
    frames.ARTIFACT: MOST_ARTIFACTS_BYTES + _ROOM,
    frames.CHECKPOINT: MOST_CHECKPOINT_BYTES + _ROOM,
    frames.ANSWER: 1 << 30,
}


class Telling(Told):
    """Tells the worker at once what is told here; in the jail, by any thread of the training."""

    def __init__(self, wire: int) -> None:
        super().__init__()
        self._wire = wire
        self._lock = Lock()

    def add_point(self, name: str, step: int, value: float) -> None:
        super().add_point(name, step, value)
        self._send(frames.POINT, (name, step, value))

    def add_param(self, name: str, value: Param) -> None:
        super().add_param(name, value)
        self._send(frames.PARAM, (name, value))

    def add_artifact(self, name: str, data: bytes) -> None:
        super().add_artifact(name, data)
        self._send(frames.ARTIFACT, (name, data))

    def add_checkpoint(self, data: bytes) -> None:
        super().add_checkpoint(data)
        self._send(frames.CHECKPOINT, data)

    def _send(self, kind: bytes, body: object) -> None:
        with self._lock:
            frames.send(self._wire, kind, messages.pack(body))


class Hearing:
    """Puts together what comes over a wire: `told`, and at last the `answer`."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.answer = b""
        self._held = bytearray()
        self._verbs: dict[bytes, tuple[Any, Callable[..., None]]] = {
            frames.POINT: (tuple[str, int, float], lambda said: told.add_point(*said)),
            frames.PARAM: (tuple[str, Param], lambda said: told.add_param(*said)),
            frames.ARTIFACT: (tuple[str, bytes], lambda said: told.add_artifact(*said)),
            frames.CHECKPOINT: (bytes, told.add_checkpoint),
        }

    def take(self, data: bytes) -> None:
        """Take in what was read; raise `run.crashed` for what is no word, and what `Told` raises."""
        self._held += data
        while len(self._held) >= frames.HEAD.size:
            kind, _, _, length = frames.HEAD.unpack_from(self._held)
            if length > _MOST.get(kind, -1):
                raise _gibberish(f"{length} bytes of kind {kind!r}")
            end = frames.HEAD.size + length
            if len(self._held) < end:
                return
            body = bytes(self._held[frames.HEAD.size : end])
            del self._held[:end]
            self._hear(kind, body)

    def _hear(self, kind: bytes, body: bytes) -> None:
        if kind == frames.ANSWER:
            self.answer = body
            return
        shape, act = self._verbs[kind]
        try:
            said = messages.unpack(body, shape)
        except msgspec.DecodeError as error:
            raise _gibberish(str(error)) from error
        act(said)


def _gibberish(why: str) -> TenureError:
    return TenureError(Kind.FAILED, "run.crashed", f"the training said what nobody says: {why}")
