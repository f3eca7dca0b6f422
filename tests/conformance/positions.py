"""What positions promise: an offset a segment, in the unit of work of what was read."""

from tenure.ports.work import Store


class PositionsSuite:
    """Inherit, and give it a `store`."""

    def test_an_unknown_segment_is_read_from_its_beginning(self, store: Store) -> None:
        with store.read() as work:
            assert work.positions.get("serving-1") == 0
            assert work.positions.all() == {}

    def test_a_segment_that_is_no_more_is_forgotten(self, store: Store) -> None:
        with store.work() as work:
            work.positions.set("serving-1", 10)
            work.positions.set("serving-2", 10)
            work.positions.remove("serving-1")
            work.positions.remove("serving-3")
            assert work.positions.all() == {"serving-2": 10}

    def test_the_newest_offset_stays(self, store: Store) -> None:
        with store.work() as work:
            work.positions.set("serving-1", 10)
            work.positions.set("serving-1", 2**40)
            work.positions.set("serving-0", 0)
        with store.read() as work:
            assert work.positions.get("serving-1") == 2**40
            assert work.positions.all() == {"serving-0": 0, "serving-1": 2**40}
