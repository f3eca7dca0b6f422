"""Who answers where: the event loop, or a thread."""

import asyncio
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.serving.assembly import TURN_SECONDS
from tenure.serving.outputs import OutputWriter
from tenure.serving.replies import Gone, Message, body_of
from tenure.serving.rows import Rows
from tenure.serving.versions import Version
from tenure.serving.work import Workshop
from tests.serving.conftest import Served
from tests.serving.small import NUMERIC, Home, loaded

WRITER = OutputWriter(NUMERIC)


class Noting:
    """A predictor that notes which thread asked it, and stands still while it is held."""

    def __init__(self) -> None:
        self.threads: list[str] = []
        self.held = threading.Event()
        self.held.set()
        self.answer: list[Any] = [0.5]

    def predict(self, columns: dict[str, list[object]], rows: int) -> list[list[float]]:
        self.threads.append(threading.current_thread().name)
        self.held.wait(10)
        return [self.answer] * rows


def ask(version: Version, workshop: Workshop, rows: int = 1) -> Any:
    return workshop.predict(version, WRITER, Rows(rows, given={}))


def test_few_rows_are_answered_at_once_and_many_in_a_thread() -> None:
    predictor = Noting()

    async def run() -> None:
        workshop = Workshop()
        for rows in (1, 256, 257, 5000):
            assert await ask(loaded(predictor), workshop, rows) == [[0.5]] * rows
        workshop.close()

    asyncio.run(run())
    assert [name == "MainThread" for name in predictor.threads] == [True, True, False, False]


def test_the_loop_turns_while_a_thread_uses_the_predictor() -> None:
    predictor = Noting()

    async def run() -> None:
        workshop, version = Workshop(), loaded(predictor)
        predictor.held.clear()
        large = asyncio.create_task(ask(version, workshop, 300))
        await asyncio.sleep(0.02)
        small = asyncio.create_task(ask(version, workshop))
        await asyncio.sleep(0.02)
        assert not small.done()
        predictor.held.set()
        assert await small == [[0.5]]
        assert len(await large) == 300
        workshop.close()

    asyncio.run(run())


def test_too_much_at_once_is_refused_with_a_way_out() -> None:
    predictor = Noting()

    async def run() -> None:
        workshop, version = Workshop(), loaded(predictor)
        predictor.held.clear()
        waiting = [asyncio.create_task(ask(version, workshop, 300)) for _ in range(64)]
        await asyncio.sleep(0.02)
        with pytest.raises(TenureError) as caught:
            await ask(version, workshop, 300)
        assert (caught.value.kind, caught.value.code) == (Kind.LIMITED, "serving.busy")
        predictor.held.set()
        await asyncio.gather(*waiting)
        assert await ask(version, workshop, 300)
        workshop.close()

    asyncio.run(run())


@pytest.mark.parametrize("answer", [[], [float("nan")], [0.5, 0.5], ["x"], [None]])
def test_what_is_no_answer_becomes_a_failure_of_the_model(answer: list[Any]) -> None:
    predictor = Noting()
    predictor.answer = answer

    async def run() -> None:
        workshop = Workshop()
        for rows in (1, 300):
            with pytest.raises(TenureError) as caught:
                await ask(loaded(predictor), workshop, rows)
            assert (caught.value.kind, caught.value.code) == (Kind.FAILED, "model.failed")
        workshop.close()

    asyncio.run(run())


def test_a_body_that_comes_too_slowly_is_refused() -> None:
    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"{", "more_body": True}

    with pytest.raises(TenureError) as caught:
        asyncio.run(body_of(receive, [], seconds=0.05))
    assert caught.value.code == "request.too_slow"


def test_a_client_that_hangs_up_is_gone() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        asyncio.run(body_of(receive, []))


def test_the_home_of_these_tests_keeps_what_it_is_given(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.blobs.get(home.blobs.put(b"x")) == b"x"


def test_a_thread_that_computes_soon_gives_way_to_answers(shared: Served) -> None:
    with shared.client() as client:
        assert client.get("/v2/health/ready").status_code == 200
    assert sys.getswitchinterval() == pytest.approx(TURN_SECONDS)
    assert TURN_SECONDS <= 0.001  # Python's own 5 ms were the slowest answers
