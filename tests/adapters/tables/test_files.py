"""Files in parts: no row is cut, none is lost, and skipping is the same as reading over."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.tables import files
from tenure.core.errors import TenureError
from tenure.ports.batches import PART_ROWS

_FIELD = st.text(st.sampled_from('ab,"\n\r ü'), max_size=12)


@given(st.lists(st.tuples(_FIELD, _FIELD), min_size=1, max_size=20), st.integers(1, 40))
def test_a_csv_is_cut_between_rows_only(rows: list[tuple[str, str]], block: int) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    whole = text.getvalue().encode()
    blocks = list(files._blocks(io.BytesIO(whole), files.NOUN, block))
    assert b"".join(blocks) == whole
    read = [row for one in blocks for row in csv.reader(io.StringIO(one.decode(), newline=""))]
    assert read == [list(row) for row in rows]


def test_a_large_row_group_is_read_in_parts_and_skipped_by_them(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    rows = pl.DataFrame({"n": range(2 * PART_ROWS + 10)})
    rows.write_parquet(file, row_group_size=2 * PART_ROWS + 5)
    source = files.source(file)
    parts = [part.table for part in source.parts(0)]
    assert [part.height for part in parts] == [PART_ROWS, PART_ROWS, 5, 5]
    assert pl.concat(parts).equals(rows)
    for skip in range(5):
        assert [part.table["n"][0] for part in source.parts(skip)] == [
            part["n"][0] for part in parts[skip:]
        ]
    assert source.rows == rows.height


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(TenureError, match=r"batch\.malformed"):
        files.source(file)
