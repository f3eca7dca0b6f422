"""A chunk is a day's rows under a name of their own; merged, they are the same rows."""

from datetime import UTC, datetime

import polars as pl
from polars.testing import assert_frame_equal

from tenure.services import chunks
from tenure.services.house import House

DAY = datetime(2024, 1, 3, tzinfo=UTC)
KEY = ("acme", "churn")
ROWS = pl.DataFrame({"request_id": ["a", "b"], "row": [0, 0], "x": [1.0, None]})


def test_equal_rows_of_another_model_or_day_are_another_object() -> None:
    same, again = (chunks.pack(KEY, DAY, ROWS)[0] for _ in range(2))
    assert same == again
    assert same.rows == 2
    other = chunks.pack(("acme", "price"), DAY, ROWS)[0]
    later = chunks.pack(KEY, DAY.replace(day=4), ROWS)[0]
    assert len({same.id, other.id, later.id}) == 3
    assert other.digest != same.digest


def test_merged_chunks_hold_row_for_row_what_they_held(house: House) -> None:
    wider = ROWS.with_columns(y=pl.lit("new"))
    packed = [chunks.pack(KEY, DAY, table) for table in (ROWS, wider)]
    for _, data in packed:
        house.blobs.put(data)
    merged, data = chunks.merge(house, [chunk for chunk, _ in packed])
    house.blobs.put(data)
    assert (merged.rows, merged.day) == (4, DAY)
    expected = pl.concat([ROWS, wider], how="diagonal_relaxed")
    assert_frame_equal(chunks.unpack(house, [merged]), expected)
    assert chunks.unpack(house, [merged], ["x"]).columns == ["x"]
