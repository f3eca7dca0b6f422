"""Bytes of a segment: magic, then frames of [u32 length][u32 crc32][payload], little-endian.

A payload is `MARK`, the lengths and texts of tenant and model, and an Arrow IPC stream. The CRC
is seeded with the segment's name: bytes that a client planted in a value can never pass for a
frame when a reader has to find its way again after damage.
"""

import struct
import zlib
from functools import lru_cache
from typing import Any

import pyarrow as pa

from tenure.core.errors import Kind, TenureError
from tenure.ports.frames import Frame

FORMAT = 1
MAGIC = b"TNRLOG\x00" + bytes([FORMAT])
MARK = b"\xf7TF\x01"  # 0xF7 never occurs in UTF-8
HEAD = struct.Struct("<II")
_NAMES = struct.Struct("<HH")
_MESSAGE = struct.Struct("<II")  # of an Arrow stream: a continuation mark, and how long it is
_CONTINUES = 0xFFFFFFFF
MAX_FRAME_BYTES = 1 << 30


def seed_of(segment: str) -> int:
    return zlib.crc32(segment.encode())


def encode(frame: Frame, seed: int, *, most: int = MAX_FRAME_BYTES) -> bytes:
    """Return the whole frame, head included; raise `log.frame_too_large`."""
    tenant, model = frame.tenant_id.encode(), frame.model_id.encode()
    names = _NAMES.pack(len(tenant), len(model))
    # the messages of a stream one by one: half the cost of a stream writer
    batches = [batch.serialize() for batch in frame.table.to_batches()]
    stream = (frame.table.schema.serialize(), *batches, _MESSAGE.pack(_CONTINUES, 0))
    payload = b"".join((MARK, names, tenant, model, *stream))
    if len(payload) > most:
        raise TenureError(
            Kind.TOO_LARGE,
            "log.frame_too_large",
            f"{len(payload)} bytes do not fit into one frame of at most {most}",
            hint="send fewer rows at once",
        )
    return HEAD.pack(len(payload), zlib.crc32(payload, seed)) + payload


def end_mark(seed: int) -> bytes:
    """Return what a writer puts at the end of a segment that it has finished."""
    return HEAD.pack(0, zlib.crc32(b"end", seed))


def decode(payload: bytes, crc: int, seed: int) -> Frame | None:
    """Return the frame, or None when the bytes are not what was written."""
    if not payload.startswith(MARK) or zlib.crc32(payload, seed) != crc:
        return None
    start = len(MARK) + _NAMES.size
    tenant_bytes, model_bytes = _NAMES.unpack_from(payload, len(MARK))
    middle, end = start + tenant_bytes, start + tenant_bytes + model_bytes
    return Frame(
        tenant_id=payload[start:middle].decode(),
        model_id=payload[middle:end].decode(),
        table=_table(payload, end),
    )


def _table(payload: bytes, start: int) -> Any:
    """Return the table of an Arrow stream; its schema is nearly always one that was seen before."""
    buffer = pa.py_buffer(payload)
    _, metadata_bytes = _MESSAGE.unpack_from(payload, start)
    position = start + _MESSAGE.size + metadata_bytes
    schema = _schema(payload[start:position])
    batches = []
    while position < len(payload) - _MESSAGE.size:  # the stream's own end
        message: Any = pa.ipc.read_message(buffer.slice(position))
        batches.append(pa.ipc.read_record_batch(message, schema))
        position += _MESSAGE.size + message.metadata.size + message.body.size
    return pa.Table.from_batches(batches, schema)


@lru_cache(maxsize=1024)
def _schema(message: bytes) -> Any:
    return pa.ipc.read_schema(pa.py_buffer(message))
