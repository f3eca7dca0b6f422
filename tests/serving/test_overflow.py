"""A log that cannot keep up: what each release asked for happens, and the log tells what it lacks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.serving import journal as journals
from tenure.serving.entries import Shape
from tenure.serving.journal import Journal
from tenure.serving.pens import Pen
from tests.serving.small import Home
from tests.serving.test_journal import Gate, entry

ROOM = 8
Act = Callable[[Journal, Gate, Shape], Awaitable[None]]


def overflowing(tmp_path: Path, policy: str, act: Act) -> Gate:
    """Act on a journal with room for eight answers, whose disk stands still; return what it wrote."""
    shape = Shape(replace(Home(tmp_path).release(), overflow=policy))
    gate = Gate()

    async def run() -> None:
        pen = Pen(gate, pause=0, max_bytes=ROOM * entry(shape, "rq-00").asked.weight)
        journal = Journal(pen, Pen(Gate(), pause=0))
        journal.start()
        await act(journal, gate, shape)
        gate.open.set()
        await asyncio.to_thread(journal.close)

    asyncio.run(run())
    return gate


def told(gate: Gate) -> int:
    return sum(rows for _, rows in gate.gaps)


def test_what_is_dropped_is_told_in_the_log_and_nothing_else_is_lost(tmp_path: Path) -> None:
    async def act(journal: Journal, _: Gate, shape: Shape) -> None:
        for number in range(50):
            assert journal.put(entry(shape, f"rq-{number:02}")) is None

    gate = overflowing(tmp_path, "drop", act)
    assert len(gate.ids) == ROOM
    assert len(gate.ids) + told(gate) == 50
    assert {reason for reason, _ in gate.gaps} == {"log.dropped"}


def test_a_sample_is_kept_by_request_id_and_the_rest_is_told(tmp_path: Path) -> None:
    async def act(journal: Journal, _: Gate, shape: Shape) -> None:
        for number in range(90):
            assert journal.put(entry(shape, f"rq-{number:02}")) is None

    gates = [overflowing(tmp_path, "sample", act) for _ in range(2)]
    kept = [gate.ids for gate in gates]
    assert kept[0] == kept[1]
    full = ROOM // 2 + 1  # until half of the memory is used everything is kept
    assert kept[0][:full] == [f"rq-{number:02}" for number in range(full)]
    assert full < len(kept[0]) <= ROOM
    for one in gates:
        assert len(one.ids) + told(one) == 90


def test_answers_are_refused_rather_than_lost(tmp_path: Path) -> None:
    async def act(journal: Journal, _: Gate, shape: Shape) -> None:
        for number in range(ROOM):
            journal.put(entry(shape, f"rq-{number:02}"))
        for _again in range(3):
            with pytest.raises(TenureError) as caught:
                journal.put(entry(shape, "rq-xx"))
            assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "log.full")

    gate = overflowing(tmp_path, "refuse", act)
    assert len(gate.ids) == ROOM
    assert gate.gaps == []


def test_answers_wait_for_room_in_order(tmp_path: Path) -> None:
    async def act(journal: Journal, gate: Gate, shape: Shape) -> None:
        rooms = [journal.put(entry(shape, f"rq-{number:02}")) for number in range(ROOM + 3)]
        assert [room is None for room in rooms] == [True] * ROOM + [False] * 3
        gate.open.set()
        await asyncio.gather(*(room for room in rooms if room is not None))

    gate = overflowing(tmp_path, "block", act)
    assert gate.ids == [f"rq-{number:02}" for number in range(ROOM + 3)]
    assert gate.gaps == []


def test_whoever_waits_too_long_for_room_is_refused(tmp_path: Path) -> None:
    async def act(journal: Journal, _: Gate, shape: Shape) -> None:
        rooms = [journal.put(entry(shape, f"rq-{number:02}")) for number in range(ROOM + 1)]
        (room,) = [room for room in rooms if room is not None]
        with pytest.raises(TenureError, match=r"log\.full"):
            await asyncio.wait_for(room, journals.BLOCK_SECONDS + 5)

    gate = overflowing(tmp_path, "block", act)
    assert len(gate.ids) == ROOM
    assert gate.gaps == []


def test_shadows_that_are_dropped_are_told_apart(tmp_path: Path) -> None:
    async def act(journal: Journal, _: Gate, shape: Shape) -> None:
        for number in range(ROOM):
            journal.put(entry(shape, f"rq-{number:02}"))
        shadow = entry(shape, "rq-00", rows=3)
        shadow.lane = "static"
        journal.note(shadow)

    gate = overflowing(tmp_path, "block", act)
    assert gate.gaps == [("log.shadow_dropped", 3)]


def test_gaps_wait_until_the_disk_takes_them(tmp_path: Path) -> None:
    shape = Shape(Home(tmp_path).release())
    gate = Gate(TenureError(Kind.UNAVAILABLE, "log.write_failed", "no space"))
    gate.open.set()
    pen = Pen(gate, pause=0, max_bytes=entry(shape, "rq-1").asked.weight)
    pen.start()
    for number in range(1, 6):
        pen.put(entry(shape, f"rq-{number}"))
    gate.error = None
    pen.flush().result(10)
    pen.close()
    assert (gate.ids, gate.gaps) == (["rq-1"], [("log.dropped", 4)])
