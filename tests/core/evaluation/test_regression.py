"""What numbers are worth: scikit-learn's figures."""

import numpy as np
import pytest
from sklearn import metrics as reference

from tenure.core.evaluation import regression
from tenure.core.stats import resampling

ROWS = 5_000


def test_every_figure_equals_scikit_learns_far_from_zero_too() -> None:
    draw = np.random.default_rng(1)
    labels = 1e6 + draw.normal(size=ROWS)
    answers = labels + draw.laplace(0.1, 0.5, ROWS)
    found, _ = regression.measured(resampling.drawn(ROWS, 1), answers, labels, "mae")
    expected = {
        "mae": reference.mean_absolute_error(labels, answers),
        "mse": reference.mean_squared_error(labels, answers),
        "rmse": reference.root_mean_squared_error(labels, answers),
        "r2": reference.r2_score(labels, answers),
        "explained_variance": reference.explained_variance_score(labels, answers),
        "median_absolute_error": reference.median_absolute_error(labels, answers),
        "mape": reference.mean_absolute_percentage_error(labels, answers),
        "max_error": reference.max_error(labels, answers),
        "correlation": np.corrcoef(labels, answers)[0, 1],
        "bias": (answers - labels).mean(),
    }
    for name, value in expected.items():
        figure = found.figure(name)
        assert figure is not None
        assert figure.interval.value == pytest.approx(value, rel=1e-9, abs=1e-9), name
        inside = figure.interval
        if name != "max_error":
            assert inside.low is not None, name
            assert inside.low <= (inside.value or 0.0) <= (inside.high or 0.0), name
    assert sum(one.rows for one in found.calibration) == ROWS


def test_the_interval_of_a_median_is_as_wide_as_it_should_be() -> None:
    draw = np.random.default_rng(2)
    errors = draw.random(100_000)
    draws = resampling.drawn(100_000, 1)
    found, _ = regression.measured(draws, errors, np.zeros(100_000), "mae")
    figure = found.figure("median_absolute_error")
    assert figure is not None
    inside = figure.interval
    width = (inside.high or 0.0) - (inside.low or 0.0)
    assert width == pytest.approx(
        2 * 1.96 * 0.5 / np.sqrt(100_000), rel=0.15
    )  # 1 / (2 f √n), f = 1


def test_a_target_of_zero_has_no_relative_error_and_a_constant_no_r2() -> None:
    labels, answers = np.zeros(50), np.linspace(-1, 1, 50)
    found, _ = regression.measured(resampling.drawn(50, 1), answers, labels, "mae")
    figures = {one.name: one.interval for one in found.figures}
    assert figures["mape"].reason == "the target is 0 in some rows"
    assert figures["r2"].value is None
    assert figures["mae"].value == pytest.approx(np.abs(answers).mean())


def test_numbers_near_the_end_of_what_a_float_holds_are_no_trouble() -> None:
    labels = np.linspace(1.0, 2.0, 50) * 1e300
    found, _ = regression.measured(resampling.drawn(50, 1), labels * 1.01, labels, "mae")
    figures = {one.name: one.interval for one in found.figures}
    assert figures["mae"].value == pytest.approx(1.5e298)
    assert figures["mse"].value is None


def test_the_baseline_is_the_median_under_mae_and_else_the_mean() -> None:
    draw = np.random.default_rng(3)
    labels = draw.exponential(1.0, 2_000)
    answers = labels + draw.normal(0, 0.1, 2_000)
    for metric, center in (("mae", np.median(labels)), ("rmse", labels.mean())):
        found, _ = regression.measured(resampling.drawn(2_000, 1), answers, labels, metric)
        figure = found.figure("mae")
        assert figure is not None
        assert figure.baseline == pytest.approx(np.abs(labels - center).mean())
        assert found.skill is not None
        assert found.skill.verdict == "better"
