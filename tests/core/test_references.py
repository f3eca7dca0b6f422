"""References: kept as bytes exactly, and windows as long as the traffic needs them to be."""

import pytest

from tenure.core.references import Quiet, Reference, from_bytes, to_bytes, window_days
from tests.core.test_layouts import LAYOUT, same, tally


def test_a_reference_comes_back_from_its_bytes_as_it_was() -> None:
    whole = tally([(1.5, "a"), (-7.0, "x")])
    before = Reference(LAYOUT, whole, 7, {"wind": Quiet(1.25, 0.1, 8.5)}, {"wind": 0.75})
    after = from_bytes(to_bytes(before))
    assert same(after.whole, whole)
    assert after.quiet == before.quiet
    assert (after.days, after.importance) == (7, {"wind": 0.75})
    assert after.places == {"wind": 0, "dest": 1, "empty": 2}
    assert to_bytes(after) == to_bytes(before)


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="no reference of format 1"):
        from_bytes(b'{"format": 2}')


@pytest.mark.parametrize(
    ("rows", "days", "length"),
    [(1_500, 10, 1), (1_490, 10, 7), (400, 60, 30), (1, 60, 30), (5, 0, 30)],
)
def test_a_window_is_as_short_as_its_rows_allow(rows: int, days: int, length: int) -> None:
    assert window_days(rows, days) == length
