"""A column that is not there is told with the nearest that is."""

import polars as pl
import pytest

from tenure.adapters.tables.finding import missing, need
from tenure.core.errors import TenureError

TABLE = pl.DataFrame({"Late": [1], "x": [2]})


def test_a_column_that_is_there_is_returned() -> None:
    assert need(TABLE, "x", "[data] target", "dataset").to_list() == [2]


def test_a_missing_one_names_the_nearest() -> None:
    with pytest.raises(TenureError) as caught:
        need(TABLE, "late", "[data] target", "dataset")
    assert str(caught.value) == (
        'error[dataset.missing_column]: [data] target names the column "late", which is not there\n'
        '  did you mean "Late"?   columns: Late, x'
    )


def test_many_columns_are_not_all_listed() -> None:
    wide = pl.DataFrame({f"c{number}": [1] for number in range(50)})
    assert missing(wide, "zzz", "x", "label").hint.endswith("c29, …")
    assert missing(pl.DataFrame(), "zzz", "x", "label").hint == "columns: none"
