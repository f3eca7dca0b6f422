"""An index taken apart and put together is the same, and a change costs its own part only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.releases import parts
from tenure.core.errors import TenureError
from tenure.ports.releases import Index, KeyGrant

names = st.sampled_from([f"t{n}/m" for n in range(200)])
indexes = st.builds(
    lambda live, gone, resident: Index(
        1, 2, live, (KeyGrant("d", "k", "t1"),), gone or None, tuple(sorted(resident))
    ),
    st.dictionaries(names, st.just("sha256:1")),
    st.dictionaries(names, st.just("it is gone")),
    st.sets(names),
)


class Shelf(dict[str, bytes]):
    """Where parts lie, by digest."""

    def write(self, digest: str, data: bytes) -> None:
        self[digest] = data

    def read(self, digest: str) -> bytes:
        return self[digest]


@settings(max_examples=30, deadline=None)
@given(first=indexes, second=indexes)
def test_whatever_the_index_was_before_it_comes_back_whole(first: Index, second: Index) -> None:
    shelf = Shelf()
    before = parts.take_apart(first, parts.NOTHING, shelf.write)
    after = parts.take_apart(second, before, shelf.write)
    head = parts.decode(parts.encode(after.head))
    for known in (parts.NOTHING, before):
        assert parts.put_together(head, known, shelf.read).index == second


def test_one_model_s_change_writes_one_part() -> None:
    shelf = Shelf()
    live = {f"t{n}/m": "sha256:1" for n in range(200)}
    before = parts.take_apart(Index(1, 1, live, ()), parts.NOTHING, shelf.write)
    shelf.clear()
    parts.take_apart(Index(2, 1, live | {"t7/m": "sha256:2"}, ()), before, shelf.write)
    assert len(shelf) == 1
    shelf.clear()
    parts.take_apart(Index(2, 2, live, ()), before, shelf.write)  # a barrier
    assert shelf == {}


def test_a_part_that_was_changed_is_not_believed() -> None:
    shelf = Shelf()
    whole = parts.take_apart(Index(1, 1, {"a/m": "sha256:1"}, ()), parts.NOTHING, shelf.write)
    for digest in shelf:
        shelf[digest] += b" "
    with pytest.raises(TenureError, match=r"release\.corrupt"):
        parts.put_together(whole.head, parts.NOTHING, shelf.read)
