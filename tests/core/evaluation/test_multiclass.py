"""What probabilities of several classes are worth: scikit-learn's figures."""

import numpy as np
import pytest
from sklearn import metrics as reference

from tenure.core.evaluation import multiclass
from tenure.core.stats import resampling

ROWS = 2_000


def test_every_figure_equals_scikit_learns() -> None:
    draw = np.random.default_rng(1)
    outputs = draw.dirichlet([1.0, 2.0, 3.0], ROWS)
    labels = (outputs.cumsum(axis=1) < draw.random(ROWS)[:, None]).sum(axis=1).clip(0, 2)
    found, _ = multiclass.measured(
        resampling.drawn(ROWS, 1), outputs, labels.astype(float), "log_loss"
    )
    said = outputs.argmax(axis=1)
    expected = {
        "macro_auc": reference.roc_auc_score(labels, outputs, multi_class="ovr"),
        "log_loss": reference.log_loss(labels, outputs),
        "accuracy": reference.accuracy_score(labels, said),
        "macro_f1": reference.f1_score(labels, said, average="macro"),
        "mcc": reference.matthews_corrcoef(labels, said),
        "top_2_accuracy": reference.top_k_accuracy_score(labels, outputs, k=2),
        "brier": ((outputs - np.eye(3)[labels]) ** 2).sum(axis=1).mean(),
    }
    values = {one.name: one.interval.value for one in found.figures}
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=1e-9), name
    assert (np.array(found.confusion) == reference.confusion_matrix(labels, said)).all()
    assert sum(one.rows for one in found.calibration) == ROWS
    assert found.skill is not None
    assert found.skill.verdict == "better"


def test_the_baseline_says_the_classes_shares() -> None:
    labels = np.repeat([0.0, 1.0, 2.0], [10, 20, 70])
    outputs = np.tile([0.1, 0.2, 0.7], (100, 1))
    found, _ = multiclass.measured(resampling.drawn(100, 1), outputs, labels, "log_loss")
    for name in ("log_loss", "brier", "accuracy", "balanced_accuracy", "macro_f1"):
        figure = found.figure(name)
        assert figure is not None
        assert figure.baseline == pytest.approx(figure.interval.value, abs=1e-9), name


def test_of_very_many_classes_nothing_is_ranked_or_drawn() -> None:
    draw = np.random.default_rng(2)
    outputs = draw.dirichlet(np.ones(50), 300)
    labels = draw.integers(0, 50, 300).astype(float)
    found, _ = multiclass.measured(resampling.drawn(300, 1), outputs, labels, "accuracy")
    assert found.figure("macro_auc") is None
    assert found.confusion == ()
    assert found.figure("accuracy") is not None
