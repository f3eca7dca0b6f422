"""Releases, indexes and acknowledgements as JSON bytes. Equal values give equal bytes."""

from typing import TypeVar

import msgspec

from tenure import decoders
from tenure.core.errors import Kind, TenureError
from tenure.ports.releases import Acknowledgement, Index, Release

FORMAT = 1
Value = TypeVar("Value", Release, Index)

_ENCODER = msgspec.json.Encoder(order="deterministic")


class _Stamp(msgspec.Struct):
    format: int


def encode(value: Release | Index | Acknowledgement) -> bytes:
    return _ENCODER.encode(value)


def decode(data: bytes, kind: type[Value], where: str) -> Value:
    """Return the value; raise `release.unknown_format` or `release.corrupt`."""
    try:
        if format_of(data, where) != FORMAT:
            raise unknown_format(data, where)
        return decoders.of_json(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise corrupt(where, str(error)) from error


def format_of(data: bytes, where: str) -> int:
    """Return the format that a file says of itself; raise `release.corrupt`."""
    try:
        return decoders.of_json(_Stamp).decode(data).format
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise corrupt(where, str(error)) from error


def unknown_format(data: bytes, where: str) -> TenureError:
    return TenureError(
        Kind.FAILED,
        "release.unknown_format",
        f"format {format_of(data, where)} was written by another Tenure",
        where=where,
        hint="run serving and control from the same installation",
    )


def decode_acknowledgement(data: bytes) -> Acknowledgement | None:
    """Return None for bytes that no serving process wrote whole (the machine lost power)."""
    try:
        return decoders.of_json(Acknowledgement).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def corrupt(where: str, why: str) -> TenureError:
    return TenureError(
        Kind.FAILED,
        "release.corrupt",
        f"the file is damaged: {why}",
        where=where,
        hint="deploy the model again, or restore the home from its backup",
    )
