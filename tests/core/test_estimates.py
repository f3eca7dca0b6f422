"""Accuracy without labels: NannyML's formula, calibration that is checked, and silence otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.estimates import (
    Calibration,
    Estimate,
    Expected,
    Labelled,
    NoEstimate,
    Trust,
    calibrate,
    calibrated,
    estimate,
    expected,
    foretold,
    has_calmed,
    has_worsened,
    trust,
)
from tenure.core.models import Task
from tenure.core.stats import losses

B, M = Task.BINARY, Task.MULTICLASS


def test_a_worked_example_of_cbpe() -> None:
    """Accuracy = mean of p where the answer is 1, of 1 - p where it is 0: (.9 + .8 + .6 + .7) / 4."""
    outputs = np.array([[0.9], [0.2], [0.6], [0.3]])
    found = expected("accuracy", B, outputs, Calibration(B).probabilities(outputs))
    assert 1 - found.mean.mean() == pytest.approx(0.75)
    assert found.variance.sum() == pytest.approx(0.9 * 0.1 + 0.2 * 0.8 + 0.6 * 0.4 + 0.3 * 0.7)


def test_of_several_classes_the_answer_is_right_with_its_own_probability() -> None:
    outputs = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    found = expected("accuracy", M, outputs, outputs)
    assert (1 - found.mean).tolist() == pytest.approx([0.5, 0.8])


@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=30))
def test_the_expected_log_loss_of_calibrated_answers_is_their_entropy(ps: list[float]) -> None:
    p = np.array(ps)
    found = expected("log_loss", B, p[:, None], np.column_stack([1 - p, p]))
    np.testing.assert_allclose(found.mean, -(p * np.log(p) + (1 - p) * np.log(1 - p)))


def history(days: int, rows: int, *, squeeze: float = 1.0, seed: int = 0) -> Labelled:
    """Answers whose log odds are `squeeze` times the true ones."""
    random = np.random.default_rng(seed)
    odds = random.normal(size=days * rows) * 2
    labels = (random.random(days * rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    outputs = 1 / (1 + np.exp(-squeeze * odds))
    return Labelled(outputs[:, None], labels, np.repeat(np.arange(days), rows))


@pytest.mark.parametrize("squeeze", [0.3, 1.0, 3.0])
def test_probabilities_that_do_not_come_true_are_calibrated(squeeze: float) -> None:
    reference = history(20, 200, squeeze=squeeze)
    found = calibrated("log_loss", B, reference)
    assert not isinstance(found, NoEstimate)
    calibration, seen, real = found
    trusted = trust(seen, real, reference.halves()[1].days, 0.02)
    assert isinstance(trusted, Trust)
    later = history(1, 4000, squeeze=squeeze, seed=1)
    probabilities = calibration.probabilities(later.outputs)
    guess = estimate(expected("log_loss", B, later.outputs, probabilities), trusted)
    assert isinstance(guess, Estimate)
    truth = losses.rows("log_loss", B, later.outputs, later.labels).mean()
    assert guess.mean == pytest.approx(truth, abs=0.02)
    assert guess.low < truth < guess.high


def test_a_shift_of_the_inputs_is_seen_before_any_label() -> None:
    reference = history(20, 200)
    found = calibrated("log_loss", B, reference)
    assert not isinstance(found, NoEstimate)
    calibration, seen, real = found
    trusted = trust(seen, real, reference.halves()[1].days, 0.02)
    assert isinstance(trusted, Trust)
    unsure = np.full((500, 1), 0.5)
    guess = estimate(expected("log_loss", B, unsure, calibration.probabilities(unsure)), trusted)
    assert isinstance(guess, Estimate)
    assert guess.low > real.mean() + 0.1


def test_a_concept_that_changed_in_the_reference_is_no_estimate() -> None:
    old, new = history(10, 200), history(10, 200, seed=1)
    turned = Labelled(
        np.vstack([old.outputs, new.outputs]),
        np.concatenate([old.labels, 1 - new.labels]),
        np.concatenate([old.days, new.days + 10]),
    )
    found = calibrated("log_loss", B, turned)
    assert not isinstance(found, NoEstimate)
    said = trust(found[1], found[2], turned.halves()[1].days, 0.05)
    assert isinstance(said, NoEstimate)
    assert "it was off on the last 2,000 labelled rows" in said.why


@pytest.mark.parametrize(("days", "rows"), [(10, 29), (1, 1000), (2, 1000)])
def test_too_little_is_no_estimate_and_says_so(days: int, rows: int) -> None:
    reference = history(days, rows)
    found = calibrated("log_loss", B, reference)
    if not isinstance(found, NoEstimate):
        said = trust(found[1], found[2], reference.halves()[1].days, 0.05)
        assert isinstance(said, NoEstimate)
        found = said
    assert any(word in found.why for word in ("needed", "too few days"))


def test_classes_are_calibrated_one_against_the_rest_and_sum_to_one() -> None:
    random = np.random.default_rng(0)
    outputs = random.dirichlet([1, 1, 1], 2000)
    true = outputs**0.4 / (outputs**0.4).sum(axis=1, keepdims=True)  # less sure than it says
    labels = np.array([random.choice(3, p=row) for row in true], dtype=np.float64)
    reference = Labelled(outputs, labels, np.repeat(np.arange(20), 100))
    found = calibrate(M, reference).probabilities(outputs)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert np.abs(found - true).mean() < np.abs(outputs - true).mean() / 2


def test_a_loss_model_is_trusted_as_far_as_it_held() -> None:
    random = np.random.default_rng(0)
    level = random.uniform(1, 3, 1000)
    real = level * random.exponential(size=1000)
    seen, new = foretold(real, np.concatenate([level, np.full(200, 5.0)]))
    trusted = trust(seen, real, np.repeat(np.arange(10), 100), 0.3)
    assert isinstance(trusted, Trust)
    guess = estimate(new, trusted)
    assert isinstance(guess, Estimate)
    assert guess.low < 5.0 < guess.high


def test_of_no_rows_nothing_is_said() -> None:
    nothing = Expected(np.empty(0), np.empty(0))
    assert isinstance(estimate(nothing, Trust(0.1, 0.0)), NoEstimate)


def test_the_interval_holds_what_labels_show_nineteen_times_of_twenty() -> None:
    reference = history(30, 150)
    found = calibrated("log_loss", B, reference)
    assert not isinstance(found, NoEstimate)
    calibration, seen, real = found
    trusted = trust(seen, real, reference.halves()[1].days, 0.05)
    assert isinstance(trusted, Trust)
    held = 0
    for seed in range(1, 201):
        day = history(1, 150, seed=seed)
        probabilities = calibration.probabilities(day.outputs)
        guess = estimate(expected("log_loss", B, day.outputs, probabilities), trusted)
        assert isinstance(guess, Estimate)
        truth = losses.rows("log_loss", B, day.outputs, day.labels).mean()
        held += guess.low <= truth <= guess.high
    assert held >= 180


GOOD, BAD = Estimate(0.4, 0.38, 0.42, 9), Estimate(0.7, 0.6, 0.8, 9)
UNKNOWN = NoEstimate("no labels")


def test_a_day_alone_is_no_finding_and_silence_is_no_calm() -> None:
    assert has_worsened([GOOD, BAD, BAD], 0.5)
    assert not has_worsened([BAD, GOOD, BAD], 0.5)
    assert not has_worsened([BAD, UNKNOWN, BAD], 0.5)
    assert not has_worsened([BAD], 0.5)
    assert has_calmed([BAD, GOOD, GOOD, GOOD], 0.45)
    assert not has_calmed([GOOD, UNKNOWN, GOOD], 0.45)
    assert not has_calmed([GOOD, GOOD], 0.45)
