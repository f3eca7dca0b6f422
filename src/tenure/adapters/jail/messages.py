"""What goes between the worker and the jail: MessagePack, typed at both ends, never pickle."""

from typing import Any, TypeVar

import msgspec

from tenure import decoders
from tenure.core.errors import Kind, TenureError

T = TypeVar("T")

TASK_FILE, RESULT_FILE, LOG_FILE = 0, 1, 2  # order of the files handed over with an order …
STATUS_SOCKET = 3  # … and the socket over which the zygote tells how the process ended
HANDED_OVER = 4


class Order(msgspec.Struct, frozen=True):
    """To the zygote: run a verb in a new process. The task itself lies in a file handed over.

    `scratch` "" gives the process no place to write to; `cpu_seconds` 0 any time.
    """

    verb: str
    memory_bytes: int
    cpu_seconds: int
    scratch: str
    file_bytes: int = 1 << 30


class Failure(msgspec.Struct, frozen=True):
    """A `TenureError` on its way out of the jail."""

    kind: Kind
    code: str
    message: str
    where: str = ""
    hint: str = ""


class Answer(msgspec.Struct, frozen=True):
    """From the process: the verb's result, or why there is none."""

    result: msgspec.Raw = msgspec.Raw(b"\xc0")  # nil
    failure: Failure | None = None


def pack(value: Any) -> bytes:
    return msgspec.msgpack.encode(value)


def unpack(data: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Return the value; raise `msgspec.DecodeError` when it is not one of that type."""
    return decoders.of_msgpack(kind).decode(data)


def failure_of(error: TenureError) -> Failure:
    return Failure(error.kind, error.code, error.message, error.where, error.hint)


def error_of(failure: Failure) -> TenureError:
    return TenureError(
        failure.kind, failure.code, failure.message, where=failure.where, hint=failure.hint
    )
