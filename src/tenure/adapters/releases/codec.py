"""Releases, indexes and acknowledgements as JSON bytes. Equal values give equal bytes."""

from typing import TypeVar

import msgspec

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
        stamp = msgspec.json.decode(data, type=_Stamp)
        if stamp.format != FORMAT:
            raise TenureError(
                Kind.FAILED,
                "release.unknown_format",
                f"format {stamp.format} was written by another Tenure; this one reads {FORMAT}",
                where=where,
                hint="run serving and control from the same installation",
            )
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise corrupt(where, str(error)) from error


def decode_acknowledgement(data: bytes) -> Acknowledgement | None:
    """Return None for bytes that no serving process wrote whole (the machine lost power)."""
    try:
        return msgspec.json.decode(data, type=Acknowledgement)
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
