"""Features: which columns, in which order, and which rows do not fit them."""

import numpy as np
import polars as pl
import pytest

from tenure.adapters.tables.features import (
    check_levels,
    fixed_columns,
    infer_columns,
    never_features,
    read_feature,
    strangers,
    with_levels,
)
from tenure.adapters.tables.sieve import Sieve
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict

SPEC = from_dict(
    {
        "model": {"tenant": "DL", "name": "m", "task": "binary"},
        "data": {"source": "a", "target": "y", "time": "at", "key": ["id"], "ignore": ["no"]},
        "labels": {"event_time": "landed"},
        "features": {"x": {"type": "int"}},
    }
)
USED = {name: [1, 2] for name in ("y", "at", "id", "no", "landed")}
TABLE = pl.DataFrame({"b": [1, 2], **USED, "x": [5, 5], "a": ["p", "q"], "same": [1, 1]})


def sieve(rows: int = 2) -> Sieve:
    return Sieve(np.arange(1, rows + 1))


def test_columns_with_another_use_are_none() -> None:
    assert never_features(SPEC) == set(USED)


def test_features_come_in_the_order_of_the_table() -> None:
    columns, left_out = infer_columns(TABLE, SPEC, sieve())
    assert [column.name for column in columns] == ["b", "x", "a"]
    assert columns[1].type is ColumnType.INT
    assert left_out == {"same": "always 1"}


def test_a_table_without_features_is_refused() -> None:
    bare = pl.DataFrame({**USED, "same": [1, 1]})
    with pytest.raises(TenureError) as caught:
        infer_columns(bare, SPEC, sieve())
    assert (caught.value.code, caught.value.hint) == ("dataset.no_features", "same: always 1")


def test_a_signature_fixes_the_order_and_declarations_come_last() -> None:
    known = (Column("b", ColumnType.FLOAT), Column("no", ColumnType.FLOAT))
    columns = fixed_columns(SPEC, Signature(Task.BINARY, known, "y", ("0", "1")))
    assert [column.name for column in columns] == ["b", "x"]
    assert strangers(TABLE, SPEC, columns) == dict.fromkeys(
        ("a", "same"), "not among the features of the first import"
    )


def test_a_category_keeps_its_text() -> None:
    column = Column("x", ColumnType.CATEGORY)
    assert read_feature(pl.Series([1, 2]), column, sieve()).to_list() == ["1", "2"]
    bad = sieve()
    read_feature(pl.Series([[1], [2]]), column, bad)
    assert bad.quarantined["row.bad_type"][0] == 2


def test_only_declared_levels_are_checked() -> None:
    one = sieve()
    check_levels(pl.Series(["a", "z"]), Column("x", ColumnType.CATEGORY, levels=("a",)), one)
    check_levels(pl.Series(["a", "z"]), Column("x", ColumnType.CATEGORY), one)
    check_levels(pl.Series([1.0, 2.0]), Column("x", ColumnType.FLOAT), one)
    assert one.quarantined == {"row.unknown_level": (1, 'row 2: x = "z"')}


def test_levels_grow_unless_they_were_declared() -> None:
    column = Column("x", ColumnType.CATEGORY, levels=("b",))
    values = pl.Series(["c", "a", "b", None])
    assert with_levels(column, values, declared=False).levels == ("b", "a", "c")
    assert with_levels(column, values, declared=True) is column
    number = Column("x", ColumnType.FLOAT)
    assert with_levels(number, pl.Series([1.0]), declared=False) is number
