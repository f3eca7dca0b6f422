"""What a store gives becomes what training saw, or is refused: nothing is guessed."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.columns import Column, ColumnType
from tenure.core.lookup_values import LONGEST_TEXT, UnfitError, fitted, key_text

FLOAT, INT, BOOL, TEXT, TIME = (
    Column("x", kind)
    for kind in (
        ColumnType.FLOAT,
        ColumnType.INT,
        ColumnType.BOOL,
        ColumnType.CATEGORY,
        ColumnType.TIME,
    )
)
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "raw", "value"),
    [
        (FLOAT, b"1.5", 1.5),
        (FLOAT, Decimal("1.5"), 1.5),
        (FLOAT, 3, 3.0),
        (FLOAT, " 2 ", 2.0),
        (FLOAT, b"", None),
        (FLOAT, None, None),
        (INT, "30", 30.0),
        (INT, 30.0, 30.0),
        (BOOL, True, 1.0),
        (BOOL, b"false", 0.0),
        (BOOL, "T", 1.0),
        (BOOL, 0, 0.0),
        (TEXT, "größe".encode(), "größe"),
        (TEXT, 17, "17"),
        (TEXT, "", None),
        (Column("x", ColumnType.CATEGORY, levels=("", "a")), b"", ""),
        (TIME, NOON, NOON.timestamp()),
        (TIME, NOON.replace(tzinfo=None), NOON.timestamp()),
        (TIME, b"2024-01-01T13:00:00+01:00", NOON.timestamp()),
        (TIME, date(2024, 1, 1), (NOON - timedelta(hours=12)).timestamp()),
        (Column("x", ColumnType.FLOAT, min=0, max=1), 1, 1.0),
    ],
)
def test_a_value_that_fits_is_taken_as_its_column_holds_it(
    column: Column, raw: object, value: object
) -> None:
    assert fitted(column, raw) == value


@pytest.mark.parametrize(
    ("column", "raw"),
    [
        (FLOAT, "ten"),
        (FLOAT, b"\xff"),
        (FLOAT, math.nan),
        (FLOAT, "inf"),
        (FLOAT, True),
        (FLOAT, [1]),
        (FLOAT, 10**400),
        (INT, 1.5),
        (INT, "1.5"),
        (BOOL, "yes"),
        (BOOL, 2),
        (TEXT, 1.5),
        (TEXT, True),
        (TEXT, b"\xff"),
        (TEXT, "x" * (LONGEST_TEXT + 1)),
        (TIME, 17),
        (TIME, "soon"),
        (Column("x", ColumnType.FLOAT, min=0, max=1), 2),
        (Column("x", ColumnType.INT, min=0), -1),
    ],
)
def test_a_value_that_does_not_fit_is_refused(column: Column, raw: object) -> None:
    with pytest.raises(UnfitError):
        fitted(column, raw)


@given(
    st.sampled_from([FLOAT, INT, BOOL, TEXT, TIME]), st.binary(max_size=40) | st.text(max_size=40)
)
def test_any_text_is_a_value_or_refused(column: Column, raw: object) -> None:
    try:
        value = fitted(column, raw)
    except UnfitError:
        return
    if column is TEXT:
        assert value is None or isinstance(value, str)
    else:
        assert value is None or (isinstance(value, float) and math.isfinite(value))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_comes_back_from_its_text(number: float) -> None:
    assert fitted(FLOAT, repr(number).encode()) == number


@pytest.mark.parametrize("raw", [42, 42.0, "42", Decimal(42), Decimal("42.0")])
def test_a_key_is_one_text_whatever_its_type(raw: object) -> None:
    assert key_text(raw) == "42"


def test_a_key_that_is_no_whole_number_keeps_its_text() -> None:
    odd = (1.5, None, math.inf, math.nan, "a b")
    assert [key_text(one) for one in odd] == ["1.5", "None", "inf", "nan", "a b"]
