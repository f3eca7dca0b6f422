"""Figures of classes equal scikit-learn's; what is not defined is NaN."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from tenure.core.stats import confusion

PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@given(PAIRS)
def test_figures_of_several_classes_equal_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    true, said = (np.array(side) for side in zip(*pairs, strict=True))
    right = np.bincount(true[true == said], minlength=4).astype(float)
    sides = (np.bincount(side, minlength=4).astype(float) for side in (said, true))
    found = confusion.many_classes(right, *sides)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scored = reference.precision_recall_fscore_support(
            true, said, average="macro", zero_division=0
        )
        expected = {
            "accuracy": reference.accuracy_score(true, said),
            "balanced_accuracy": reference.balanced_accuracy_score(true, said),
            "macro_precision": scored[0],
            "macro_recall": scored[1],
            "macro_f1": scored[2],
            "weighted_f1": reference.f1_score(true, said, average="weighted", zero_division=0),
        }
    for name, value in expected.items():
        assert float(found[name]) == pytest.approx(value, abs=1e-9), name
    if np.isfinite(found["mcc"]):
        assert float(found["mcc"]) == pytest.approx(
            reference.matthews_corrcoef(true, said), abs=1e-9
        )


def test_figures_of_two_classes_are_their_formulas() -> None:
    found = confusion.two_classes(*(np.array(float(n)) for n in (6, 2, 3, 9)))
    assert found["precision"] == 6 / 8
    assert found["recall"] == 6 / 9
    assert found["specificity"] == 9 / 11
    assert found["f1"] == 12 / 17
    assert found["accuracy"] == 15 / 20


def test_nothing_flagged_has_no_precision() -> None:
    found = confusion.two_classes(*(np.array(float(n)) for n in (0, 0, 3, 9)))
    assert np.isnan(found["precision"])
    assert np.isnan(found["mcc"])
    assert found["recall"] == 0.0
