"""Rows that a model is tried on: the data, missing values, both ends, thresholds and their neighbours."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.frameworks.foreign.trials import MOST_ROWS, rows
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

SIGNATURE = Signature(
    Task.BINARY,
    (
        Column("wind", ColumnType.FLOAT, nulls=True, min=0.0, max=200.0),
        Column("seats", ColumnType.INT, nulls=False),
        Column("dest", ColumnType.CATEGORY, True, ("ATL", "LGA")),
        Column("heavy", ColumnType.BOOL, nulls=False),
    ),
    "late",
    ("0", "1"),
)
FLOATS = st.floats(0, 200)


def table(winds: list[float]) -> pa.Table:
    many = len(winds)
    return pa.table(
        {
            "heavy": pa.array([1.0] * many),
            "wind": pa.array(winds, pa.float64()),
            "seats": pa.array([float(n) for n in range(many)]),
            "dest": pa.array(["ATL"] * many),
        }
    )


@given(st.lists(FLOATS, min_size=1, max_size=20), FLOATS)
def test_what_data_rarely_holds_is_tried_within_what_serving_lets_through(
    winds: list[float], edge: float
) -> None:
    tried = rows(table(winds), SIGNATURE, {"wind": np.array([edge, np.inf])})
    assert tried.column_names == [column.name for column in SIGNATURE.features]
    found = set(tried.column("wind").to_pylist())
    around = {edge, *np.nextafter(edge, [-np.inf, np.inf]).tolist()}
    assert {one for one in around if 0.0 <= one <= 200.0} | {None, 0.0} <= found
    assert all(one is None or 0.0 <= one <= 200.0 for one in found)
    assert {None, "", "ATL", "LGA"} < set(tried.column("dest").to_pylist())
    assert None not in tried.column("seats").to_pylist()
    assert all(float(one or 0).is_integer() for one in tried.column("seats").to_pylist())
    assert set(tried.column("heavy").to_pylist()) == {0.0, 1.0}


def test_of_long_data_some_rows_are_tried() -> None:
    tried = rows(table(np.linspace(0.0, 200.0, 10 * MOST_ROWS).tolist()), SIGNATURE, {})
    assert MOST_ROWS < tried.num_rows < MOST_ROWS + 100
