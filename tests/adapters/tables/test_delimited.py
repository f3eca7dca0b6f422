"""CSV from anywhere: separators, quotes, torn rows, broken bytes."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.tables.delimited import read_csv
from tenure.core.errors import TenureError


def columns(data: bytes) -> dict[str, list[object]]:
    return read_csv(data, "dataset").table.to_dict(as_series=False)


def refused(data: bytes) -> TenureError:
    with pytest.raises(TenureError) as caught:
        read_csv(data, "label")
    assert caught.value.code == "label.malformed"
    return caught.value


def test_fields_are_trimmed_texts() -> None:
    assert columns(b"a, b \n 1 ,x y\n") == {"a": ["1"], "b": ["x y"]}


def test_what_means_missing_is_missing() -> None:
    data = b'a\nNA\nN/A\nnull\nNULL\nNone\n""\n" "\n"NA"\nna\n'
    assert columns(data)["a"] == [None] * 7 + ["NA", "na"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_seen(separator: str) -> None:
    data = f"a{separator}b\n1{separator}2\n".encode()
    assert columns(data) == {"a": ["1"], "b": ["2"]}


def test_a_header_with_a_comma_is_separated_by_commas() -> None:
    assert columns(b"a;x,b\n1,2\n") == {"a;x": ["1"], "b": ["2"]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a, b;c;d\n1,5;2;3\n", {"a, b": ["1.5"], "c": ["2"], "d": ["3"]}),
        (b'"a;b",c\n1,2\n', {"a;b": ["1"], "c": ["2"]}),
        (b"a|b\n1,5|2\n", {"a": ["1,5"], "b": ["2"]}),
        (b"a,b\n1;2,3;4\n", {"a": ["1;2"], "b": ["3;4"]}),
        (b"a\n1;2\n", {"a": ["1;2"]}),
        (b"a;b\n", {"a": [], "b": []}),
    ],
)
def test_what_cuts_header_and_rows_alike_separates(
    data: bytes, expected: dict[str, list[object]]
) -> None:
    assert columns(data) == expected


def test_between_semicolons_a_comma_is_the_decimal_mark_of_numbers_alone() -> None:
    data = b"a;b\n1,5;x\n-0,25e3;1,2,3\n7;,5\n"
    assert columns(data) == {"a": ["1.5", "-0.25e3", "7"], "b": ["x", "1,2,3", ",5"]}


def test_tabs_may_be_told() -> None:
    assert read_csv(b"a,x\tb\n1\t2\n", "dataset", "\t").table.columns == ["a,x", "b"]


def test_line_ends_and_byte_order_marks_do_not_matter() -> None:
    plain = columns(b"a,b\n1,2\n3,4\n")
    assert columns(b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4") == plain
    assert columns(b"a,b\n\n1,2\n\n\n3,4\n\n") == plain


def test_quotes_may_hold_separators_and_line_ends() -> None:
    data = b'a,b\n"1,5","x\ny"\n"say ""hi""",5" long\n'
    assert columns(data) == {"a": ["1,5", 'say "hi"'], "b": ["x\ny", '5" long']}


def test_torn_rows_are_counted_and_the_rest_is_kept() -> None:
    found = read_csv(b"a,b\n1,2\n3\n4,5,6\n7,8\n9,10\n", "dataset")
    assert found.table["a"].to_list() == ["1", "7", "9"]
    assert found.numbers.tolist() == [1, 4, 5]
    assert found.quarantined == {"row.malformed": (2, "row 2: 1 fields instead of 2: 3")}


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert columns(b"a,b") == {"a": [], "b": []}


def test_one_column_is_a_table_too() -> None:
    assert columns(b"late\n1\n0\n") == {"late": ["1", "0"]}


def test_mostly_torn_rows_are_no_table() -> None:
    error = refused(b"a,b\n1,2,3\n1,2\n1,2,3\n")
    assert error.where == "row 1"
    assert "3 fields instead of 2" in error.message


def test_broken_bytes_are_told_with_their_row_and_column() -> None:
    error = refused(b"a,b\n1,2\n3,\xff\n")
    assert error.where == "row 2"
    assert error.message == "this is not CSV: bytes that are no UTF-8 in column 'b'"


def test_a_header_of_broken_bytes_is_refused() -> None:
    assert refused(b"\xffa,b\n1,2\n").where == "line 1"


def test_a_quote_that_is_never_closed_is_told_with_its_line() -> None:
    error = refused(b'a,b\n1,2\n3,"x\n5,6\n')
    assert (error.where, error.message) == ("line 3", "a quote is opened and never closed")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b",,\n1,2,3\n", "no header"),
        (b"a, a\n1,2\n", "two columns are called 'a'"),
        (b"PAR1\x00\x00", "this is Parquet"),
    ],
)
def test_what_is_no_csv_is_refused(data: bytes, words: str) -> None:
    assert words in refused(data).message


CONTROLS = "".join(map(chr, range(0x7F, 0xA0)))
FIELDS = st.text(
    st.characters(codec="utf-8", min_codepoint=32, exclude_characters=CONTROLS), max_size=6
)


@settings(deadline=None)
@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[FIELDS] * n), max_size=5)))
def test_whatever_python_writes_is_read(rows: list[tuple[str, ...]]) -> None:
    width = len(rows[0]) if rows else 1
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"c{place}" for place in range(width)], *rows])
    table = read_csv(out.getvalue().encode(), "dataset").table
    assert table.rows() == [tuple(field.strip() or None for field in row) for row in rows]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_words(data: bytes) -> None:
    try:
        table = read_csv(data, "dataset").table
    except TenureError as error:
        assert error.code == "dataset.malformed"  # noqa: PT017  # some bytes are a table
    else:
        assert table.width > 0
