"""Encoding: Arrow columns and raw rows give the same numbers, and missing means missing."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.frameworks import encode
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError

COLUMNS = (Column("size", ColumnType.FLOAT), Column("town", ColumnType.CATEGORY))
ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(allow_nan=False),
        st.none() | st.sampled_from(["Ulm", "Köln", "", "a b", "\x1f"]),
    ),
    min_size=1,
    max_size=30,
)


def table(sizes: list[float | None], towns: list[str | None]) -> pa.Table:
    return pa.table({"size": pa.array(sizes, pa.float64()), "town": pa.array(towns, pa.string())})


@given(ROWS)
def test_a_table_and_its_rows_one_by_one_or_together_give_the_same_numbers(
    rows: list[tuple[float | None, str | None]],
) -> None:
    sizes, towns = [size for size, _ in rows], [town for _, town in rows]
    encoding = encode.fit(table(sizes, towns), COLUMNS, 3)
    matrix = encoding.matrix(table(sizes, towns))
    raw = encode.Rows(encoding)
    together = raw.many({"size": list(sizes), "town": list(towns)}, len(rows))
    single = [raw.one({"size": [size], "town": [town]}) for size, town in rows]
    np.testing.assert_array_equal(together, matrix)
    np.testing.assert_array_equal(np.array(single), matrix)


def test_the_most_frequent_levels_are_kept_and_ties_go_by_their_text() -> None:
    towns: list[str | None] = ["d", "c", "b", "b", None, "a"]
    encoding = encode.fit(table([1.0] * 6, towns), COLUMNS, 3)
    assert encoding.features[1].levels == ("b", "a", "c")
    assert encoding.categories == [1]
    codes = encoding.matrix(table([1.0] * 6, towns))[:, 1].tolist()
    assert codes[1:4] == [2.0, 0.0, 0.0]
    assert math.isnan(codes[0])  # rare
    assert math.isnan(codes[4])  # missing


def test_dictionaries_booleans_and_whole_numbers_are_understood() -> None:
    rows = pa.table(
        {
            "size": pa.array([True, None, False]),
            "town": pa.array(["Ulm", "Bonn", "Ulm"]).dictionary_encode(),
        }
    )
    encoding = encode.fit(rows, COLUMNS, 9)
    np.testing.assert_array_equal(encoding.matrix(rows), [[1, 0], [math.nan, 1], [0, 0]])


def test_an_encoding_survives_its_file() -> None:
    encoding = encode.fit(table([1.0], ["Köln"]), COLUMNS, 9)
    stored = encode.to_bytes(encoding)
    assert encode.from_files({encode.FILE: stored}) == encoding
    assert stored == encode.to_bytes(encode.from_files({encode.FILE: stored}))


@pytest.mark.parametrize(
    "files",
    [
        {},
        {encode.FILE: b"{"},
        {encode.FILE: b'{"features":[1]}'},
        {encode.FILE: b'{"features":[],"format":2}'},
    ],
)
def test_a_broken_file_is_named(files: dict[str, bytes]) -> None:
    with pytest.raises(TenureError, match=encode.FILE) as caught:
        encode.from_files(files)
    assert caught.value.code == "runtime.broken_files"


def test_a_column_that_is_missing_or_no_number_is_named() -> None:
    with pytest.raises(TenureError, match="'town'") as caught:
        encode.fit(pa.table({"size": [1.0]}), COLUMNS, 9)
    assert caught.value.code == "run.missing_column"
    encoding = encode.fit(table([1.0], ["Ulm"]), COLUMNS, 9)
    with pytest.raises(TenureError, match="'size'") as caught:
        encoding.matrix(pa.table({"size": ["big"], "town": ["Ulm"]}))
    assert caught.value.code == "run.bad_column"


def test_of_a_hundred_thousand_levels_the_most_frequent_are_kept() -> None:
    texts = [f"s{n}" for n in range(100_000)] + ["often"] * 3
    fitted = encode.fit(pa.table({"c": texts}), (Column("c", ColumnType.CATEGORY),), 100)
    (feature,) = fitted.features
    assert feature.levels is not None
    assert (feature.levels[0], len(feature.levels)) == ("often", 100)
