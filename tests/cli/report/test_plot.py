"""The plot's geometry."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.cli.report.plot import TALL, WIDTH, Line, draw

START = datetime(2013, 3, 4, tzinfo=UTC)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(1, 40))
def test_every_point_lies_inside_the_picture(values: list[float], days: int) -> None:
    points = [(START + timedelta(days=days * i), value) for i, value in enumerate(values)]
    svg = draw("t", [Line("a", "l0", points)])
    path = svg.split('points="')[1].split('"')[0]
    for pair in path.split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= TALL


def test_the_last_date_is_not_cut_by_the_edge() -> None:
    svg = draw("t", [Line("a", "l0", [(START + timedelta(days=7 * i), 1.0) for i in range(5)])])
    last = svg.split("<text")[-1]
    assert ('text-anchor="end"' in last, "01 Apr" in last) == (True, True)


def test_one_point_is_no_plot() -> None:
    assert not draw("t", [Line("a", "l0", [(START, 1.0)])])
    assert not draw("t", [])
