"""CSV as a table of texts. A row with too few or too many fields is counted and left out.

Fields are separated by commas, semicolons, tabs or bars, as the file itself shows; between semicolons
1,5 is a number.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from tenure.adapters.tables.sieve import SAMPLE_CHARACTERS
from tenure.core.errors import TenureError, invalid
from tenure.ports.tables import Quarantine

MISSING = ["", "NA", "N/A", "null", "NULL", "None"]
_DELIMITERS = ",;\t|"
_BLOCK_BYTES = 16 * 1024 * 1024
_ROW = re.compile(r"Row #(\d+)")
_COLUMN = re.compile(r"CSV column #(\d+)")
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+(?:[eE][+-]?\d+)?)$"
_HINT = "a CSV has a header line, the same number of fields in every row, and is UTF-8"


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows of a CSV whose number of fields was right, all of them text."""

    table: pl.DataFrame
    numbers: NDArray[np.int64]
    quarantined: Quarantine


def read_csv(data: bytes, noun: str, delimiter: str | None = None) -> Lines:
    """Return the rows as trimmed texts; raise `<noun>.malformed` with the line when known."""
    header, separator = _header(data, noun, delimiter)
    bad: list[Any] = []

    def skip(row: Any) -> Literal["skip"]:
        bad.append(row)
        return "skip"

    try:
        table = pc.read_csv(
            io.BytesIO(data if data.endswith(b"\n") else data + b"\n"),  # Arrow wants a row's end
            read_options=pc.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=pc.ParseOptions(
                delimiter=separator,
                newlines_in_values=True,
                invalid_row_handler=skip,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=MISSING,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _said_by_arrow(str(error), header, noun) from error
    _check_quotes(data, noun, separator)
    if len(bad) > table.num_rows:
        raise _torn(bad[0], len(bad), noun)
    numbers = _numbers(table.num_rows, [row.number for row in bad])
    return Lines(_trimmed(table, separator), numbers, _counted(bad))


def _header(data: bytes, noun: str, delimiter: str | None) -> tuple[list[str], str]:
    """Return the header's fields as they are written, and what separates them."""
    if data[:4] == b"PAR1":
        raise invalid(f"{noun}.malformed", "this is Parquet, not CSV", hint="call it .parquet")
    try:
        separator = delimiter or _separator(data)
        header = next(csv.reader(_lines(data), delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"this is not CSV: {error}"
        raise invalid(f"{noun}.malformed", message, where="line 1", hint=_HINT) from error
    if not any(field.strip() for field in header):
        raise invalid(f"{noun}.malformed", "the CSV has no header", where="line 1", hint=_HINT)
    names = [field.strip() for field in header]
    for place, name in enumerate(names):
        if name in names[:place]:
            message = f"two columns are called {name!r}"
            raise invalid(f"{noun}.malformed", message, where="line 1", hint="rename one of them")
    return header, separator


def _lines(data: bytes, errors: str = "strict") -> Iterator[str]:
    """Yield the lines, decoded one by one, so that a wrong byte is told with its own line."""
    for place, line in enumerate(io.BytesIO(data)):
        yield line.decode("utf-8-sig" if place == 0 else "utf-8", errors)


def _separator(data: bytes) -> str:
    """Return what cuts the header and the first row into equally many fields, and most of them.

    The comma when nothing does: it is what a CSV promises.
    """
    best, most = ",", 1
    for one in _DELIMITERS:
        rows = csv.reader(_lines(data, "replace"), delimiter=one)
        try:
            header = next(rows, [])
            first = next((row for row in rows if row), header)
        except csv.Error:  # it cuts no fields that anybody would write
            continue
        if len(header) == len(first) > most:
            best, most = one, len(header)
    return best


def _trimmed(table: Any, separator: str) -> pl.DataFrame:
    frame = pl.DataFrame(pl.from_arrow(table))
    frame = frame.rename({name: name.strip() for name in frame.columns})
    text = pl.all().str.strip_chars()
    if separator == ";":  # written where the comma is the decimal mark
        text = text.str.replace(_DECIMAL_COMMA, "${1}.${2}")
    return frame.select(pl.when(text != "").then(text))


def _numbers(rows: int, bad: list[int]) -> NDArray[np.int64]:
    """Return the numbers of the good rows: to Arrow the header is row 1, to people the first."""
    every = np.arange(1, rows + len(bad) + 1)
    gone = np.asarray([number - 1 for number in bad], dtype=np.int64)
    return np.setdiff1d(every, gone, assume_unique=True)[:rows]


def _counted(bad: list[Any]) -> Quarantine:
    if not bad:
        return {}
    return {"row.malformed": (len(bad), _example(bad[0])[:SAMPLE_CHARACTERS])}


def _example(row: Any) -> str:
    counts = f"{row.actual_columns} fields instead of {row.expected_columns}"
    return f"row {row.number - 1}: {counts}: {row.text}"


def _torn(row: Any, count: int, noun: str) -> TenureError:
    message = f"{count} rows, most of them, have the wrong number of fields; {_example(row)[:120]}"
    return invalid(f"{noun}.malformed", message, where=f"row {row.number - 1}", hint=_HINT)


def _said_by_arrow(message: str, header: list[str], noun: str) -> TenureError:
    row, column = _ROW.search(message), _COLUMN.search(message)
    where = f"row {int(row[1]) - 1}" if row else ""
    if "UTF8" in message or "UTF-8" in message:
        name = f" in column {header[int(column[1])].strip()!r}" if column else ""
        why = f"bytes that are no UTF-8{name}"
    else:
        why = message.removeprefix("CSV parse error: ").splitlines()[0]
    return invalid(f"{noun}.malformed", f"this is not CSV: {why}", where=where, hint=_HINT)


def _check_quotes(data: bytes, noun: str, separator: str) -> None:
    """Refuse a quote that is never closed: Arrow would take the rest of the file for one field."""
    if data.count(b'"') % 2 == 0:
        return
    rows = csv.reader(_lines(data), delimiter=separator, strict=True)
    start = 1
    try:
        for _ in rows:
            start = rows.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            message = "a quote is opened and never closed"
            where = f"line {start}"
            raise invalid(f"{noun}.malformed", message, where=where, hint=_HINT) from error
