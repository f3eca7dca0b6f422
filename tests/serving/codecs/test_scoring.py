"""MLflow's bodies: the same table in every form, and what none of them is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.serving.codecs import scoring
from tenure.serving.rows import RowReader
from tenure.serving.wire import OutputTensor
from tests.serving.small import MIXED, NUMERIC

FEATURES = RowReader(MIXED, (), None).features
NUMBERS = RowReader(NUMERIC, (), None).features
TABLE = {"distance": ("FP64", [1.0, 2.5]), "origin": ("BYTES", ["JFK", None])}


def columns(body: Any, features: Any = FEATURES) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return {t.name: (t.datatype, t.data) for t in scoring.decode(content, features).inputs}


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["distance", "origin"], "data": [[1, "JFK"], [2.5, None]]}},
        {"dataframe_split": {"index": [0, 1], "columns": ["distance", "origin"],
                             "data": [[1.0, "JFK"], [2.5, None]]}},
        {"dataframe_records": [{"distance": 1, "origin": "JFK"}, {"distance": 2.5}]},
        {"instances": [{"distance": 1, "origin": "JFK"}, {"distance": 2.5, "origin": None}]},
        {"inputs": {"distance": [1, 2.5], "origin": ["JFK", None]}},
        {"inputs": {"distance": [[1], [2.5]], "origin": ["JFK", None]}, "params": {}},
        b'{"instances": [{"distance": 1, "origin": "JFK"}, {"distance": 2.5, "origin": NaN}]}',
    ],
)  # fmt: skip
def test_every_form_is_the_same_table(body: Any) -> None:
    assert columns(body) == TABLE


@pytest.mark.parametrize("form", ["inputs", "instances"])
def test_rows_without_names_are_in_the_order_of_the_signature(form: str) -> None:
    found = columns({form: [[1, 2, 3, 4], [5, 6, 7, 8]]}, NUMBERS)
    assert found == {f"x{i}": ("FP64", [1 + i, 5 + i]) for i in range(4)}
    assert columns({form: [0.5, 1]}, {"x0": NUMBERS["x0"]}) == {"x0": ("FP64", [0.5, 1])}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is not JSON"),
        (b'{"inputs": [', "the body is not JSON"),
        (b'{"inputs": "\xff"}', "the body is not JSON"),
        (b'{"inputs": [[Infinity]]}', "Infinity is no value"),
        (b"[" * 100_000, "the body is not JSON"),
        ([], "the body is a JSON object"),
        ({}, "the body has nothing"),
        ({"input": []}, "the body has 'input'"),
        ({"inputs": [], "instances": []}, "the body has 'inputs', 'instances'"),
        ({"inputs": [[1]], "params": {"a": 1}}, "params: the model takes none"),
        ({"inputs": 3}, "inputs: a list was expected"),
        ({"inputs": {"distance": 3}}, "'distance' is a list"),
        ({"inputs": {"distance": [[1, 2]]}}, "row 0: a list of 1"),
        ({"inputs": [[1, 2]]}, "row 0: a list of 6 was expected"),
        ({"instances": [{}, 3]}, "row 1: an object was expected"),
        ({"dataframe_split": []}, "an object with columns and data"),
        ({"dataframe_split": {"columns": [1], "data": []}}, "columns is a list of names"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], []]}}, "row 1: a list of 1"),
        ({"dataframe_records": {}}, "a list of objects was expected"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(body: Any, why: str) -> None:
    with pytest.raises(TenureError) as found:
        columns(body)
    assert why in found.value.message
    assert found.value.code in {"request.malformed", "request.bad_shape"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=5), deeper),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["dataframe_split", "dataframe_records", "inputs", "instances", "params"]),
        anything | st.fixed_dictionaries({"columns": anything, "data": anything}),
        max_size=2,
    )
)
def test_any_json_is_a_table_or_refused(body: Any) -> None:
    try:
        found = scoring.decode(json.dumps(body).encode(), FEATURES)
    except TenureError:
        return
    assert all(t.shape == [len(t.data)] for t in found.inputs)


def test_one_output_is_a_list_and_several_are_objects() -> None:
    one = OutputTensor("value", [2], "FP64", [0.5, 1.0])
    many = [OutputTensor("probability", [1, 2], "FP64", [0.25, 0.75]),
            OutputTensor("label", [1], "BYTES", ["yes"])]  # fmt: skip
    assert json.loads(scoring.encode([one])) == {"predictions": [0.5, 1.0]}
    assert json.loads(scoring.encode(many)) == {
        "predictions": [{"probability": [0.25, 0.75], "label": "yes"}]
    }
