"""Threads come when they are needed, and go."""

import threading

from tenure.serving.lookups.hands import Hands
from tests.serving.small import wait_until


def test_work_is_done_side_by_side_up_to_a_limit() -> None:
    hands, gate, done = Hands(most=2), threading.Event(), []

    def wait() -> None:
        gate.wait()
        done.append(1)

    assert [hands.take(wait) for _ in range(3)] == [True, True, False]
    gate.set()
    wait_until(lambda: len(done) == 2)


def test_a_thread_is_used_again() -> None:
    hands, names = Hands(), set()
    for _ in range(20):
        done = threading.Event()

        def work(done: threading.Event = done) -> None:
            names.add(threading.get_ident())
            done.set()

        assert hands.take(work)
        assert done.wait(20)
        wait_until(lambda: hands._idle == 1)
    assert len(names) == 1


def test_idle_threads_go() -> None:
    hands = Hands(idle_seconds=0.01)
    for _ in range(5):
        hands.take(lambda: None)
    wait_until(lambda: hands.count == 0)
    done = threading.Event()
    assert hands.take(done.set)
    assert done.wait(20)
