"""Profiling a table: the same profile whatever the batches, and one pass where one suffices."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.tables.columns import FrameColumns
from tenure.core.profiles import Categories, ColumnKind, Numbers
from tenure.services import profile

DRAW = np.random.default_rng(8)
ROWS = pa.table(
    {
        "n": pa.array(DRAW.normal(size=5_000), mask=DRAW.random(5_000) < 0.1),
        "c": pa.array([f"k{i}" for i in DRAW.integers(0, 9, 5_000)]),
        "s": pa.array(["u", "v", None, "w", "u"] * 1_000),
        "id": pa.array([f"row {i}" for i in range(5_000)]),
    }
)


class Sliced(FrameColumns):
    """A table whose batches are as small as a test wants."""

    def __init__(self, table: Any, rows: int) -> None:
        super().__init__(table, "sliced")
        self._size = rows

    def batches(self, names: Sequence[str]) -> Iterator[Any]:
        for batch in super().batches(names):
            for start in range(0, batch.num_rows, self._size):
                yield batch.slice(start, self._size)


def told(name: str, rows: int, of: int | None) -> None:
    assert of is None or rows <= of


def test_batches_make_no_difference() -> None:
    table = FrameColumns(ROWS, "rows")
    plans = profile.planned(table, ["n", "c"])
    whole = plans.whole
    for size in (1_000, 333):
        found = profile.profiled(Sliced(ROWS, size), plans.plans, None, [], told)[profile.ALL]
        assert found["n"].counts.tolist() == whole["n"].counts.tolist()
        assert found["c"].counts.tolist() == whole["c"].counts.tolist()
        assert found["n"].absent == whole["n"].absent


def test_segments_add_up_to_the_whole() -> None:
    table = FrameColumns(ROWS, "rows")
    plans = profile.planned(table, ["n", "c"])
    names = profile.segments_of(table, "s")
    assert names == ["u", profile.NONE, "v", "w"]
    found = profile.profiled(table, plans.plans, "s", names[:2], told)
    assert set(found) == {"u", profile.NONE, profile.OTHER, profile.ALL}
    assert found["u"]["n"].rows == 2_000
    assert found[profile.OTHER]["n"].rows == 2_000
    assert found[profile.ALL]["n"].counts.tolist() == plans.whole["n"].counts.tolist()


def test_a_long_table_is_sampled_evenly_for_its_edges_and_counted_whole() -> None:
    long = pa.table({"n": np.arange(3.0 * profile.SAMPLE_ROWS)})
    table = FrameColumns(long, "long")
    plans = profile.planned(table, ["n"])
    assert plans.whole == {}
    grid = plans.plans["n"].grid
    assert grid is not None
    middle = grid.edges[grid.deciles[4]]
    assert middle == pytest.approx(long.num_rows / 2, rel=1e-3)
    found = profile.profiled(table, plans.plans, None, [], told)[profile.ALL]["n"]
    assert found.rows == long.num_rows


def test_texts_that_are_nearly_all_different_are_profiled_by_length() -> None:
    plans = profile.planned(FrameColumns(ROWS, "rows"), ["id", "c"])
    assert plans.plans["id"].kind is ColumnKind.TEXT
    assert isinstance(plans.whole["id"], Numbers)
    assert plans.whole["id"].high == len("row 4999")
    assert isinstance(plans.whole["c"], Categories)


def test_a_table_without_rows_can_be_planned() -> None:
    plans = profile.planned(FrameColumns(ROWS.slice(0, 0), "none"), ["n", "c"])
    assert all(one.rows == 0 for one in plans.whole.values())
