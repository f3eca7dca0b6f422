"""Writing segments: names, rotation, full disks, and death."""

import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenure.adapters.framelog.reader import SegmentReader
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.core.errors import TenureError
from tests.conformance.frames import MUCH, frame, read_all, same

APPENDER = """
import sys
from pathlib import Path
from tenure.adapters.framelog.writer import SegmentWriter
from tests.conformance.frames import frame
writer = SegmentWriter(Path(sys.argv[1]), "p-1", max_bytes=100_000)
for number in range(1_000_000):
    writer.append(frame(number, rows=50))
    print(number, flush=True)
"""
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.core.errors import TenureError
from tests.conformance.frames import frame
writer = SegmentWriter(Path(sys.argv[1]), "p-1")
writer.append(frame(0))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
(path,) = Path(sys.argv[1]).iterdir()
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, resource.RLIM_INFINITY))
try:
    writer.append(frame(1))
except TenureError as error:
    print(error.code, path.stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.append(frame(2))
writer.close()
"""
ROOT = Path(__file__).parents[3]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def test_a_writer_that_wrote_nothing_leaves_no_segment(log: Path) -> None:
    SegmentWriter(log, "p-1").close()
    assert SegmentReader(log).segments() == []


def ended(reader: SegmentReader, segment: str) -> bool:
    later = datetime.now(UTC) + timedelta(hours=1)
    return reader.is_spent(segment, read_all(reader, segment).offset, later)


def test_segments_rotate_by_size_and_sort_by_age(log: Path) -> None:
    writer = SegmentWriter(log, "p-1", max_bytes=2000)
    for number in range(10):
        writer.append(frame(number))
    reader = SegmentReader(log)
    segments = reader.segments()
    assert len(segments) > 2
    assert all(ended(reader, name) for name in segments[:-1])
    found = [one for name in segments for one in reader.read(name, 0, MUCH).frames]
    assert [same(one, frame(number)) for number, one in enumerate(found)] == [True] * 10
    writer.close()


def test_a_writer_goes_on_after_it_was_closed(log: Path) -> None:
    writer = SegmentWriter(log, "p-1")
    for number in range(2):
        writer.append(frame(number))
        writer.close()
    assert len(SegmentReader(log).segments()) == 2


def test_threads_may_share_a_writer(log: Path) -> None:
    writer = SegmentWriter(log, "p-1", sync=True, max_bytes=5000)

    def write(start: int) -> None:
        for number in range(start, start + 20):
            writer.append(frame(number))

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    reader = SegmentReader(log)
    readings = [read_all(reader, name) for name in reader.segments()]
    ids = [str(one.table["request_id"][0]) for reading in readings for one in reading.frames]
    assert len(set(ids)) == len(ids) == 60
    assert sum(reading.gap for reading in readings) == 0


@pytest.mark.parametrize("name", ["", "a/b", "../x", "p.1"])
def test_a_process_name_cannot_leave_the_folder(log: Path, name: str) -> None:
    with pytest.raises(TenureError) as caught:
        SegmentWriter(log, name)
    assert caught.value.code == "log.bad_process"


def test_a_full_disk_costs_the_frame_that_did_not_fit_and_no_other(log: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(log)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    code, size = done.stdout.split()
    assert code == "log.write_failed"
    reader = SegmentReader(log)
    (name,) = reader.segments()
    reading = read_all(reader, name)
    assert [same(one, frame(n)) for one, n in zip(reading.frames, (0, 2), strict=True)] == [
        True
    ] * 2
    assert reading.gap == 0
    assert int(size) < reading.offset


def test_a_folder_that_cannot_be_written_is_said(log: Path) -> None:
    writer = SegmentWriter(log, "p-1")
    log.rmdir()
    with pytest.raises(TenureError) as caught:
        writer.append(frame(1))
    assert caught.value.code == "log.write_failed"


@pytest.mark.chaos
def test_what_was_appended_survives_kill_9(log: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(log)], cwd=ROOT, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
    reader = SegmentReader(log)
    assert all(ended(reader, name) for name in reader.segments())
    found = [one for name in reader.segments() for one in read_all(reader, name).frames]
    assert len(found) > said[-1]
    assert all(same(one, frame(number, rows=50)) for number, one in enumerate(found))
