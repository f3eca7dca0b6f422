"""Plots: ticks are round, what is not finite is not drawn, texts are escaped."""

from xml.etree import ElementTree as ET

import pytest

from tenure.pages.axes import Axis, Dot, Line, plot, ticks, whisker


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [
        (0.0, 1.0, "0.0", "1.0"),
        (0.43, 0.61, "0.45", "0.60"),
        (-3.0, 12_000.0, "0", "10,000"),
        (1e-6, 3e-6, "0.0000010", "0.0000030"),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, first: str, last: str) -> None:
    found = ticks(low, high)
    assert (found[0][1], found[-1][1]) == (first, last)
    assert all(low - 1e-9 <= at <= high + 1e-9 for at, _ in found)
    assert 2 <= len(found) <= 6


def test_a_plot_is_well_formed_and_has_what_is_finite() -> None:
    nan = float("nan")
    drawn = plot(
        "a <b>",
        Axis("x & y"),
        Axis("share", 0.0, 1.0, shares=True),
        [Line([(0.0, 0.1), (1.0, nan), (2.0, 0.9)], "l0", "<line>")],
        [Dot(1.0, 0.5, 0.4, 0.6, "here"), Dot(nan, 0.5)],
        [(1.5, "now")],
    )
    tree = ET.fromstring(drawn)  # noqa: S314  # ours
    assert len((tree.find("polyline") or ET.Element("x")).get("points", "").split()) in {0, 2}
    assert len(tree.findall(".//circle")) == 1
    assert tree.get("aria-label") == "a <b>"
    assert any((text.text or "") == "100 %" for text in tree.iter("text"))


def test_nothing_finite_is_no_plot() -> None:
    assert plot("x", Axis("x"), Axis("y"), [Line([(float("nan"), 1.0)])]) == ""
    assert whisker(0.0, None, 1.0, (0.0, 1.0)) == ""
    assert whisker(0.0, 0.5, 1.0, (1.0, 1.0)) == ""


def test_a_constant_has_room_around_it() -> None:
    assert "circle" in plot("x", Axis("x"), Axis("y"), dots=[Dot(3.0, 0.0)])
