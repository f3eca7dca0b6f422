"""Sensitivity: what the answers follow has much of it, what they do not follow has none."""

import numpy as np
import pytest
from scipy import stats

from tenure.core.sensitivity import explained

RANDOM = np.random.default_rng(3)
X = RANDOM.integers(0, 10, size=(5_000, 3))


def test_shares_are_those_of_a_sum_of_independent_parts() -> None:
    answers = (2.0 * X[:, 0] + 1.0 * X[:, 1])[:, None]
    found = [explained(X[:, at], answers) for at in range(3)]
    assert found == pytest.approx([0.8, 0.2, 0.0], abs=0.02)


def test_many_cells_of_few_rows_explain_nothing_by_chance() -> None:
    answers = RANDOM.normal(size=(400, 1))
    assert explained(np.arange(400) // 2, answers) < 0.25
    shares = [
        explained(RANDOM.integers(0, 100, 400), RANDOM.normal(size=(400, 1))) for _ in range(40)
    ]
    assert np.mean(shares) < 0.04  # epsilon squared is unbiased, and cut at nothing


def test_it_is_one_minus_the_ratio_of_mean_squares() -> None:
    answers = X[:, 0] + RANDOM.normal(size=5_000)
    groups = [answers[X[:, 0] == value] for value in range(10)]
    f = stats.f_oneway(*groups).statistic
    wanted = (f - 1) * 9 / (f * 9 + 5_000 - 10)
    assert explained(X[:, 0], answers[:, None]) == pytest.approx(wanted)


@pytest.mark.parametrize("answers", [np.full((100, 1), 0.3), np.empty((0, 2)), np.zeros((5, 1))])
def test_answers_that_never_vary_follow_nothing(answers: np.ndarray) -> None:
    assert explained(np.arange(len(answers)), answers) == 0.0
