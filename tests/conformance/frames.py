"""What every `LogWriter` and `LogReader` do together. Adapters inherit `FramesConformance`."""

import random
from collections.abc import Callable

import pyarrow as pa
import pytest

from tenure.core.errors import TenureError
from tenure.ports.frames import Frame, LogReader, LogWriter, Reading

MUCH = 1 << 30


def frame(number: int, rows: int = 3, tenant_id: str = "DL") -> Frame:
    """A frame that is told from every other by its number."""
    table = pa.table(
        {
            "request_id": [f"r{number}-{row}" for row in range(rows)],
            "output": pa.array([[0.5, float(number)]] * rows, pa.list_(pa.float64())),
            "f:origin": pa.array(["Zürich", None, "JFK"] * rows, pa.string())[:rows],
        }
    )
    return Frame(tenant_id, f"model-{number % 2}", table)


def same(found: Frame, wanted: Frame) -> bool:
    names = (found.tenant_id, found.model_id) == (wanted.tenant_id, wanted.model_id)
    return names and bool(found.table.equals(wanted.table))


def read_all(reader: LogReader, segment: str, limit_bytes: int = MUCH) -> Reading:
    """Read to the end as a collector does: a bit at a time, from the stored position."""
    frames: list[Frame] = []
    offset = gap = 0
    while True:
        reading = reader.read(segment, offset, limit_bytes)
        frames += reading.frames
        gap += reading.gap
        if reading.offset == offset or (not reading.frames and reading.gap == 0):
            return Reading(segment, tuple(frames), reading.offset, gap)
        offset = reading.offset


class FramesConformance:
    """`writer` opens a writer of a process of that name, `reader` a reader, both of one log."""

    @pytest.fixture
    def writer(self) -> Callable[[str], LogWriter]:
        raise AssertionError("the adapter's test gives this fixture")

    @pytest.fixture
    def reader(self) -> LogReader:
        raise AssertionError("the adapter's test gives this fixture")

    def test_a_log_that_nobody_wrote_is_empty(self, reader: LogReader) -> None:
        assert reader.segments() == []

    def test_frames_come_back_in_order_and_as_they_were(
        self, writer: Callable[[str], LogWriter], reader: LogReader
    ) -> None:
        log = writer("p-1")
        wanted = [frame(number, rows=1 + number * 7) for number in range(5)]
        for one in wanted:
            log.append(one)
        (segment,) = reader.segments()
        reading = reader.read(segment, 0, MUCH)
        assert all(map(same, reading.frames, wanted))
        assert len(reading.frames) == len(wanted)
        assert (reading.segment, reading.gap) == (segment, 0)

    def test_an_appended_frame_is_there_before_the_segment_is_closed(
        self, writer: Callable[[str], LogWriter], reader: LogReader
    ) -> None:
        log = writer("p-1")
        for number in range(3):
            log.append(frame(number))
            (segment,) = reader.segments()
            assert len(reader.read(segment, 0, MUCH).frames) == number + 1

    def test_reading_goes_on_where_it_stopped(
        self, writer: Callable[[str], LogWriter], reader: LogReader
    ) -> None:
        log = writer("p-1")
        log.append(frame(1))
        (segment,) = reader.segments()
        first = reader.read(segment, 0, MUCH)
        assert reader.read(segment, first.offset, MUCH).frames == ()
        log.append(frame(2))
        second = reader.read(segment, first.offset, MUCH)
        assert [same(found, frame(2)) for found in second.frames] == [True]
        log.close()
        assert reader.read(segment, second.offset, MUCH).frames == ()

    def test_a_small_limit_gives_one_frame_at_a_time(
        self, writer: Callable[[str], LogWriter], reader: LogReader
    ) -> None:
        log = writer("p-1")
        for number in range(4):
            log.append(frame(number, rows=200))
        log.close()
        (segment,) = reader.segments()
        assert len(reader.read(segment, 0, 1).frames) == 1
        found = read_all(reader, segment, limit_bytes=1).frames
        assert [same(one, frame(n, rows=200)) for n, one in enumerate(found)] == [True] * 4

    def test_each_writer_has_segments_of_its_own(
        self, writer: Callable[[str], LogWriter], reader: LogReader
    ) -> None:
        logs = [writer("p-1"), writer("p-2")]
        for number in range(10):
            logs[random.Random(number).randrange(2)].append(frame(number))  # noqa: S311
        for log in logs:
            log.close()
        segments = reader.segments()
        assert len(segments) == len(set(segments)) == 2
        found = [one for segment in segments for one in reader.read(segment, 0, MUCH).frames]
        assert len(found) == 10

    def test_an_unknown_segment_is_not_found(self, reader: LogReader) -> None:
        with pytest.raises(TenureError) as caught:
            reader.read("00000000000000000-p-00000.seg", 0, MUCH)
        assert caught.value.code == "log.segment_not_found"

    @pytest.mark.parametrize("name", ["", "../secret", "a/b.seg", "x.txt"])
    def test_what_names_no_segment_is_refused(self, reader: LogReader, name: str) -> None:
        with pytest.raises(TenureError) as caught:
            reader.read(name, 0, MUCH)
        assert caught.value.code == "log.bad_segment"

    def test_closing_twice_is_closing_once(self, writer: Callable[[str], LogWriter]) -> None:
        log = writer("p-1")
        log.append(frame(1))
        log.close()
        log.close()
