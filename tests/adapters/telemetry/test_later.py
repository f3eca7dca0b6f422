"""Work that is done a moment later: in order, all of it, or counted."""

import threading

from tenure.adapters.telemetry.later import Later


def test_everything_is_done_in_order_before_the_end() -> None:
    done: list[int] = []
    later = Later("test", done.extend, most=10_000, pause=0.01)
    for number in range(5000):
        later.put(number)
    later.close()
    assert done == list(range(5000))
    assert (later.dropped, later.waiting) == (0, 0)


def test_what_came_within_a_moment_is_handed_over_together() -> None:
    groups: list[list[int]] = []
    later = Later("test", groups.append, most=100, pause=60)
    for number in range(50):
        later.put(number)
    later.close()  # which does not wait for the moment to pass
    assert [one for group in groups for one in group] == list(range(50))
    assert len([group for group in groups if group]) == 1


def test_what_finds_no_room_is_counted() -> None:
    done: list[int] = []
    stuck, free = threading.Event(), threading.Event()

    def work(items: list[int]) -> None:
        stuck.set()
        free.wait()
        done.extend(items)

    later = Later("test", work, most=10, pause=0.0)
    later.put(-1)
    stuck.wait()
    for number in range(30):
        later.put(number)
    assert later.dropped == 20
    free.set()
    later.close()
    assert done == [-1, *range(10)]
