"""Figures of an order equal scikit-learn's, also with ties; bins say nearly the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from tenure.core.stats import ranking

ROWS = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=60)


@given(ROWS)
def test_figures_equal_scikit_learns_whatever_ties(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score / 9 for score, _ in rows])
    truth = np.array([positive for _, positive in rows])
    order = ranking.ranked(scores, truth)
    auc = ranking.auc(order.positives, order.negatives)
    precision = ranking.average_precision(order.positives, order.negatives)
    if truth.any():
        assert precision == pytest.approx(
            reference.average_precision_score(truth, scores), abs=1e-9
        )
    if truth.any() and not truth.all():
        assert auc == pytest.approx(reference.roc_auc_score(truth, scores), abs=1e-9)
        wrong, right, _ = reference.roc_curve(truth, scores, drop_intermediate=False)
        most = np.abs(right - wrong).max()
        assert ranking.ks(order.positives, order.negatives) == pytest.approx(most, abs=1e-9)
    else:
        assert np.isnan(auc)


def test_every_row_knows_its_place_and_bins_divide_no_score() -> None:
    draw = np.random.default_rng(1)
    scores = draw.integers(0, 500, 5_000) / 500
    order = ranking.ranked(scores, draw.random(5_000) < scores)
    assert (order.scores[order.place] == scores).all()
    assert (np.diff(order.scores) < 0).all()
    bins = order.bins(20)
    assert bins.tolist() == sorted(bins.tolist())
    assert set(bins.tolist()) == set(range(20))
    sizes = np.bincount(bins[order.place])
    assert sizes.max() < 2 * sizes.min()


def test_bins_move_the_auc_by_almost_nothing() -> None:
    draw = np.random.default_rng(2)
    scores = draw.random(200_000)
    truth = draw.random(200_000) < scores
    order = ranking.ranked(scores, truth)
    bins = order.bins(1000)
    counts = [np.bincount(bins, one).astype(float) for one in (order.positives, order.negatives)]
    exact = ranking.auc(order.positives, order.negatives)
    assert ranking.auc(*counts) == pytest.approx(float(exact), abs=1e-5)


def test_no_rows_have_no_figures() -> None:
    order = ranking.ranked(np.empty(0), np.empty(0, dtype=bool))
    assert order.rows == 0
    assert np.isnan(ranking.auc(order.positives, order.negatives))
