"""Thresholds in double precision decide as the library does after rounding to single."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenure.adapters.frameworks.foreign import singles

ANY = st.floats(-1e30, 1e30)


@given(ANY, ANY)
def test_at_most_is_what_rounding_and_comparing_says(threshold: float, value: float) -> None:
    (edge,) = singles.at_most(np.array([threshold]))
    near = [value, edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf)]
    for one in near:
        assert (one <= edge) == (float(np.float32(one)) <= threshold)


@given(st.floats(-(2.0**99), 2.0**99, width=32), ANY)
def test_below_is_what_rounding_and_comparing_says(threshold: float, value: float) -> None:
    (edge,) = singles.below(np.array([threshold]))
    for one in [value, edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf)]:
        assert (one <= edge) == (np.float32(one) < np.float32(threshold))
