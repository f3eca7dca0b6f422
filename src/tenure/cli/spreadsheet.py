"""Rows as a file that spreadsheets open: CSV or XLSX, in which no text is ever taken for a formula."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tenure.core.errors import invalid

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST = 60


def write(path: Path, rows: Sequence[Mapping[str, Any]], title: str) -> None:
    """Write the rows by the file's name; raise `inventory.bad_suffix`."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        _write_csv(path, rows)
    elif suffix == ".xlsx":
        _write_xlsx(path, rows, title)
    else:
        raise invalid("inventory.bad_suffix", "is written as .csv or .xlsx", where=str(path))


def _write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(_heads(rows))
        for row in rows:
            writer.writerow([_harmless(row.get(name)) for name in _heads(rows)])


def _write_xlsx(path: Path, rows: Sequence[Mapping[str, Any]], title: str) -> None:
    import xlsxwriter

    heads = _heads(rows)
    no_guessing = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, no_guessing) as book:
        sheet = book.add_worksheet(title)
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.write_row(0, 0, [name.replace("_", " ") for name in heads], bold)
        for place, row in enumerate(rows, start=1):
            sheet.write_row(place, 0, ["" if row.get(n) is None else row[n] for n in heads])
        for place, name in enumerate(heads):
            longest = max([len(name), *(len(str(row.get(name) or "")) for row in rows)])
            sheet.set_column(place, place, min(longest + 2, _WIDEST))
        sheet.freeze_panes(1, 2)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)


def _heads(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _harmless(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
