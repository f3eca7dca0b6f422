"""A file of Python: what its function gets and gives, and what is no model."""

import pytest

from tenure.adapters.frameworks.foreign import functions
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.conformance import flowers


def test_the_function_gets_arrays_it_may_change_and_texts() -> None:
    code = b"""
def predict(columns):
    columns["length"][:] = 0
    assert columns["petals"].dtype == float
    assert {type(word) for word in columns["soil"]} == {str, type(None)}
    return columns["length"] + 0.5
"""
    table = flowers.table()
    found = functions.opened(code, flowers.signature()).answer(table)
    assert found.tolist() == [[0.5]] * table.num_rows
    assert table.column("length").to_pylist() != [0.0] * table.num_rows


def test_one_number_or_one_of_each_class_a_row() -> None:
    code = b"""
import numpy
def predict(columns):
    return numpy.full((len(columns["noise"]), 3), 1 / 3)
"""
    found = functions.opened(code, flowers.signature(Task.MULTICLASS)).answer(flowers.table())
    assert found.shape == (flowers.table().num_rows, 3)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (b"def forecast(columns): ...", "version.wrong_inputs"),
        (b"predict = 3", "version.wrong_inputs"),
        (b"def predict(", "version.unreadable"),
        (b"raise SystemExit", "version.unreadable"),
        (b"\x80\x04", "version.unreadable"),
    ],
)
def test_what_is_no_model_is_told(code: bytes, expected: str) -> None:
    with pytest.raises(TenureError) as caught:
        functions.opened(code, flowers.signature())
    assert caught.value.code == expected
