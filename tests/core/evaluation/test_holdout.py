"""The facts of an evaluation, and the constant answers that stand beside them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.evaluation.holdout import baseline_outputs, evaluation
from tenure.core.models import Task

BINARY = np.array([0.0, 0.0, 0.0, 1.0])


def test_the_constant_of_two_classes_is_the_smoothed_share_of_the_second() -> None:
    outputs = baseline_outputs(Task.BINARY, BINARY, 3)
    assert outputs.shape == (3, 1)
    assert outputs[:, 0] == pytest.approx([2 / 6] * 3)


def test_the_constant_of_many_classes_is_their_smoothed_shares() -> None:
    outputs = baseline_outputs(Task.MULTICLASS, np.array([0.0, 0.0, 2.0]), 2, 4)
    assert outputs.shape == (2, 4)
    assert outputs[0] == pytest.approx([3 / 7, 1 / 7, 2 / 7, 1 / 7])


def test_the_constant_of_numbers_is_what_the_metric_asks_for() -> None:
    labels = np.array([1.0, 2.0, 9.0])
    assert baseline_outputs(Task.REGRESSION, labels, 2).tolist() == [[4.0], [4.0]]
    assert baseline_outputs(Task.REGRESSION, labels, 1, metric="mse").tolist() == [[4.0]]
    assert baseline_outputs(Task.REGRESSION, labels, 1, metric="mae").tolist() == [[2.0]]


def test_without_labels_the_constant_is_an_even_guess() -> None:
    nothing = np.empty(0)
    assert baseline_outputs(Task.BINARY, nothing, 1).tolist() == [[0.5]]
    assert baseline_outputs(Task.MULTICLASS, nothing, 1, 4).tolist() == [[0.25] * 4]
    assert baseline_outputs(Task.REGRESSION, nothing, 1, metric="mae").tolist() == [[0.0]]
    assert baseline_outputs(Task.BINARY, BINARY, 0).shape == (0, 1)


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(1, 5))
def test_constants_of_classes_are_probabilities_that_rule_nothing_out(
    labels: list[int], rows: int
) -> None:
    outputs = baseline_outputs(Task.MULTICLASS, np.array(labels, dtype=np.float64), rows, 5)
    assert outputs.shape == (rows, 5)
    assert (outputs > 0).all()
    assert outputs.sum(axis=1) == pytest.approx(1.0)


def test_an_evaluation_carries_each_metric_with_its_baseline() -> None:
    outputs = np.array([[0.1], [0.2], [0.3], [0.9]])
    facts = evaluation(Task.BINARY, outputs, BINARY, BINARY, metric="log_loss")
    assert (facts["metric"], facts["rows"]) == ("log_loss", 4)
    names = {"log_loss", "brier", "auc", "accuracy"}
    assert names | {f"baseline.{name}" for name in names} <= set(facts)
    assert facts["auc"] == 1.0
    assert facts["baseline.auc"] == 0.5
    assert facts["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.7, 0.9]).mean())
    assert facts["baseline.log_loss"] == pytest.approx(-(3 * np.log(4 / 6) + np.log(2 / 6)) / 4)


def test_the_baseline_of_numbers_is_taken_for_the_specs_metric() -> None:
    labels = np.array([1.0, 2.0, 9.0])
    facts = evaluation(Task.REGRESSION, labels[:, None], labels, labels, metric="mae")
    assert facts["mae"] == 0.0
    assert facts["baseline.mae"] == pytest.approx(8 / 3)


@pytest.mark.parametrize("task", list(Task))
def test_figures_that_are_not_defined_are_none_and_never_nan(task: Task) -> None:
    width = 3 if task is Task.MULTICLASS else 1
    outputs = np.full((3, width), math.nan)
    facts = evaluation(task, outputs, np.zeros(3), np.zeros(3), metric="log_loss")
    figures = [value for value in facts.values() if isinstance(value, float)]
    assert all(math.isfinite(value) for value in figures)
    assert any(value is None for value in facts.values())


def test_an_evaluation_without_rows_has_no_figures() -> None:
    facts = evaluation(Task.BINARY, np.empty((0, 1)), np.empty(0), BINARY, metric="log_loss")
    assert facts["rows"] == 0
    assert facts["log_loss"] is None
    assert facts["baseline.log_loss"] is None
