"""The target: classes in a fixed order, and every row that has none put aside."""

import numpy as np
import polars as pl
import pytest

from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.target import IMPORT, POSTED, class_indices, read_target
from tenure.core.errors import TenureError
from tenure.core.models import Task

Found = tuple[list[float | None], tuple[str, ...], dict[str, int]]


def target(values: list[object], task: str = "binary", classes: tuple[str, ...] = ()) -> Found:
    sieve = Sieve(np.arange(1, len(values) + 1))
    series = pl.Series("y", values, strict=False)
    labels, found = read_target(series, Task(task), classes, sieve, IMPORT)
    counts = {reason: rows for reason, (rows, _) in sieve.quarantined.items()}
    return sieve.keep(labels).to_list(), found, counts


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([True, False, True], ("false", "true")),
        (["True", "False", "true"], ("false", "true")),
        ([1, 0, 1], ("0", "1")),
        ([1.0, 0.0, 1.0], ("0", "1")),
        (["1", "0", "1.0"], ("0", "1")),
        (["yes", "no", "yes"], ("no", "yes")),
        ([10, 9, 10], ("9", "10")),
        (["1", "-1", "1"], ("-1", "1")),
        ([0.5, 0.25, 0.5], ("0.25", "0.5")),
    ],
)
def test_two_classes_in_order(values: list[object], classes: tuple[str, ...]) -> None:
    assert target(values) == ([1.0, 0.0, 1.0], classes, {})


def test_many_classes_in_order() -> None:
    assert target(["b", "c", "a"], "multiclass") == ([1.0, 2.0, 0.0], ("a", "b", "c"), {})
    assert target([10, 9, 2], "multiclass")[1] == ("2", "9", "10")
    assert target(["1", "2", "3+"], "multiclass")[1] == ("1", "2", "3+")


def test_a_few_values_of_another_type_are_mistakes() -> None:
    values: list[object] = ["0", "1"] * 10 + ["abc", "NaN", None]
    labels, classes, counts = target(values)
    assert (len(labels), classes) == (20, ("0", "1"))
    assert counts == {"row.unlabelled": 1, "row.not_finite": 1, "row.bad_type": 1}


def test_numbers_stay_numbers() -> None:
    labels, classes, counts = target(["0.5", "1", "x", "inf", None], "regression")
    assert (labels, classes) == ([0.5, 1.0], ())
    assert counts == {"row.unlabelled": 1, "row.bad_type": 1, "row.not_finite": 1}


def test_known_classes_hold() -> None:
    labels, classes, counts = target(["0", "1", "2", "NaN"], classes=("0", "1"))
    assert (labels, classes) == ([0.0, 1.0], ("0", "1"))
    assert counts == {"row.not_finite": 1, "row.unknown_class": 1}


def test_posted_labels_have_reasons_of_their_own() -> None:
    sieve = Sieve(np.arange(3))
    read_target(pl.Series("y", [None, 1, 7]), Task.BINARY, ("0", "1"), sieve, POSTED)
    assert set(sieve.quarantined) == {"label.malformed", "label.unknown_class"}


@pytest.mark.parametrize(
    ("values", "classes", "expected"),
    [
        (["true", "False", "1", "0", "1.0", "x", None], ("false", "true"), [1, 0, 1, 0, 1, None, None]),
        (["true", "False", "1", "0.0"], ("0", "1"), [1, 0, 1, 0]),
        (["true", "1"], ("no", "yes"), [None, None]),
        (["A", "a"], ("A", "a"), [0, 1]),
    ],
)  # fmt: skip
def test_a_class_has_several_names(
    values: list[str | None], classes: tuple[str, ...], expected: list[float | None]
) -> None:
    assert class_indices(pl.Series(values), classes).to_list() == expected


@pytest.mark.parametrize(
    ("values", "task", "code", "words"),
    [
        ([1, 2, 3], "binary", "dataset.not_binary", "has 3 different values: 1, 2, 3"),
        ([1, 1], "binary", "dataset.not_binary", "is always 1"),
        (["a", "a"], "multiclass", "dataset.one_class", "is always a"),
        (list(range(2000)), "multiclass", "dataset.too_many_classes", "2,000 classes"),
        (list(range(20)), "binary", "dataset.not_binary", "7, 8, 9, …"),
    ],
)
def test_a_target_that_does_not_suit_the_task_is_refused(
    values: list[object], task: str, code: str, words: str
) -> None:
    with pytest.raises(TenureError) as caught:
        target(values, task)
    assert caught.value.code == code
    assert words in caught.value.message
