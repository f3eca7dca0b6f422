"""Rows in whatever form people have them, as Arrow tables; tables as Parquet in parts.

polars, pandas, Arrow, a list of dicts, a dict of columns. No library is imported before it is
needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tenure.core.errors import invalid

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Any
"""A frame of polars, pandas or Arrow, a list of dicts (one per row) or a dict of columns."""

PART_BYTES = 15 * 1024 * 1024
"""A little less than the API takes at once."""


def table_of(rows: Rows) -> "pa.Table":
    """Return the rows as an Arrow table; raise `frame.unknown_type`, `frame.malformed`.

    pandas' missing values become nulls and its index is left out. Times without a zone are UTC.
    """
    import pyarrow as pa

    try:
        table = _table(rows)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
        raise invalid("frame.malformed", f"this cannot be a table: {error}") from error
    if table.num_columns == 0:
        raise invalid("frame.no_columns", "the frame has no columns")
    return table


def _table(rows: Rows) -> "pa.Table":
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return rows
    if type(rows).__module__.partition(".")[0] == "pandas":  # which would send its index along
        return pa.Table.from_pandas(rows, preserve_index=False)
    if isinstance(rows, pa.RecordBatch):
        return pa.Table.from_batches([rows])
    if hasattr(rows, "__arrow_c_stream__"):  # polars, pandas, pyarrow readers, duckdb, …
        return pa.table(rows)
    if isinstance(rows, Mapping):
        return pa.table({str(name): _column(values) for name, values in rows.items()})
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        names = dict.fromkeys(str(name) for row in rows for name in row)
        return pa.table({name: _column([row.get(name) for row in rows]) for name in names})
    raise invalid(
        "frame.unknown_type",
        f"rows cannot be read from {type(rows).__name__}",
        hint="hand in a frame of polars, pandas or Arrow, a list of dicts or a dict of columns",
    )


def _column(values: Any) -> Any:
    """Return one column; a lone value is a mistake that Arrow would take apart letter by letter."""
    import pyarrow as pa

    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        raise invalid("frame.malformed", "a dict of columns holds a list for each name")
    return pa.array(values)


def parts(table: "pa.Table") -> Iterator[bytes]:
    """Return the table as Parquet files that are each small enough to be posted."""
    data = parquet(table)
    if len(data) <= PART_BYTES or table.num_rows <= 1:
        yield data
        return
    middle = table.num_rows // 2
    yield from parts(table.slice(0, middle))
    yield from parts(table.slice(middle))


def parquet(table: "pa.Table") -> bytes:
    """Return the table as one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())
