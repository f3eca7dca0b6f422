"""The page of runs draws what each logged over steps, and escapes all of it."""

from dataclasses import replace

from tenure.core.runs import Courses, Row, SideBySide
from tenure.core.told import Course
from tenure.pages.runs import page

FOUND = SideBySide(
    runs=("rn_1", "rn_2"),
    pinned=(Row("code", ("<b>", "<b>"), differs=False),),
    params=(Row("leaves", (6, None), differs=True), Row("rate", (0.1, 0.1), differs=False)),
    metrics=(Row("loss", (0.5, 0.25), differs=True),),
    courses=(Courses("loss", (Course("loss", (0, 1), (1.0, 0.5)), None)),),
)


def test_runs_stand_beside_each_other_with_a_line_for_what_each_logged() -> None:
    html = page("acme/late", FOUND)
    assert html.count("<polyline") == 1
    assert "Parameters that differ" in html
    assert "Parameters that do not" in html
    assert "&lt;b&gt;</td>" in html
    assert "<td></td>" in html, "a run without the parameter"
    assert "<polyline" not in page("acme/late", replace(FOUND, courses=()))
