"""What the process says of its own memory."""

from tenure.adapters.machine.memory import ProcessMemory


def test_what_is_made_is_seen_and_what_is_dropped_is_seen_to_go() -> None:
    memory = ProcessMemory()
    before = memory.allocated()
    large = [bytearray(1_000_000) for _ in range(20)]
    small = [[float(i)] for i in range(50_000)]
    grown = memory.allocated() - before
    assert 20_000_000 < grown < 40_000_000
    assert len(large) + len(small) == 50_020
    del large, small
    assert memory.allocated() - before < 5_000_000


def test_memory_that_was_given_back_is_no_longer_occupied() -> None:
    memory = ProcessMemory()
    pieces = [bytes(60_000) for _ in range(2_000)]  # below malloc's own limit for giving back
    occupied = memory.occupied()
    assert occupied > 120_000_000
    kept = pieces[-1]  # at the end of the heap: without a trim nothing before it is given back
    del pieces
    memory.give_back()
    assert occupied - memory.occupied() > 80_000_000
    assert len(kept) == 60_000
