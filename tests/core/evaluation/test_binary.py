"""What probabilities are worth: scikit-learn's figures, and intervals that cover."""

import numpy as np
import pytest
from sklearn import metrics as reference

from tenure.core.evaluation import binary
from tenure.core.evaluation.binary import Rules
from tenure.core.stats import resampling
from tenure.core.stats.losses import Floats

ROWS = 3_000


def made(rows: int, seed: int) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    scores = draw.beta(2, 3, rows).round(3)
    return scores, (draw.random(rows) < scores).astype(float)


def test_every_figure_equals_scikit_learns() -> None:
    scores, labels = made(ROWS, 1)
    found, _ = binary.measured(resampling.drawn(ROWS, 1), scores, labels, Rules(threshold=0.4))
    said = scores >= 0.4
    wrong, right, _ = reference.roc_curve(labels, scores)
    expected = {
        "auc": reference.roc_auc_score(labels, scores),
        "average_precision": reference.average_precision_score(labels, scores),
        "ks": (right - wrong).max(),
        "log_loss": reference.log_loss(labels, scores),
        "brier": reference.brier_score_loss(labels, scores),
        "accuracy": reference.accuracy_score(labels, said),
        "balanced_accuracy": reference.balanced_accuracy_score(labels, said),
        "precision": reference.precision_score(labels, said),
        "recall": reference.recall_score(labels, said),
        "f1": reference.f1_score(labels, said),
        "mcc": reference.matthews_corrcoef(labels, said),
        "bias": (scores - labels).mean(),
    }
    values = {one.name: one.interval.value for one in found.figures}
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=1e-9), name
    for one in found.figures:
        interval = one.interval
        assert interval.low is not None, one.name
        assert interval.low <= (interval.value or 0.0) <= (interval.high or 0.0), one.name


def test_the_baseline_is_the_constant_of_these_rows() -> None:
    scores, labels = made(ROWS, 2)
    found, _ = binary.measured(resampling.drawn(ROWS, 1), scores, labels, Rules())
    constant = np.full(ROWS, labels.mean())
    baselines = {one.name: one.baseline for one in found.figures}
    for name, score in (
        ("log_loss", reference.log_loss),
        ("brier", reference.brier_score_loss),
        ("average_precision", reference.average_precision_score),
        ("auc", reference.roc_auc_score),
    ):
        assert baselines[name] == pytest.approx(score(labels, constant), abs=1e-9), name
    assert found.skill is not None
    assert found.skill.verdict == "better"


def test_intervals_of_the_auc_and_of_precision_cover_the_truth() -> None:
    scores, labels = made(400_000, 3)
    truth = {
        "auc": reference.roc_auc_score(labels, scores),
        "average_precision": reference.average_precision_score(labels, scores),
        "log_loss": reference.log_loss(labels, scores),
    }
    hits = dict.fromkeys(truth, 0)
    turns = 40
    for turn in range(turns):
        scores, labels = made(150, 100 + turn)
        draws = resampling.drawn(150, turn, replicates=200)
        found, _ = binary.measured(draws, scores, labels, Rules())
        for name, value in truth.items():
            figure = found.figure(name)
            assert figure is not None
            inside = figure.interval
            hits[name] += (inside.low or 0.0) <= value <= (inside.high or 0.0)
    assert all(0.85 <= many / turns <= 1.0 for many in hits.values()), hits


def test_one_class_only_leaves_undefined_what_needs_two() -> None:
    scores = np.random.default_rng(4).random(200)
    found, _ = binary.measured(resampling.drawn(200, 1), scores, np.zeros(200), Rules())
    values = {one.name: one.interval.value for one in found.figures}
    undefined = {"auc", "average_precision", "recall", "ks", "balanced_accuracy", "mcc"}
    assert {name for name, value in values.items() if value is None} == undefined
    assert found.figures[0].interval.reason == "not defined on these rows"


def test_calibration_counts_every_row_once_and_finds_what_is_overstated() -> None:
    draw = np.random.default_rng(5)
    scores = draw.random(20_000)
    labels = (draw.random(20_000) < scores**2).astype(float)
    found, _ = binary.measured(resampling.drawn(20_000, 1), scores, labels, Rules())
    assert sum(one.rows for one in found.calibration) == 20_000
    assert [one.answered for one in found.calibration] == sorted(
        one.answered for one in found.calibration
    )
    middle = found.calibration[10]
    assert (middle.observed.high or 1.0) < middle.answered
    error = found.figure("calibration_error")
    assert error is not None
    assert error.interval.value == pytest.approx(1 / 6, abs=0.01)  # ∫ s - s² ds


def test_the_confusion_is_of_the_threshold_in_force() -> None:
    scores, labels = np.array([0.1, 0.6, 0.7, 0.2]), np.array([0.0, 0.0, 1.0, 1.0])
    found, _ = binary.measured(resampling.drawn(4, 1), scores, labels, Rules())
    assert found.confusion == ((1, 1), (1, 1))
