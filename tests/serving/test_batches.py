"""Batching of one turn: nobody's answer depends on who else asked."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenure.adapters.framelog.writer import SegmentWriter
from tenure.serving.batches import DIRECT, LONELY_TURNS, Turn, gains
from tenure.serving.endpoints import NOTHING, Endpoint
from tenure.serving.flights import Flights
from tenure.serving.inference import Inference
from tenure.serving.journal import Journal
from tenure.serving.loading import Loader
from tenure.serving.meters import Meters
from tenure.serving.pens import Pen
from tenure.serving.questions import Answer, Question
from tenure.serving.rows import Rows, of_columns
from tenure.serving.shadows import Shadows
from tenure.serving.versions import Ready
from tenure.serving.work import Workshop
from tests.serving.small import NUMERIC, Home, expected, logged, residence, sources


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def endpoint(home: Home, **settings: Any) -> Endpoint:
    index = home.publish(home.release(arms=(home.arm(1, **settings),)))
    found = (
        Loader(sources(home.root), Meters(), residence()).build(index, NOTHING).endpoints["DL/late"]
    )
    found.champion.version.gains = True
    return found


def reads(values: list[float], name: str) -> Callable[[Question], None]:
    def read(question: Question) -> None:
        question.call(name)
        question.wanted = ["probability"]
        question.rows = of_columns(NUMERIC, {f"x{i}": list(values) for i in range(4)})

    return read


def answered(home: Home, target: Endpoint, asked: list[list[float]]) -> list[Answer]:
    """Ask everything in one turn of the loop; return the answers in the order of the questions."""

    async def run() -> list[Answer]:
        pens = [Pen(SegmentWriter(home.root / "log", name), pause=0.001) for name in "ad"]
        journal, workshop = Journal(*pens), Workshop()
        shadows = Shadows(journal.note, workshop)
        inference = Inference("p", journal, shadows, workshop, Flights())
        journal.start()
        questions = [
            inference.answer(target, None, reads(values, f"rq-{place}"), 100)
            for place, values in enumerate(asked)
        ]
        found = await asyncio.gather(*questions)
        await asyncio.to_thread(journal.close)
        workshop.close()
        return found

    return asyncio.run(run())


def test_each_request_gets_its_own_rows_in_any_order(home: Home) -> None:
    rng = random.Random(5)  # noqa: S311  # the same rows in every run
    asked = [[rng.uniform(-3, 3) for _ in range(rng.randint(1, 90))] for _ in range(60)]
    for answer, values in zip(answered(home, endpoint(home), asked), asked, strict=True):
        assert answer.error is None
        assert answer.outputs == [[expected([value] * 4, 1.0)] for value in values]
    # in the log they may stand in any order: on a busy machine a slow call goes to a thread
    rows = {(row["request_id"], row["row"]): row["f:x3"] for row in logged(home.root)}
    assert rows == {
        (f"rq-{place}", row): value
        for place, values in enumerate(asked)
        for row, value in enumerate(values)
    }


def test_a_poisoned_request_fails_alone(home: Home) -> None:
    asked = [[1.0], [66.0], [2.0, 3.0], [66.0, 1.0], [4.0]]
    answers = answered(home, endpoint(home, poison=66.0), asked)
    codes = [answer.error.code if answer.error else "ok" for answer in answers]
    assert codes == ["ok", "model.failed", "ok", "model.failed", "ok"]
    assert answers[2].outputs == [[expected([value] * 4, 1.0)] for value in (2.0, 3.0)]
    by_request = {row["request_id"]: row["status"] for row in logged(home.root)}
    assert [by_request[f"rq-{place}"] for place in range(5)] == codes


def test_a_turn_ends_with_everything_that_came_in_it() -> None:
    soon: list[Callable[[], None]] = []
    handed: list[list[int]] = []
    turn: Turn[int] = Turn(handed.append)
    for number in range(3):
        turn.put(number, soon.append)
    assert len(soon) == 1
    soon.pop()()
    turn.put(3, soon.append)
    soon.pop()()
    assert handed == [[0, 1, 2], [3]]


def test_who_is_always_alone_is_asked_directly_and_now_and_then_looks_again() -> None:
    soon: list[Callable[[], None]] = []
    turn: Turn[int] = Turn(lambda _: None)

    def ask(together: int = 1) -> bool:
        hops = False
        for number in range(together):
            if turn.takes:
                hops = True
                turn.put(number, soon.append)
        while soon:
            soon.pop()()
        return hops

    hops = [ask() for _ in range(LONELY_TURNS + DIRECT + 1)]
    assert hops == [True] * LONELY_TURNS + [False] * DIRECT + [True]
    assert [ask() for _ in range(DIRECT)] == [False] * DIRECT
    assert [ask(together=4) for _ in range(20)] == [True] * 20


class Costly:
    """A predictor with a cost per call and one per row."""

    def __init__(self, call_us: float, row_us: float) -> None:
        self._call, self._row = call_us, row_us

    def predict(self, columns: dict[str, list[object]], rows: int) -> list[list[float]]:
        until = time.thread_time_ns() + int(1000 * (self._call + self._row * rows))
        while time.thread_time_ns() < until:
            pass
        return [[0.5]] * rows


def test_batching_is_on_only_where_the_model_gains() -> None:
    row = Rows(1, ["x"], given={"x": [0.0]})
    assert gains(Ready(Costly(call_us=300, row_us=1)), row)
    assert not gains(Ready(Costly(call_us=5, row_us=200)), row)
