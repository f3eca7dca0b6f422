"""Comparing two tables: every column gets a verdict, whatever the tables look like."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.tables.columns import FrameColumns
from tenure.core.comparisons import Comparison
from tenure.core.drift import Rules
from tenure.core.errors import TenureError
from tenure.core.shifts import Verdict
from tenure.services.drift import compare

DRAW = np.random.default_rng(9)
X = DRAW.normal(size=1_000)


def told(name: str, rows: int, of: int | None) -> None:
    pass


def compared(reference: Any, current: Any, by: str | None = None, *only: str) -> Comparison:
    tables = FrameColumns(pa.table(reference), "reference"), FrameColumns(pa.table(current), "now")
    return compare(*tables, rules=Rules(), by=by, only=only, told=told)


def verdict(reference: Any, current: Any) -> tuple[Verdict, str]:
    one = compared({"x": reference}, {"x": current}).columns[0]
    return one.verdict, one.reason


DRIFTED, STEADY, NOT_ENOUGH = Verdict.DRIFTED, Verdict.STEADY, Verdict.NOT_ENOUGH
ONES, FLAGS = np.ones(1_000), DRAW.random(1_000) < 0.3
STRANGE = np.where(np.arange(1_000) % 4 == 0, np.inf, X)


@pytest.mark.parametrize(
    ("reference", "current", "wanted"),
    [
        (ONES, ONES, STEADY),
        (ONES, ONES * 1.1, DRIFTED),
        (pa.nulls(1_000), pa.nulls(1_000), NOT_ENOUGH),
        (pa.nulls(1_000, pa.float64()), X, DRIFTED),
        (X, pa.nulls(1_000), DRIFTED),
        ([1.0], [2.0], NOT_ENOUGH),
        (X, X[:0], NOT_ENOUGH),
        (X[:0], X[:0], NOT_ENOUGH),
        (X, STRANGE, DRIFTED),
        (STRANGE, STRANGE, STEADY),
        (X * 1e307, X * 1e307, STEADY),
        (X * 1e-310, X * 1e-310, STEADY),
        (np.where(X > 0, 0.0, -0.0), np.zeros(1_000), STEADY),
        (FLAGS, FLAGS.astype(float), STEADY),
        (FLAGS.astype(int), FLAGS, STEADY),
        (FLAGS, ~FLAGS, DRIFTED),
        (X, [str(v) for v in X], STEADY),
        (X, [str(v).replace(".", ",") for v in X], DRIFTED),
        (["1", "2"] * 500, [1, 2] * 500, STEADY),
        (X[:150], np.tile(X[:150], 100), STEADY),
        ([f"k{i}" for i in range(1_000)], [f"z{i}" for i in range(1_000)], STEADY),
        (["a", "b"] * 500, ["a", "c"] * 500, DRIFTED),
        (["a", None] * 500, ["a", "a"] * 500, DRIFTED),
    ],
)
@pytest.mark.filterwarnings("error")
def test_an_odd_column_gets_the_right_verdict(
    reference: Any, current: Any, wanted: Verdict
) -> None:
    found, reason = verdict(reference, current)
    assert found is wanted, reason


def test_a_million_levels_are_no_trouble() -> None:
    many = [f"k{i}" for i in range(1_000_000)]
    assert verdict(many, many[::-1])[0] is STEADY


def test_columns_of_one_side_are_told() -> None:
    found = compared({"a": X, "b": X}, {"a": X, "c": X, "d": [[1]] * 1_000})
    verdicts = {one.column: (one.verdict, one.reason) for one in found.columns}
    assert verdicts["b"] == (DRIFTED, "the current data do not have this column")
    assert verdicts["c"] == (Verdict.NOT_JUDGED, "the reference does not have it")
    assert verdicts["a"][0] is STEADY


def test_times_are_shown_and_not_judged_unless_they_are_no_times() -> None:
    days = np.arange("2013-01-01", "2015-09-28", dtype="datetime64[D]")
    assert verdict(pa.array(days), pa.array(days))[0] is Verdict.NOT_JUDGED
    assert verdict(pa.array(days), X)[0] is DRIFTED


def test_a_drift_in_one_segment_is_found_there() -> None:
    segment = ["u", "v"] * 2_000
    rows = DRAW.normal(size=4_000)
    moved = np.where(np.asarray(segment) == "u", rows + 1, rows)
    found = compared({"x": rows, "s": segment}, {"x": moved, "s": segment}, "s")
    verdicts = {one.segment: one.verdict for one in found.columns}
    assert verdicts == {"": DRIFTED, "u": DRIFTED, "v": STEADY}


@pytest.mark.parametrize(("by", "only"), [("z", ()), (None, ("z",)), ("only", ())])
def test_a_column_that_is_not_there_is_refused(by: str | None, only: tuple[str, ...]) -> None:
    with pytest.raises(TenureError) as caught:
        compared({"x": X, "only": ["a"] * 1_000}, {"x": X}, by, *only)
    assert caught.value.code == "drift.no_column"
