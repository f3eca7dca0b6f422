"""Objects are deleted when their grace is over, and never while something names them."""

import pytest

from tenure.core.errors import TenureError
from tenure.services.garbage import GRACE, discard, sweep
from tenure.services.house import House
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def thrown_away(house: House, data: bytes) -> str:
    digest = house.blobs.put(data)
    with house.store.work() as work:
        discard(house, work, "acme", "churn", [digest])
    return digest


def test_an_object_may_be_read_until_its_grace_is_over(house: House, clock: HandClock) -> None:
    digest = thrown_away(house, b"old")
    assert sweep(house, "acme") == 0
    assert house.blobs.get(digest) == b"old"
    clock.move(GRACE)
    assert sweep(house, "acme") == 1
    with pytest.raises(TenureError, match=r"not_found"):
        house.blobs.get(digest)
    assert sweep(house, "acme") == 0


def test_a_sweep_that_was_cut_after_a_removal_is_repeated(house: House, clock: HandClock) -> None:
    digest = thrown_away(house, b"old")
    clock.move(GRACE)
    house.blobs.remove(digest)
    assert sweep(house, "acme") == 1


def test_what_was_named_again_meanwhile_stays(life: Life, clock: HandClock) -> None:
    life.step(LIVE, LIVE + DAY)
    chunks = life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))
    with life.house.store.work() as work:
        discard(life.house, work, life.tenant, life.model, [chunks[0].digest])
    clock.move(GRACE)
    assert sweep(life.house, life.tenant) == 1
    assert life.house.blobs.get(chunks[0].digest)
