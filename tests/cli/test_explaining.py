"""How `tenure model explain` shows rows, and what it writes."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tenure.cli import explaining
from tenure.core.errors import TenureError
from tenure.sdk.inference import Explanation

FOUND = Explanation(
    [{"rain": -0.5, "hour": 2.0}, {"rain": 0.25, "hour": 0.0}],
    [1.0, 1.0],
    [2.5, 1.25],
    "logit",
    "tree_shapley",
    "3",
)


def test_a_row_shows_what_moved_it_most_first() -> None:
    rows = list(explaining.rows(FOUND, 10))
    assert [row["row"] for row in rows] == [10, 11]
    assert explaining.shown(rows[0], 2)["because"] == "hour +2, rain -0.5"
    assert explaining.shown(rows[1], 1)["because"] == "rain +0.25"


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("classes", [1, 2])
def test_a_file_gets_a_column_for_each_feature(tmp_path: Path, name: str, classes: int) -> None:
    rows: list[dict[str, Any]] = list(explaining.rows(FOUND, 0))
    if classes > 1:
        each = {name: [value] * 2 for name, value in rows[0]["contributions"].items()}
        rows = [{**row, "raw_score": [1.0, 2.0], "contributions": each} for row in rows]
    explaining.write(tmp_path / name, rows)
    read = pl.read_csv if name.endswith("csv") else pl.read_parquet
    table = read(tmp_path / name)
    assert table.columns == ["raw_score", "base_value", "contribution.rain", "contribution.hour"]
    assert table.height == 2


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenureError, match=r"ends in neither \.csv or \.parquet"):
        explaining.write(tmp_path / "out.xlsx", list(explaining.rows(FOUND, 0)))
