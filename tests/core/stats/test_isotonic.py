"""Isotonic regression agrees with scikit-learn's, and rises whatever it is given."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from tenure.core.stats.isotonic import fit

ROWS = st.lists(st.tuples(st.integers(0, 30), st.integers(-5, 5)), min_size=1, max_size=60)


@given(ROWS)
def test_it_is_scikit_learns(rows: list[tuple[int, int]]) -> None:
    scores, seen = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, seen)
    asked = np.linspace(-1, 31, 65)
    np.testing.assert_allclose(fit(scores, seen)(asked), theirs.predict(asked), atol=1e-9)


@given(ROWS, st.integers(1, 5))
def test_in_bins_it_rises_and_keeps_the_mean(rows: list[tuple[int, int]], bins: int) -> None:
    scores, seen = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    found = fit(scores, seen, bins)
    assert len(found.x) <= bins
    assert np.all(np.diff(found.x) > 0)
    assert np.all(np.diff(found.y) >= -1e-12)
    assert seen.min() - 1e-9 <= found.y[0] <= found.y[-1] <= seen.max() + 1e-9
