"""The bytes of a frame."""

import struct

import pyarrow as pa
import pytest

from tenure.adapters.framelog import codec
from tenure.core.errors import TenureError
from tenure.ports.frames import Frame
from tests.conformance.frames import frame, same

SEED = codec.seed_of("a.seg")


def test_a_frame_is_its_length_its_crc_and_its_payload() -> None:
    data = codec.encode(frame(1), SEED)
    length, crc = struct.unpack_from("<II", data)
    assert length == len(data) - 8
    found = codec.decode(data[8:], crc, SEED)
    assert found is not None
    assert same(found, frame(1))


@pytest.mark.parametrize("rows", [(), (0,), (2, 0, 3)])
def test_a_table_of_several_batches_comes_back_whole(rows: tuple[int, ...]) -> None:
    whole = frame(1).table
    parts = [whole.slice(0, count) for count in rows]
    table = pa.concat_tables(parts) if parts else whole.schema.empty_table()
    data = codec.encode(Frame("DL", "m", table), SEED)
    found = codec.decode(data[8:], struct.unpack_from("<II", data)[1], SEED)
    assert found is not None
    assert found.table.equals(table)


def test_the_payload_is_an_arrow_stream_that_others_can_read() -> None:
    data = codec.encode(frame(1), SEED)
    stream = data[data.index(b"model-1") + len("model-1") :]
    assert pa.ipc.open_stream(pa.py_buffer(stream)).read_all().equals(frame(1).table)


def test_no_flipped_bit_passes() -> None:
    data = codec.encode(frame(1, rows=1), SEED)
    crc = struct.unpack_from("<II", data)[1]
    for place in range(8, len(data), 7):
        damaged = bytearray(data[8:])
        damaged[place - 8] ^= 1 << (place % 8)
        assert codec.decode(bytes(damaged), crc, SEED) is None


def test_a_frame_of_another_segment_does_not_pass() -> None:
    data = codec.encode(frame(1), SEED)
    crc = struct.unpack_from("<II", data)[1]
    assert codec.decode(data[8:], crc, codec.seed_of("b.seg")) is None


def test_a_frame_that_no_reader_would_take_is_not_written() -> None:
    with pytest.raises(TenureError) as caught:
        codec.encode(Frame("DL", "m", pa.table({"a": [1]})), SEED, most=100)
    assert caught.value.code == "log.frame_too_large"
