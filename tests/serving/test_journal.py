"""The pens of the log: order, promises, and bounded memory when the disk does not keep up."""

import asyncio
import threading
from pathlib import Path

import pytest

from tenure.adapters.framelog.writer import SegmentWriter
from tenure.core.errors import Kind, TenureError
from tenure.ports.frames import Frame
from tenure.serving.entries import Asked, Entry, Shape
from tenure.serving.journal import Journal
from tenure.serving.pens import Pen
from tenure.serving.rows import of_columns
from tests.serving.small import NUMERIC, Home, logged


class Gate:
    """A writer that stands still until it is let go, or that fails: what slow disks do."""

    def __init__(self, error: TenureError | None = None) -> None:
        self.open = threading.Event()
        self.error = error
        self.frames: list[Frame] = []

    def append(self, frame: Frame) -> None:
        self.open.wait(10)
        if self.error is not None:
            raise self.error
        self.frames.append(frame)

    def close(self) -> None:
        self.open.set()

    @property
    def ids(self) -> list[str]:
        named = [frame.table for frame in self.frames if "gap" not in frame.table.column_names]
        return [name for table in named for name in table["request_id"].to_pylist()]

    @property
    def gaps(self) -> list[tuple[str, int]]:
        told = [frame.table for frame in self.frames if "gap" in frame.table.column_names]
        return [(row["gap"], row["rows"]) for table in told for row in table.to_pylist()]


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    return Shape(Home(tmp_path).release())


def entry(shape: Shape, name: str, rows: int = 1) -> Entry:
    columns = {f"x{i}": [0.5] * rows for i in range(4)}
    asked = Asked(name, 1_000_000, of_columns(NUMERIC, dict(columns)))
    arm = shape.release.arms[0]
    return Entry(shape, arm, "champion", asked, 10, [[0.5]] * rows, features=True)


def test_entries_are_written_in_order(tmp_path: Path, shape: Shape) -> None:
    pen = Pen(SegmentWriter(tmp_path / "log", "p"), pause=0.001)
    pen.start()
    for number in range(500):
        pen.put(entry(shape, f"rq-{number}", rows=1 + number % 3))
    pen.flush().result(10)
    found = list(dict.fromkeys(row["request_id"] for row in logged(tmp_path)))
    assert found == [f"rq-{number}" for number in range(500)]
    assert pen.lag_seconds == 0
    pen.close()


def test_closing_writes_the_rest(tmp_path: Path, shape: Shape) -> None:
    pen = Pen(SegmentWriter(tmp_path / "log", "p"), pause=60)
    pen.start()
    pen.put(entry(shape, "rq-1"))
    pen.close()
    assert [row["request_id"] for row in logged(tmp_path)] == ["rq-1"]


def test_a_slow_disk_costs_counted_rows_and_bounded_memory(shape: Shape) -> None:
    gate = Gate()
    limit = 5 * entry(shape, "", rows=2).asked.weight
    pen = Pen(gate, pause=0, max_bytes=limit)
    pen.start()
    for number in range(8):
        pen.put(entry(shape, f"rq-{number}", rows=2))
    assert pen.dropped_rows == 6
    assert pen.lag_seconds > 0
    gate.open.set()
    pen.flush().result(10)
    assert gate.ids == [f"rq-{number}" for number in range(5) for _ in range(2)]
    pen.put(entry(shape, "later"))
    pen.close()
    assert gate.ids[-1] == "later"


def test_an_entry_that_cannot_be_written_does_not_end_the_log(shape: Shape) -> None:
    gate = Gate()
    gate.open.set()
    pen = Pen(gate, pause=0)
    pen.start()
    odd = entry(shape, "odd")
    odd.outputs = [["not a number"]]  # type: ignore[list-item]  # what no predictor should give
    pen.put(odd)
    pen.flush().result(10)
    assert pen.dropped_rows == 1
    pen.put(entry(shape, "good"))
    pen.flush().result(10)
    assert gate.ids == ["good"]
    pen.close()


def test_large_groups_become_several_frames(shape: Shape) -> None:
    gate = Gate()
    pen = Pen(gate, pause=0.05)
    pen.start()
    for number in range(3):
        pen.put(entry(shape, f"rq-{number}", rows=40_000))
    gate.open.set()
    pen.flush().result(20)
    assert [frame.table.num_rows for frame in gate.frames] == [40_000] * 3
    pen.close()


def test_the_answers_of_one_turn_share_a_write(shape: Shape) -> None:
    gate = Gate()
    gate.open.set()

    async def run() -> None:
        journal = Journal(Pen(Gate(), pause=0), Pen(gate, pause=0))
        journal.start()
        promises = [journal.put_durably(entry(shape, f"rq-{number}")) for number in range(10)]
        await asyncio.gather(*promises)
        assert len(gate.ids) == 10
        await asyncio.to_thread(journal.close)

    asyncio.run(run())
    assert len(gate.frames) == 1


def test_a_request_that_goes_away_does_not_end_the_others_promise(shape: Shape) -> None:
    gate = Gate()

    async def run() -> None:
        journal = Journal(Pen(Gate(), pause=0), Pen(gate, pause=0))
        journal.start()

        async def ask(name: str) -> str:
            await journal.put_durably(entry(shape, name))
            return name

        tasks = [asyncio.create_task(ask(f"rq-{number}")) for number in range(3)]
        await asyncio.sleep(0.02)
        tasks[0].cancel()
        gate.open.set()
        assert await asyncio.gather(*tasks[1:]) == ["rq-1", "rq-2"]
        await asyncio.to_thread(journal.close)

    asyncio.run(run())


def test_a_failing_disk_fails_the_durable_answers_and_only_them(shape: Shape) -> None:
    gate = Gate(TenureError(Kind.UNAVAILABLE, "log.write_failed", "no space"))
    gate.open.set()

    async def run() -> None:
        journal = Journal(Pen(Gate(), pause=0), Pen(gate, pause=0))
        journal.start()
        promises = [journal.put_durably(entry(shape, f"rq-{number}")) for number in range(2)]
        for promise in await asyncio.gather(*promises, return_exceptions=True):
            assert isinstance(promise, TenureError)
            assert promise.code == "log.write_failed"
        gate.error = None
        await journal.put_durably(entry(shape, "later"))
        assert gate.ids == ["later"]
        await asyncio.to_thread(journal.close)

    asyncio.run(run())


def test_a_durable_answer_is_refused_when_memory_is_used_up(shape: Shape) -> None:
    gate = Gate()
    limit = 2 * entry(shape, "").asked.weight

    async def run() -> None:
        strict = Pen(gate, pause=0, max_bytes=limit)
        journal = Journal(Pen(Gate(), pause=0), strict)
        journal.start()
        promises = [
            asyncio.create_task(journal.put_durably(entry(shape, f"rq-{number}")))
            for number in range(2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TenureError) as caught:
            await journal.put_durably(entry(shape, "rq-2"))
        assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "log.full")
        gate.open.set()
        await asyncio.gather(*promises)
        await asyncio.to_thread(journal.close)

    asyncio.run(run())
