"""A model that stays: its confined process answers one call after the other, until nobody asks.

What it prints while it loads is kept; afterwards nobody reads it. Its own mistakes are told and
survived; when memory runs out the process ends, because nothing it holds can be trusted then.
"""

import os
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from tenure.adapters.jail import frames, messages
from tenure.adapters.jail.inmate import OUT_OF_MEMORY, Work, is_of_memory
from tenure.core.errors import Kind, TenureError
from tenure.core.signatures import Signature
from tenure.ports.training import ModelError, Predictor

_NICENESS = 5  # whatever it computes, serving goes first
Load = Callable[[dict[str, bytes], Signature], Predictor]


class Guest(msgspec.Struct, frozen=True):
    """A model to host: its files, and what goes in and out."""

    files: dict[str, bytes]
    signature: Signature


def host(load: Load) -> Work:
    """Return the verb that loads a guest and answers for it."""

    def work(task: int, wire: int) -> int:
        os.nice(_NICENESS)
        frames.send(wire, frames.STARTED, b"", os.getpid())
        with os.fdopen(task, "rb") as opened:
            guest = messages.unpack(opened.read(), Guest)
        try:
            predictor = load(guest.files, guest.signature)
        except BaseException as error:  # noqa: BLE001  # a model's files may raise anything
            if is_of_memory(error):
                return OUT_OF_MEMORY
            frames.send(wire, frames.REFUSED, messages.pack(messages.failure_of(_told(error))))
            return 1
        del guest
        _hush()
        frames.send(wire, frames.READY, b"")
        return _answer_for(predictor, wire)

    return work


def _answer_for(predictor: Predictor, wire: int) -> int:
    names: dict[bytes, Callable[[bytearray, int], Any]] = {
        frames.BLOCK: predictor.predict_block,  # type: ignore[attr-defined]  # guests have it
        frames.COLUMNS: lambda body, rows: predictor.predict(msgspec.msgpack.decode(body), rows),
    }
    while True:
        try:
            kind, number, rows, body = frames.receive(wire)
        except (frames.Ended, OSError):
            return 0
        try:
            found = np.ascontiguousarray(names[kind](body, rows), "<f8").tobytes()
        except BaseException as error:  # noqa: BLE001  # whatever it raises, it raises for one call
            if is_of_memory(error):
                return OUT_OF_MEMORY
            text = str(ModelError.of(error)).encode()[: frames.MOST_TEXT]
            frames.send(wire, frames.FAILED, text, number)
        else:
            frames.send(wire, frames.OUTPUTS, found, number, rows)


def _told(error: BaseException) -> TenureError:
    if isinstance(error, TenureError):
        return error
    why = f"{type(error).__name__}: {str(error)[:300]}"
    return TenureError(Kind.FAILED, "runtime.broken_files", why)


def _hush() -> None:
    """Give stdout and stderr to nobody: a file would fill up, and then a print would fail."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)
