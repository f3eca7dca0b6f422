"""Aggregate metrics: golden values, ties, one class, no rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tenure.core.models import Task
from tenure.core.stats import metrics

SCORED = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60)


@given(SCORED)
def test_auc_is_scikit_learns_with_many_ties(scored: list[tuple[int, bool]]) -> None:
    scores = np.array([s / 10 for s, _ in scored])
    labels = np.array([float(y) for _, y in scored])
    mine = metrics.auc(scores, labels)
    if len(set(labels.tolist())) == 1:
        assert mine is None
    else:
        assert mine == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@given(SCORED, st.floats(0.1, 5.0))
def test_auc_does_not_change_under_a_monotone_map(
    scored: list[tuple[int, bool]], power: float
) -> None:
    scores = np.array([s / 10 for s, _ in scored])
    labels = np.array([float(y) for _, y in scored])
    assert metrics.auc(scores, labels) == metrics.auc(np.round(scores**power * 100, 9), labels)


def test_all_metrics_of_a_task_come_with_the_number_of_rows() -> None:
    outputs, labels = np.array([[0.9], [0.2], [0.6]]), np.array([1.0, 0.0, 0.0])
    found = metrics.evaluate(Task.BINARY, outputs, labels)
    assert found["n"] == 3
    assert found["auc"] == 1.0
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.36) / 3)
    numbers = metrics.evaluate(Task.REGRESSION, np.array([[3.0], [0.0]]), np.array([0.0, 4.0]))
    assert numbers == {"mae": 3.5, "mse": 12.5, "rmse": pytest.approx(12.5**0.5), "n": 2}
    classes = metrics.evaluate(Task.MULTICLASS, np.array([[0.2, 0.3, 0.5]]), np.array([2.0]))
    assert set(classes) == {"log_loss", "brier", "accuracy", "n"}


def test_without_rows_every_metric_is_none() -> None:
    found = metrics.evaluate(Task.BINARY, np.zeros((0, 1)), np.zeros(0))
    assert found == {"log_loss": None, "brier": None, "accuracy": None, "auc": None, "n": 0}
