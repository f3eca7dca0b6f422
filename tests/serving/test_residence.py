"""Memory for models: who is loaded, who has to go, and who waits for whom."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from tenure.core.errors import TenureError
from tenure.serving.residence import Residence
from tenure.serving.rows import Rows
from tenure.serving.versions import Gains, Ready, Version
from tests.serving.small import residence, wait_until
from tests.serving.test_loading import Workplace

KB = 1_000
ROW = Rows(1, ["x"], given={"x": [0.0]})


class Plain:
    """A predictor that answers with a number."""

    def predict(self, columns: dict[str, list[object]], rows: int) -> list[list[float]]:
        return [[0.5]] * rows


class Shop:
    """Makes versions of 100 kB in a residence, and counts and holds their loads."""

    def __init__(self, budget: int, patience: float = 5.0) -> None:
        self.residence = residence(budget)
        self.residence.patience = patience
        self.made: list[str] = []
        self.open = threading.Event()
        self.open.set()
        self.broken: set[str] = set()

    def version(self, name: str, *, kept: bool = False, tenant: str = "DL") -> Version:
        def make(_: Gains) -> tuple[Ready, int]:
            self.made.append(name)
            self.open.wait(10)
            if name in self.broken:
                raise ValueError("its file is cut")
            return Ready(Plain()), 100 * KB

        return Version(self.residence, tenant, name, make, kept=kept)

    def versions(self, *names: str) -> list[Version]:
        found = [self.version(name) for name in names]
        for one in found:
            one.settle(5)
        return found


def test_what_was_used_longest_ago_goes_first() -> None:
    shop = Shop(350 * KB)
    a, b, c = shop.versions("a", "b", "c")
    a.predict(ROW)
    d = shop.version("d")
    d.settle(5)
    assert [one.is_loaded for one in (a, b, c, d)] == [True, False, True, True]
    assert shop.residence.bytes == 300 * KB
    b.settle(5)
    assert [one.is_loaded for one in (a, b, c, d)] == [True, True, False, True]
    assert (shop.residence.loads, shop.residence.evictions) == (5, 2)


def test_resident_versions_stay_whatever_else_is_asked_for() -> None:
    shop = Shop(250 * KB)
    kept = shop.version("kept", kept=True)
    kept.settle(5)
    others = shop.versions("a", "b", "c", "d")
    assert kept.is_loaded
    assert [one.is_loaded for one in others] == [False, False, False, True]


def test_one_that_is_larger_than_the_budget_is_answered_all_the_same() -> None:
    shop = Shop(50 * KB)
    a, b = shop.versions("a", "b")
    assert (a.is_loaded, b.is_loaded) == (False, True)
    assert a.predict(ROW) == [[0.5]]


def test_what_nobody_holds_any_more_leaves_room() -> None:
    shop = Shop(1000 * KB)
    found = shop.versions("a", "b")
    assert shop.residence.bytes == 200 * KB
    del found[0]
    assert shop.residence.bytes == 100 * KB


def test_a_stampede_causes_one_load() -> None:
    shop = Shop(1000 * KB)
    version = shop.version("a")
    shop.open.clear()

    async def run() -> None:
        waiting = [asyncio.create_task(version.bring()) for _ in range(200)]
        await asyncio.sleep(0.02)
        assert not any(task.done() for task in waiting)
        shop.open.set()
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert shop.made == ["a"]


def test_who_waits_too_long_is_told_to_come_back_and_the_load_goes_on() -> None:
    shop = Shop(1000 * KB, patience=0.05)
    version = shop.version("a")
    shop.open.clear()
    with pytest.raises(TenureError) as caught:
        asyncio.run(version.bring())
    assert (caught.value.code, caught.value.kind.value) == ("model.loading", "unavailable")
    shop.open.set()
    wait_until(lambda: version.is_loaded)
    asyncio.run(version.bring())
    assert shop.made == ["a"]


def test_a_failed_load_is_remembered_and_tried_again_later() -> None:
    shop = Shop(1000 * KB)
    shop.broken.add("a")
    version = shop.version("a")
    for _ in range(3):
        with pytest.raises(TenureError) as caught:
            asyncio.run(version.bring())
        assert caught.value.code == "model.not_loaded"
        assert "cut" not in caught.value.message
    assert shop.made == ["a"]
    assert version.failure is not None
    assert "cut" in version.failure.why
    first = version.failure.pause
    version.failure.retry_at = 0.0
    with pytest.raises(TenureError):
        asyncio.run(version.bring())
    assert version.failure.pause == 2 * first
    shop.broken.clear()
    version.failure.retry_at = 0.0
    asyncio.run(version.bring())
    assert version.failure is None


def test_one_tenants_slow_loads_do_not_hold_up_another() -> None:
    shop = Shop(10_000 * KB)
    shop.open.clear()
    slow = [shop.version(f"slow-{i}", tenant="DL") for i in range(50)]

    async def run() -> None:
        waiting = [asyncio.create_task(one.bring()) for one in slow]
        await asyncio.sleep(0.02)
        other = loaded_elsewhere(shop.residence)
        await asyncio.wait_for(other.bring(), 2)
        assert other.is_loaded
        assert shop.residence.depth > 40
        shop.open.set()
        await asyncio.gather(*waiting)

    asyncio.run(run())
    assert shop.residence.depth == 0


def loaded_elsewhere(room: Residence) -> Version:
    return Version(room, "B6", "B6/quick/1", lambda _: (Ready(Plain()), KB))


def test_a_predictor_that_knows_its_weight_is_believed() -> None:
    class Heavy(Plain):
        bytes = 12_345_678

    _, size = residence().weigh("any", 10, lambda: Ready(Heavy()))
    assert size == 12_345_678


def test_others_are_weighed_by_what_the_process_grew() -> None:
    room = residence()
    _, size = room.weigh("blob", 10 * KB, lambda: bytearray(30_000_000))
    assert 29_000_000 < size < 33_000_000


def test_when_loads_overlap_the_ratio_that_was_measured_before_counts() -> None:
    room = residence()
    room.weigh("blob", 1_000_000, lambda: bytearray(30_000_000))

    def nested() -> Any:
        return room.weigh("blob", 2_000_000, lambda: bytearray(1))

    (_, inner), outer = room.weigh("blob", 1_000_000, nested)
    assert 59_000_000 < inner < 66_000_000
    assert 29_000_000 < outer < 33_000_000


def test_an_endpoint_that_is_evicted_takes_its_versions_along(tmp_path: Path) -> None:
    place = Workplace(tmp_path, budget=20 * KB)
    place.apply(place.home.release("DL/a"))
    place.apply(place.home.release("DL/b"))
    shelf = place.snapshot.endpoints
    assert [one.name for one in shelf.all_described()] == ["DL/b"]
    assert shelf["DL/a"].champion.version.is_loaded is False
    place.runtimes.loads = 0
    shelf["DL/a"].champion.version.settle(5)
    assert place.runtimes.loads == 1


def test_the_process_is_held_to_its_budget_even_when_weights_were_too_small() -> None:
    """Versions that claim 100 kB and take 4 MB: what the process occupies decides."""

    class Liar(Plain):
        def __init__(self) -> None:
            self.held = [bytes(50_000) for _ in range(80)]

    room = residence(20_000 * KB)
    room.start()
    found = [Version(room, "DL", f"DL/{i}", lambda _: (Ready(Liar()), 100 * KB)) for i in range(40)]
    for one in found:
        one.settle(5)
    assert room.evictions == 0
    room.review()
    assert room.evictions > 0


def test_evicting_thousands_of_times_leaves_the_process_as_small_as_before() -> None:
    from tenure.adapters.machine.memory import ProcessMemory

    room = residence(5_000 * KB)
    room.start()
    versions = [
        Version(room, "DL", f"DL/{i}", lambda _: (Ready(Weighty()), 100 * KB)) for i in range(200)
    ]
    for number in range(2_000):
        versions[number % 200].settle(5)
    room.review()
    settled = ProcessMemory().occupied()
    for number in range(6_000):
        versions[(number * 7) % 200].settle(5)
    room.review()
    assert room.evictions > 7_000
    assert ProcessMemory().occupied() - settled < 5_000_000


class Weighty(Plain):
    def __init__(self) -> None:
        self.held = bytes(100_000)
