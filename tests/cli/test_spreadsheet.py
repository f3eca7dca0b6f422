"""Spreadsheets: every number a number, no text a formula."""

import csv
import zipfile
from pathlib import Path

import pytest

from tenure.cli.spreadsheet import write
from tenure.core.errors import TenureError

ROWS = [
    {"model": "late", "owner": '=HYPERLINK("http://x")', "value": 0.5, "version": None},
    {"model": "early", "owner": "ann", "value": -1.25, "version": 3},
]


def test_a_csv_has_harmless_texts(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", ROWS, "models")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["owner"] == '\'=HYPERLINK("http://x")'
    assert (second["value"], second["version"], first["version"]) == ("-1.25", "3", "")


def test_an_xlsx_has_numbers_and_no_formulas(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", ROWS, "models")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "<v>-1.25</v>" in sheet
    assert "=HYPERLINK" in texts


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TenureError) as caught:
        write(tmp_path / "a.ods", ROWS, "models")
    assert caught.value.code == "inventory.bad_suffix"
