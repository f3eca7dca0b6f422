"""Shadow answers: batched without being mixed up, bounded, and never in the way."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenure.ports.releases import Arm
from tenure.serving.endpoints import NOTHING, Endpoint
from tenure.serving.entries import Asked, Entry
from tenure.serving.loading import Loader
from tenure.serving.meters import Meters
from tenure.serving.rows import of_columns
from tenure.serving.shadows import Shadows, Waiting
from tenure.serving.work import Workshop
from tests.serving.small import NUMERIC, Home, expected, residence, sources

Run = Callable[[Shadows], Any]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def endpoint(home: Home, *arms: Arm) -> Endpoint:
    index = home.publish(home.release(arms=(home.arm(1), *arms)))
    snapshot = Loader(sources(home.root), Meters(), residence()).build(index, NOTHING)
    assert snapshot.failed == {}
    return snapshot.endpoints["DL/late"]


def request(target: Endpoint, number: int, values: list[float]) -> Waiting:
    columns = {f"x{i}": list(values) for i in range(4)}
    outputs = [[expected([value] * 4, shift=1)] for value in values]
    rows = of_columns(NUMERIC, dict(columns))
    asked = Asked(f"rq-{number}", 1_000_000, rows)
    return Waiting(target, target.champion, asked, outputs)


def answered(requests: list[Waiting], **limits: int) -> tuple[list[Entry], Shadows]:
    """Put everything at once; return what was logged."""
    entries: list[Entry] = []

    async def run() -> Shadows:
        workshop = Workshop()
        shadows = Shadows(entries.append, workshop, **limits)
        for waiting in requests:
            shadows.put(waiting)
        await shadows.finish()
        workshop.close()
        return shadows

    return entries, asyncio.run(run())


def test_each_request_gets_its_own_rows_whatever_it_was_batched_with(home: Home) -> None:
    target = endpoint(home, home.arm(2, "blind"))
    requests = [
        request(target, number, [number + row / 10 for row in range(1 + number % 3)])
        for number in range(200)
    ]
    entries, _ = answered(requests)
    assert [entry.asked for entry in entries] == [waiting.asked for waiting in requests]
    for entry, waiting in zip(entries, requests, strict=True):
        values = waiting.rows.columns["x0"]
        assert entry.outputs == [[expected([value] * 4, shift=2)] for value in values]
        assert (entry.lane, entry.arm.version, entry.features) == ("blind", 2, False)


def test_a_lane_with_the_champions_version_repeats_its_answer(home: Home) -> None:
    """No second call: an answer that the champion could not have given is passed on as it is."""
    target = endpoint(home, home.arm(1, "static"))
    waiting = request(target, 1, [0.0])
    waiting.outputs = [[0.125]]
    ((entry,), _) = answered([waiting])
    assert (entry.lane, entry.outputs) == ("static", [[0.125]])


def test_a_row_that_breaks_a_shadow_fails_alone(home: Home) -> None:
    target = endpoint(home, home.arm(2, "blind", poison=66.0))
    values = [[1.0], [66.0], [3.0, 4.0], [66.0, 1.0], [5.0]]
    entries, shadows = answered([request(target, n, v) for n, v in enumerate(values)])
    assert [entry.status for entry in entries] == [
        "ok",
        "model.failed",
        "ok",
        "model.failed",
        "ok",
    ]
    assert [entry.outputs is None for entry in entries] == [False, True, False, True, False]
    assert entries[2].outputs == [[expected([v] * 4, shift=2)] for v in (3.0, 4.0)]
    assert shadows.dropped_rows == 0


def test_one_shadow_that_fails_does_not_stop_another(home: Home) -> None:
    target = endpoint(home, home.arm(2, "blind", poison=66.0), home.arm(3, "static"))
    entries, _ = answered([request(target, 1, [66.0])])
    assert {entry.lane: entry.status for entry in entries} == {
        "blind": "model.failed",
        "static": "ok",
    }


def test_requests_of_different_endpoints_are_not_asked_together(home: Home) -> None:
    one, two = endpoint(home, home.arm(2, "blind")), endpoint(home, home.arm(3, "blind"))
    requests = [request((one, two)[number % 2], number, [0.5]) for number in range(6)]
    entries, _ = answered(requests)
    assert [entry.arm.version for entry in entries] == [2, 3] * 3


def test_what_does_not_fit_is_dropped_and_counted(home: Home) -> None:
    target = endpoint(home, home.arm(2, "blind"))
    requests = [request(target, number, [0.5, 0.5]) for number in range(10)]
    limit = 3 * requests[0].asked.weight
    entries, shadows = answered(requests, max_bytes=limit)
    assert [entry.asked.request_id for entry in entries] == ["rq-0", "rq-1", "rq-2"]
    assert shadows.dropped_rows == 14


def test_a_large_request_is_asked_in_a_thread(home: Home) -> None:
    target = endpoint(home, home.arm(2, "blind"))
    values = [row / 1000 for row in range(1000)]
    ((entry,), _) = answered([request(target, 1, values)])
    assert entry.outputs == [[expected([value] * 4, shift=2)] for value in values]
