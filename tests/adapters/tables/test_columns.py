"""Columns of files and frames: the same rows whatever holds them, in batches."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tenure.adapters.tables.columns import BATCH_ROWS, FrameColumns, columns_of
from tenure.core.errors import TenureError
from tenure.ports.columns import Columns

ROWS = pl.DataFrame({"n": [1.5, None, 3.0] * 10, "c": ["a", "b", None] * 10})


def read(table: Columns, *names: str) -> pl.DataFrame:
    batches = list(table.batches(names or tuple(table.names)))
    return pl.DataFrame(pl.from_arrow(pa.Table.from_batches(batches)))


def test_a_parquet_file_gives_its_columns_with_text_as_dictionaries(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    ROWS.write_parquet(file)
    table = columns_of(file)
    assert (table.name, table.rows, list(table.names)) == ("rows.parquet", 30, ["n", "c"])
    assert pa.types.is_dictionary(next(iter(table.batches(["c"]))).schema.field("c").type)
    assert read(table, "n").equals(ROWS.select("n"))
    assert read(table)["c"].cast(pl.String).equals(ROWS["c"])


def test_a_csv_gives_texts_and_counts_torn_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("n,c\n" + "1.5,a\nNA,b\n1,2,3\n" * 20)
    table = columns_of(file)
    assert table.is_text
    before = table.rows
    assert before is None
    assert read(table)["n"].to_list() == ["1.5", None] * 20
    assert f"{table.rows} {table.left_out}" == "40 20"
    assert read(table, "c").columns == ["c"]


def test_a_long_file_comes_in_batches(tmp_path: Path) -> None:
    rows = pa.table({"n": pa.array(range(2 * BATCH_ROWS + 1))})
    file = tmp_path / "rows.parquet"
    pq.write_table(rows, file)
    for table in (columns_of(file), FrameColumns(rows, "frame")):
        sizes = [batch.num_rows for batch in table.batches(["n"])]
        assert sum(sizes) == 2 * BATCH_ROWS + 1
        assert max(sizes) == BATCH_ROWS


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.parquet", None, "drift.not_found"),
        ("rows.xlsx", b"PK", "drift.bad_media"),
        ("rows.parquet", b"not parquet at all", "drift.malformed"),
        ("rows.parquet", b"", "drift.malformed"),
        ("rows.csv", b"", "drift.malformed"),
        ("rows.csv", b"a,a\n1,2\n", "drift.malformed"),
        ("rows.csv", b"a\n\xff\xfe\n", "drift.malformed"),
    ],
)
def test_what_is_no_table_is_said_with_a_code(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TenureError) as caught:
        list(columns_of(file).batches(["a"]))
    assert caught.value.code == code


def test_a_file_cut_in_the_middle_is_malformed(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.parquet", tmp_path / "cut.parquet"
    ROWS.write_parquet(whole)
    cut.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(TenureError, match=r"cut\.parquet: this is not Parquet"):
        columns_of(cut)
