"""Rows to try a model on: its data, and what data rarely holds.

Rows of the data; every feature missing where it may be; the ends of its range and far beyond; a
level that nobody has seen; each split threshold, and the doubles on both sides of it.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.core.columns import Column, ColumnType
from tenure.core.signatures import Signature

MOST_ROWS = 2000
_MOST_EDGES = 60  # per feature, spread evenly
_UNSEEN = "a level that was never seen"
_WHOLE = 16_777_217.0  # the first integer that single precision cannot hold


def rows(table: pa.Table, signature: Signature, edges: dict[str, Floats]) -> pa.Table:
    """Return the rows to try, with the columns of the signature."""
    given = _sample(table.select([column.name for column in signature.features]))
    parts = [given]
    for column in signature.features:
        values = _values(column, given, edges.get(column.name, np.zeros(0)))
        if values:
            parts.append(_with(given, column, values))
    allowed = {c.name for c in signature.features if c.nulls}
    if allowed:
        parts.append(emptied(given.slice(0, 1), allowed))
    return pa.concat_tables(parts).combine_chunks()


def _sample(table: pa.Table) -> pa.Table:
    """Return rows spread evenly over the table."""
    if table.num_rows <= MOST_ROWS:
        return table.combine_chunks()
    places = np.linspace(0, table.num_rows - 1, MOST_ROWS).astype(np.int64)
    return table.take(places).combine_chunks()


def _values(column: Column, given: pa.Table, edges: Floats) -> list[Any]:
    absent: list[Any] = [None] if column.nulls else []
    if column.type is ColumnType.CATEGORY:
        return [*absent, _UNSEEN, "", *column.levels[:_MOST_EDGES]]
    if column.type is ColumnType.BOOL:
        return [*absent, 0.0, 1.0]
    seen = np.asarray(given.column(column.name).drop_null().to_numpy(), np.float64)
    ends = [float(seen.min()), float(seen.max())] if len(seen) else []
    far = [0.0, -1.0, *ends, *(10 * end for end in ends), 1e9, -1e9, 1e-300, _WHOLE]
    tried = [float(value) for value in far] + _around(edges)
    low = -np.inf if column.min is None else column.min
    high = np.inf if column.max is None else column.max
    whole = column.type is ColumnType.INT
    return absent + [v for v in tried if low <= v <= high and (v.is_integer() or not whole)]


def _around(edges: Floats) -> list[float]:
    kept = edges[np.isfinite(edges)]
    if len(kept) > _MOST_EDGES:
        kept = kept[np.linspace(0, len(kept) - 1, _MOST_EDGES).astype(np.int64)]
    sides = [kept, np.nextafter(kept, np.inf), np.nextafter(kept, -np.inf)]
    found: list[float] = np.concatenate(sides).tolist()
    return found


def _with(given: pa.Table, column: Column, values: list[Any]) -> pa.Table:
    """Return rows of the data, one for each value put into the column."""
    places = np.arange(len(values)) * 7 % max(given.num_rows, 1)
    base = given.take(places)
    kind = given.schema.field(column.name).type
    at = given.schema.get_field_index(column.name)
    return base.set_column(at, given.schema.field(column.name), pa.array(values, kind))


def emptied(row: pa.Table, allowed: set[str]) -> pa.Table:
    """Return the row without a value in these columns."""
    for at, name in enumerate(row.column_names):
        if name in allowed:
            kind = row.schema.field(name).type
            row = row.set_column(at, row.schema.field(name), pa.nulls(1, kind))
    return row
