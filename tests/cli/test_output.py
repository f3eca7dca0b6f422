"""The forms of an answer."""

import json

import pytest

from tenure.cli.details import details
from tenure.cli.output import Printer, aligned, cell

ROWS = [
    {"id": "a", "rows": 3, "at": "2013-06-14T06:00:00+00:00", "more": {"x": 1}},
    {"id": "bcd", "rows": 12_000, "at": None, "more": {}},
]


def test_a_table_is_aligned_and_numbers_stand_right(capsys: pytest.CaptureFixture[str]) -> None:
    Printer().rows(ROWS, ["id", "rows", "at"])
    assert capsys.readouterr().out.splitlines() == [
        "ID    ROWS  AT",
        "a        3  2013-06-14 06:00",
        "bcd  12000  -",
    ]


def test_programs_get_everything_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Printer("json").rows(ROWS, ["id"])
    assert json.loads(capsys.readouterr().out) == ROWS
    Printer("jsonl").rows(ROWS, ["id"])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS
    Printer("csv").rows(ROWS, ["id"])
    assert capsys.readouterr().out.splitlines()[1] == 'a,3,2013-06-14T06:00:00+00:00,"{""x"": 1}"'


def test_quiet_prints_ids_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(quiet=True)
    printer.rows(ROWS, ["id"])
    printer.one(ROWS[0], "words")
    printer.say("words")
    assert capsys.readouterr() == ("a\nbcd\na\n", "")


def test_words_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    Printer("json").say("done")
    assert capsys.readouterr() == ("", "done\n")


def test_cells_are_readable() -> None:
    assert [cell(v) for v in (None, True, 0.123456, ["a", 1], {"k": None}, [])] == [
        "-",
        "yes",
        "0.1235",
        "a, 1",
        "k -",
        "-",
    ]


def test_no_rows_make_a_table_of_heads() -> None:
    assert aligned([["ID"]], [False]) == ["ID"]
    assert aligned([], []) == []


def test_details_leave_out_what_is_empty() -> None:
    row = {"id": "x", "error": "", "facts": {"loss": 0.5}, "runs": [{"id": "r1"}]}
    assert details("title", row, ("id",)).splitlines() == [
        "title",
        "  facts  loss 0.5",
        "  runs",
        "    id r1",
    ]
