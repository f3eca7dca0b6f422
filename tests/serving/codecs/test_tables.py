"""Tables as tensors: datatypes, missing values, what is no table."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.serving.codecs import tables
from tenure.serving.rows import RowReader
from tenure.serving.wire import OutputTensor
from tests.serving.small import MIXED

FEATURES = RowReader(MIXED, ("flight",), "at").features


def columns(body: str | bytes) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else body.encode()
    return {t.name: (t.datatype, t.data) for t in tables.of_csv(content, FEATURES)}


def refused(body: str | bytes) -> str:
    with pytest.raises(TenureError) as found:
        columns(body)
    return f"{found.value.code}: {found.value.message}"


def test_cells_are_read_as_the_signature_says() -> None:
    text = (
        "distance,gust,stops,delayed,origin,booked,flight\n"
        '1.5,,2,true,JFK,2013-03-01,007\n 2 ,NaN,,0,"",,\n'
    )
    assert columns(text) == {
        "distance": ("FP64", [1.5, 2.0]),
        "gust": ("FP64", [None, None]),
        "stops": ("FP64", [2.0, None]),
        "delayed": ("BOOL", [True, False]),
        "origin": ("BYTES", ["JFK", ""]),
        "booked": ("BYTES", ["2013-03-01", None]),
        "flight": ("BYTES", ["007", None]),
    }


@pytest.mark.parametrize(
    "body", ["distance\r\n1\r\n2\r\n", b"\xef\xbb\xbfdistance\n1\n2", '"distance"\n1\n2\n']
)
def test_line_ends_quotes_and_a_mark_of_order_do_not_matter(body: str | bytes) -> None:
    assert columns(body) == {"distance": ("FP64", [1.0, 2.0])}


def test_an_empty_line_is_a_row_where_there_is_one_column() -> None:
    assert columns("gust\n1\n\n3\n") == {"gust": ("FP64", [1.0, None, 3.0])}


def test_a_quoted_text_may_hold_anything() -> None:
    assert columns('origin,flight\n"a\nb,""c""",é\n')["origin"] == ("BYTES", ['a\nb,"c"'])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "request.malformed: the body is empty"),
        ("\n", "request.malformed: the body is empty"),
        (b"distance\n\xff\n", "request.malformed: the body is not UTF-8"),
        ("distance,gust\n1\n", "request.malformed: the body is not CSV"),
        ("distance\nfar\n", "invalid value 'far'"),
        ("distance\n1e999\n", "element 0 is infinite"),
        ("delayed\nperhaps\n", "invalid value 'perhaps'"),
        ("gust,gust\n1,2\n", "request.repeated_input: column 'gust' was sent twice"),
        ('origin\n"a\n', "request.malformed: a quotation mark is left open"),
    ],
)
def test_what_is_no_table_of_these_columns_is_refused(body: str | bytes, why: str) -> None:
    assert why in refused(body)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_table_or_refused(body: bytes) -> None:
    try:
        found = tables.of_csv(body, FEATURES)
    except TenureError:
        return
    assert {tuple(t.shape) for t in found} == {(len(found[0].data),)}


@pytest.mark.parametrize(
    ("name", "values", "datatype"),
    [
        ("distance", [1, 2], "FP64"),
        ("distance", [1, 2.5], "FP64"),
        ("stops", [1, None], "INT64"),
        ("stops", [1.0], "FP64"),
        ("delayed", [True, None], "BOOL"),
        ("delayed", [None], "BOOL"),
        ("origin", ["JFK", None], "BYTES"),
        ("booked", ["2013-03-01"], "BYTES"),
        ("booked", [0], "INT64"),
        ("flight", [7], "INT64"),
        ("flight", [None], "BYTES"),
        ("origin", [1], "BYTES"),
        ("distance", ["1"], "FP64"),
        ("distance", [True], "FP64"),
        ("booked", [{}], "BYTES"),
    ],
)
def test_a_datatype_follows_the_values(name: str, values: list[Any], datatype: str) -> None:
    assert tables.tensor(name, values, FEATURES).datatype == datatype


def test_a_matrix_of_outputs_has_a_column_per_class() -> None:
    outputs = [
        OutputTensor("probability", [2, 2], "FP64", [0.25, 0.75, 1e-300, 1.0]),
        OutputTensor("label", [2], "BYTES", ["y,es", "no"]),
    ]
    text = tables.csv_of(outputs, ("no", "y,es")).decode()
    assert text.splitlines() == [
        'probability_no,"probability_y,es",label',
        '0.25,0.75,"y,es"',
        "1e-300,1.0,no",
    ]
    assert tables.rows_of(outputs[0]) == [[0.25, 0.75], [1e-300, 1.0]]
