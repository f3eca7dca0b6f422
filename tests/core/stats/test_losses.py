"""Per-row losses: golden values, and what holds for all inputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as golden

from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.stats import losses

PROBABILITIES = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0])), min_size=1, max_size=50
)


def columns(pairs: list[tuple[float, float]]) -> tuple[losses.Floats, losses.Floats]:
    return np.array([[p] for p, _ in pairs]), np.array([y for _, y in pairs])


@given(PROBABILITIES)
def test_binary_losses_average_to_what_scikit_learn_says(pairs: list[tuple[float, float]]) -> None:
    outputs, labels = columns(pairs)
    inner = np.clip(outputs, 1e-12, 1 - 1e-12)
    mine = losses.rows("log_loss", Task.BINARY, inner, labels).mean()
    assert mine == pytest.approx(golden.log_loss(labels, inner[:, 0], labels=[0, 1]), abs=1e-9)
    mine = losses.rows("brier", Task.BINARY, outputs, labels).mean()
    reference = golden.brier_score_loss(labels, outputs[:, 0], labels=[0, 1], pos_label=1)
    assert mine == pytest.approx(reference, abs=1e-12)
    mine = losses.rows("accuracy", Task.BINARY, outputs, labels).mean()
    assert mine == pytest.approx(1 - golden.accuracy_score(labels, outputs[:, 0] >= 0.5))


def test_multiclass_losses_average_to_what_scikit_learn_says() -> None:
    generator = np.random.default_rng(3)
    outputs = generator.dirichlet([1.0, 2.0, 3.0], size=400)
    labels = generator.integers(0, 3, size=400).astype(np.float64)
    mine = losses.rows("log_loss", Task.MULTICLASS, outputs, labels).mean()
    assert mine == pytest.approx(golden.log_loss(labels, outputs, labels=[0, 1, 2]), abs=1e-12)
    mine = losses.rows("brier", Task.MULTICLASS, outputs, labels).mean()
    reference = golden.brier_score_loss(labels, outputs, labels=[0, 1, 2], scale_by_half=False)
    assert mine == pytest.approx(reference, abs=1e-12)
    mine = losses.rows("accuracy", Task.MULTICLASS, outputs, labels).mean()
    assert mine == pytest.approx(1 - golden.accuracy_score(labels, outputs.argmax(axis=1)))


def test_regression_losses_are_absolute_and_squared_errors() -> None:
    outputs, labels = np.array([[1.0], [4.0]]), np.array([2.0, 1.0])
    assert losses.rows("mae", Task.REGRESSION, outputs, labels).tolist() == [1.0, 3.0]
    assert losses.rows("mse", Task.REGRESSION, outputs, labels).tolist() == [1.0, 9.0]
    assert losses.rows("rmse", Task.REGRESSION, outputs, labels).tolist() == [1.0, 9.0]


def test_a_sure_error_costs_much_but_not_infinity() -> None:
    outputs, labels = np.array([[0.0], [1.0]]), np.array([1.0, 0.0])
    assert losses.rows("log_loss", Task.BINARY, outputs, labels) == pytest.approx(
        [34.54, 34.54], 1e-3
    )


@given(PROBABILITIES)
def test_losses_of_probabilities_are_never_negative_nor_infinite(
    pairs: list[tuple[float, float]],
) -> None:
    outputs, labels = columns(pairs)
    for metric in losses.names(Task.BINARY):
        each = losses.rows(metric, Task.BINARY, outputs, labels)
        assert each.shape == labels.shape
        assert np.isfinite(each).all()
        assert (each >= 0).all()


def test_a_metric_without_a_loss_per_row_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(TenureError, match="auc") as caught:
        losses.rows("auc", Task.BINARY, np.zeros((1, 1)), np.zeros(1))
    assert caught.value.code == "metric.unknown"
    assert "log_loss" in caught.value.hint


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(TenureError) as caught:
        losses.rows("mae", Task.REGRESSION, np.zeros((3, 1)), np.zeros(2))
    assert caught.value.code == "metric.bad_shape"
