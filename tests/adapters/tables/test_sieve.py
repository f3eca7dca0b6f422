"""The sieve: each bad row counts once, under the first reason."""

import numpy as np
import polars as pl

from tenure.adapters.tables.sieve import SAMPLE_CHARACTERS, Sieve

VALUES = pl.Series(["a", "b", None, "d"])


def fresh() -> Sieve:
    return Sieve(np.arange(1, 5))


def test_a_bad_row_counts_under_its_first_reason_only() -> None:
    sieve = fresh()
    sieve.put_aside("one", pl.Series([True, True, None, False]), VALUES, "x")
    sieve.put_aside("two", pl.Series([True, False, True, False]), VALUES, "x")
    assert sieve.quarantined == {"one": (2, 'row 1: x = "a"'), "two": (1, "row 3: x = missing")}
    assert sieve.keep(VALUES).to_list() == ["d"]


def test_nothing_bad_is_no_reason() -> None:
    sieve = fresh()
    sieve.put_aside("one", np.zeros(4, dtype=np.bool_))
    assert sieve.quarantined == {}
    assert sieve.keep(VALUES) is VALUES


def test_counts_of_a_reason_add_up_and_keep_the_first_example() -> None:
    sieve = fresh()
    sieve.count("one", 3, "first" * 100)
    sieve.put_aside("one", pl.Series([False, True, False, False]))
    rows, example = sieve.quarantined["one"]
    assert rows == 4
    assert example == ("first" * 100)[:SAMPLE_CHARACTERS]


def test_rows_are_named_as_in_their_source() -> None:
    sieve = Sieve(np.array([1, 7, 8, 9]))
    sieve.put_aside("one", pl.Series([False, True, False, False]), pl.Series([1, 2, 3, 4]), "x")
    assert sieve.quarantined["one"] == (1, "row 7: x = 2")
    sieve.put_aside("two", pl.Series([False, False, True, False]))
    assert sieve.quarantined["two"] == (1, "row 8")


def test_the_first_of_equal_good_rows_is_found() -> None:
    sieve = fresh()
    sieve.put_aside("bad", pl.Series([True, False, False, False]))
    same = pl.Series([1, 1, 1, 2])
    assert sieve.firsts([same]).tolist() == [True, True, False, True]
    assert sieve.firsts([same, pl.Series([1, 2, 3, 4])]).all()
