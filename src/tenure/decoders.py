"""Decoders of JSON and MessagePack, each made once and by one thread at a time.

What msgspec (0.22) keeps of a class it keeps before it is whole: two threads that decode the same
class for the first time, at the same moment, end the process with a segmentation fault. A decoder
that has been made is safe to share.
"""

import threading
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

_MAKING = threading.Lock()


def of_json(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the decoder of a type from JSON; its `decode` raises `msgspec.DecodeError`."""
    named: Any = kind
    with _MAKING:
        return cast("msgspec.json.Decoder[T]", _of_json(named))


def of_msgpack(kind: type[T]) -> msgspec.msgpack.Decoder[T]:
    """Return the decoder of a type from MessagePack; its `decode` raises `msgspec.DecodeError`."""
    named: Any = kind
    with _MAKING:
        return cast("msgspec.msgpack.Decoder[T]", _of_msgpack(named))


@cache
def _of_json(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _of_msgpack(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)
