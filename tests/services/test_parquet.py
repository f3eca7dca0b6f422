"""Tables as immutable bytes: the same table, the same bytes, unless somebody else owns it."""

import polars as pl
import pytest

from tenure.services.parquet import frame, parquet, parquet_of_parts

TABLE = pl.DataFrame(
    {"id": ["a", "b", None], "output": [[0.1, 0.9], [1.0], None], "at": [1, 2, 3]},
    schema={"id": pl.String, "output": pl.List(pl.Float64), "at": pl.Datetime("us", "UTC")},
)


@pytest.mark.parametrize("table", [TABLE, TABLE.clear()])
def test_a_table_comes_back_as_it_went(table: pl.DataFrame) -> None:
    back = frame(parquet(table))
    assert back.equals(table)
    assert back.schema == table.schema


def test_equal_tables_are_equal_bytes_of_one_owner_alone() -> None:
    assert parquet(TABLE, "DL/delay") == parquet(TABLE.clone(), "DL/delay")
    assert len({parquet(TABLE), parquet(TABLE, "DL/delay"), parquet(TABLE, "B6/delay")}) == 3
    assert frame(parquet(TABLE, "B6/delay")).equals(TABLE)


def test_parts_become_one_table_whatever_columns_each_has() -> None:
    other = pl.DataFrame({"id": ["z"], "f:x": [1.5], "at": [None], "output": [None]})
    parts = [TABLE, other, TABLE]
    whole = pl.concat(parts, how="diagonal_relaxed")
    back = frame(parquet_of_parts(whole.clear(), iter(parts), "DL/delay"))
    assert back.equals(whole)
    assert back.schema == whole.schema
