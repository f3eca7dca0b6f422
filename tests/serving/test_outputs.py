"""Numbers as output tensors, by task."""

from typing import Any

import msgspec
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.serving.outputs import OutputWriter
from tenure.serving.wire import InferRequest, Wanted

ONE = (Column("x", ColumnType.FLOAT),)
WRITERS = {
    "binary": OutputWriter(Signature(Task.BINARY, ONE, "y", ("no", "yes"))),
    "regression": OutputWriter(Signature(Task.REGRESSION, ONE, "y")),
    "multiclass": OutputWriter(Signature(Task.MULTICLASS, ONE, "y", ("a", "b", "c"))),
}


def written(task: str, rows: list[list[float]], *names: str) -> list[Any]:
    writer = WRITERS[task]
    request = InferRequest(inputs=[], outputs=[Wanted(name) for name in names])
    return [msgspec.to_builtins(t) for t in writer.write(writer.wanted(request), rows)]


def test_a_binary_model_gives_the_probability_of_its_second_class() -> None:
    assert written("binary", [[0.25], [0.75]]) == [
        {"name": "probability", "shape": [2], "datatype": "FP64", "data": [0.25, 0.75]}
    ]


def test_a_regression_gives_a_value() -> None:
    assert written("regression", [[3.5]]) == [
        {"name": "value", "shape": [1], "datatype": "FP64", "data": [3.5]}
    ]


def test_a_multiclass_model_gives_every_probability_and_the_likeliest_label() -> None:
    rows = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]
    probability, label = written("multiclass", rows)
    assert probability["shape"] == [2, 3]
    assert probability["data"] == [0.5, 0.3, 0.2, 0.1, 0.2, 0.7]
    assert (label["datatype"], label["shape"], label["data"]) == ("BYTES", [2], ["a", "c"])


def test_outputs_come_in_the_order_they_were_asked_for_once_each() -> None:
    found = written("multiclass", [[1.0, 0.0, 0.0]], "label", "probability", "label")
    assert [output["name"] for output in found] == ["label", "probability"]


def test_the_description_matches_what_is_written() -> None:
    for task, writer in WRITERS.items():
        width = 3 if task == "multiclass" else 1
        found = written(task, [[1.0] + [0.0] * (width - 1)] * 2)
        for described, output in zip(writer.described, found, strict=True):
            assert described["name"] == output["name"]
            assert described["datatype"] == output["datatype"]
            assert [-1, *output["shape"][1:]] == described["shape"]


@pytest.mark.parametrize("task", list(WRITERS))
def test_an_unknown_output_is_refused_with_the_known_ones(task: str) -> None:
    with pytest.raises(TenureError) as caught:
        written(task, [], "nope")
    assert caught.value.code == "request.unknown_output"
    assert WRITERS[task].described[0]["name"] in caught.value.hint


@pytest.mark.parametrize(
    ("rows", "count", "sound"),
    [
        ([[0.1, 0.2, 0.7]], 1, True),
        ([[0.1, 0.2, 0.7]] * 2, 2, True),
        ([[0.1, 0.2, 0.7]], 2, False),
        ([[0.1, 0.2]], 1, False),
        ([[0.1, 0.2, 0.7], [0.1]], 2, False),
        ([[0.1, 0.2, float("nan")]], 1, False),
        ([[0.1, 0.2, 0.7], [0.1, 0.2, float("inf")]], 2, False),
        ([], 1, False),
    ],
)
def test_only_whole_and_finite_answers_are_sound(
    rows: list[list[float]], count: int, *, sound: bool
) -> None:
    assert WRITERS["multiclass"].sound(rows, count) is sound
