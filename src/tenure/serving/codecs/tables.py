"""Tables of a request as tensors: columns of plain values, or CSV.

A column's datatype follows its values, and the signature where values cannot tell. An empty cell
of a CSV is missing, as pandas writes it.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.serving.codecs import elements
from tenure.serving.columns import ACCEPTED, PREFERRED, ColumnReader, shown
from tenure.serving.tensors import MAX_ROWS, too_many_rows
from tenure.serving.wire import OutputTensor, Tensor

Features = Mapping[str, ColumnReader]
_BY_VALUE = {frozenset({str}): "BYTES", frozenset({bool}): "BOOL", frozenset({int}): "INT64"}
_ARROW = {
    ColumnType.FLOAT: pa.float64(),
    ColumnType.INT: pa.float64(),
    ColumnType.BOOL: pa.bool_(),
}


def tensor(name: str, values: list[Any], features: Features) -> Tensor:
    """Return one column as a tensor."""
    reader = features.get(name)
    kinds = frozenset(map(type, values)) - {type(None)}
    datatype = _BY_VALUE.get(kinds, "FP64") if kinds else "BYTES"
    if reader is not None and not (kinds and datatype in ACCEPTED[reader.type]):
        datatype = PREFERRED[reader.type]  # the value that does not fit is named with its row
    elif reader is not None and reader.type is ColumnType.FLOAT:
        datatype = "FP64"
    return Tensor(name, [len(values)], datatype, values)


def of_rows(names: Sequence[str], rows: Sequence[Any], features: Features) -> list[Tensor]:
    """Return rows, lists of one value per name, as tensors."""
    if len(rows) > MAX_ROWS:
        raise too_many_rows(len(rows))
    width = len(names)
    for place, row in enumerate(rows):
        if type(row) is not list or len(row) != width:
            raise invalid("request.bad_shape", f"row {place}: a list of {width} was expected")
    if not rows:
        return [tensor(name, [], features) for name in names]
    columns = zip(*rows, strict=True)
    return [tensor(n, list(c), features) for n, c in zip(names, columns, strict=True)]


def of_records(records: Sequence[Any], features: Features) -> list[Tensor]:
    """Return objects, one per row, as tensors; a name that a row lacks is missing there."""
    if len(records) > MAX_ROWS:
        raise too_many_rows(len(records))
    for place, record in enumerate(records):
        if type(record) is not dict:
            raise invalid("request.bad_shape", f"row {place}: an object was expected")
    names = dict.fromkeys(name for record in records for name in record)
    return [tensor(name, [r.get(name) for r in records], features) for name in names]


def of_csv(body: bytes, features: Features) -> list[Tensor]:
    """Return a CSV with a header line as tensors."""
    text = _text(body)
    if text.count('"') % 2:
        raise _refused("a quotation mark is left open")
    names = next(csv.reader(io.StringIO(text, newline="")), [])
    if not names:
        raise _refused("the body is empty; a header line was expected")
    for place, name in enumerate(names):
        if name in names[:place]:
            raise invalid("request.repeated_input", f"column {shown(name)} was sent twice")
    try:
        table = pa.csv.read_csv(
            io.BytesIO(text.encode()),
            pa.csv.ReadOptions(use_threads=False, block_size=len(body) + 1),
            pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(names) > 1),
            pa.csv.ConvertOptions(
                column_types={name: _arrow_type(name, features) for name in names},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise _refused(f"the body is not CSV of these columns: {str(error)[:200]}") from None
    return [_column(name, table.column(name)) for name in names]


def csv_of(outputs: Sequence[OutputTensor], classes: Sequence[str]) -> bytes:
    """Return outputs as a CSV: a matrix has one column per class."""
    names: list[str] = []
    columns: list[Sequence[Any]] = []
    for output in outputs:
        width = output.shape[1] if len(output.shape) > 1 else 0
        if width:
            names += [f"{output.name}_{level}" for level in classes]
            columns += [output.data[place::width] for place in range(width)]
        else:
            names.append(output.name)
            columns.append(output.data)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def rows_of(output: OutputTensor) -> list[Any]:
    """Return an output's values row by row: a list each where it is a matrix."""
    if len(output.shape) == 1:
        return output.data
    values = iter(output.data)
    rows, width = output.shape
    return [list(islice(values, width)) for _ in range(rows)]


def _column(name: str, column: Any) -> Tensor:
    kind, count = column.type, len(column)
    if kind == pa.float64():
        array = column.to_numpy()
        return Tensor(name, [count], "FP64", elements.present(name, np.asarray(array)))
    datatype = "BOOL" if kind == pa.bool_() else "BYTES"
    return Tensor(name, [count], datatype, column.to_pylist())


def _arrow_type(name: str, features: Features) -> Any:
    reader = features.get(name)
    return pa.string() if reader is None else _ARROW.get(reader.type, pa.string())


def _text(body: bytes) -> str:
    try:
        return str(body, "utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("the body is not UTF-8") from None


def _refused(why: str) -> TenureError:
    return invalid("request.malformed", why)
