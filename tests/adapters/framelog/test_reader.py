"""Reading a log that was torn, flipped, planted or left behind by a dead writer."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tenure.adapters.framelog import codec
from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.core.errors import TenureError
from tenure.ports.frames import Frame, LogReader, LogWriter
from tests.conformance.frames import FramesConformance, frame, read_all, same


class TestSegments(FramesConformance):
    @pytest.fixture
    def writer(self, tmp_path: Path) -> Callable[[str], LogWriter]:
        return lambda process: SegmentWriter(tmp_path / "log", process)

    @pytest.fixture
    def reader(self, tmp_path: Path) -> LogReader:
        return SegmentReader(tmp_path / "log")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


class Written:
    """Three frames in a segment whose writer lives, and where each of them ends."""

    def __init__(self, root: Path) -> None:
        self.reader = SegmentReader(root)
        self.writer = SegmentWriter(root, "p-1")
        self.ends = []
        for number in range(3):
            self.writer.append(frame(number, rows=1))
            (self.name,) = self.reader.segments()
            self.path = root / self.name
            self.ends.append(self.path.stat().st_size)
        self.bytes = self.path.read_bytes()

    def found(self, content: bytes) -> tuple[list[int], int, int]:
        """Read with other content: the numbers of the frames, the position and the gap."""
        self.path.write_bytes(content)  # the same file: its writer's lock stays
        reading = read_all(self.reader, self.name)
        numbers = [
            number
            for one in reading.frames
            for number in range(10)
            if same(one, frame(number, rows=1))
        ]
        assert len(numbers) == len(reading.frames)
        return numbers, reading.offset, reading.gap


@pytest.fixture
def written(log: Path) -> Written:
    return Written(log)


def test_a_tail_torn_at_any_byte_waits_and_is_read_when_it_is_whole(written: Written) -> None:
    whole = written.bytes
    for cut in range(written.ends[1] + 1, written.ends[2]):
        assert written.found(whole[:cut]) == ([0, 1], written.ends[1], 0)
    assert written.found(whole) == ([0, 1, 2], written.ends[2], 0)


def test_the_tail_that_a_dead_writer_tore_is_a_gap(written: Written) -> None:
    written.writer.close()
    for cut in range(written.ends[1] + 1, written.ends[2], 11):
        assert written.found(written.bytes[:cut]) == ([0, 1], cut, cut - written.ends[1])


def test_any_flipped_bit_costs_one_frame_and_no_more(written: Written) -> None:
    start, end = written.ends[0], written.ends[1]
    for place in range(start, end, 3):
        damaged = bytearray(written.bytes)
        damaged[place] ^= 1 << (place % 8)
        assert written.found(bytes(damaged)) == ([0, 2], written.ends[2], end - start)


def test_a_flipped_last_frame_waits_for_what_follows(written: Written) -> None:
    damaged = bytearray(written.bytes)
    damaged[written.ends[1] + 40] ^= 1
    assert written.found(bytes(damaged)) == ([0, 1], written.ends[1], 0)
    seed = codec.seed_of(written.name)
    more = bytes(damaged) + codec.encode(frame(5, rows=1), seed)
    assert written.found(more) == ([0, 1, 5], len(more), written.ends[2] - written.ends[1])


def test_a_flipped_last_frame_of_a_finished_segment_is_a_gap(written: Written) -> None:
    written.writer.close()
    damaged = bytearray(written.path.read_bytes())
    damaged[written.ends[1] + 40] ^= 1
    gap = written.ends[2] - written.ends[1]
    assert written.found(bytes(damaged)) == ([0, 1], len(damaged), gap)


def test_zeros_after_a_power_cut_are_a_gap(written: Written) -> None:
    written.writer.close()
    content = written.bytes[: written.ends[1]] + bytes(4096)
    assert written.found(content) == ([0, 1], len(content), 4096)


def test_a_damaged_beginning_does_not_cost_the_rest(written: Written) -> None:
    assert written.found(b"\x00" * 8 + written.bytes[8:])[0] == [0, 1, 2]


def test_random_garbage_is_never_taken_for_frames(written: Written) -> None:
    written.writer.close()
    content = codec.MAGIC + os.urandom(20_000)
    assert written.found(content) == ([], len(content), 20_000)


def test_a_frame_planted_in_a_value_is_not_read_as_one(log: Path) -> None:
    """A client sends the bytes of a whole frame of another tenant, and the outer one breaks."""
    reader = SegmentReader(log)
    planted = codec.encode(frame(7, tenant_id="VICTIM"), codec.seed_of("guessed.seg"))
    writer = SegmentWriter(log, "p-1")
    writer.append(Frame("EVIL", "m", pa.table({"f:x": pa.array([planted], pa.binary())})))
    writer.append(frame(2))
    writer.close()
    (name,) = reader.segments()
    content = bytearray((log / name).read_bytes())
    assert bytes(planted) in content
    content[20] ^= 1
    (log / name).write_bytes(content)
    (found,) = read_all(reader, name).frames
    assert same(found, frame(2))


def test_another_format_is_refused_by_number(written: Written) -> None:
    with pytest.raises(TenureError) as caught:
        written.found(b"TNRLOG\x00\x02" + written.bytes[8:])
    assert caught.value.code == "log.unknown_format"


def test_a_segment_is_spent_when_it_was_read_and_its_writer_is_gone(written: Written) -> None:
    later = datetime.now(UTC) + timedelta(seconds=5)
    read = written.ends[2]
    assert not written.reader.is_spent(written.name, read, later)  # it may still grow
    written.writer.close()
    whole = written.path.stat().st_size
    assert not written.reader.is_spent(written.name, read, later)  # the end mark is not read
    assert not written.reader.is_spent(written.name, whole, later - timedelta(days=1))
    assert written.reader.is_spent(written.name, whole, later)


def test_a_removed_segment_is_gone(written: Written) -> None:
    written.writer.close()
    written.reader.remove(written.name)
    written.reader.remove(written.name)
    assert written.reader.segments() == []
