"""Runs beside each other tell what differs, and nothing of what no run has."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tenure.core.errors import TenureError
from tenure.core.runs import compare
from tenure.core.studies import Logged, Run, RunState
from tenure.core.told import Course

AT = datetime(2024, 1, 1, tzinfo=UTC)
PARAMS: dict[str, object] = {"leaves": 6}
PINNED = ("ds_1", "code", PARAMS, 7, "10d", None, AT, AT, AT)
ONE = Run("rn_1", "t", "m", "st_1", RunState.SUCCEEDED, *PINNED, code_digest="sha256:a", loss=0.5)
OTHER = replace(ONE, id="rn_2", params={"leaves": 8}, logged=Logged({"trees": 3}, {}), loss=0.4)
WENT = Course("loss", (0, 1), (0.9, 0.5))


def test_what_differs_is_told_from_what_does_not() -> None:
    found = compare([ONE, OTHER], [[WENT], []], metric="log_loss", numbers={"ds_1": 3})
    assert found.runs == ("rn_1", "rn_2")
    params = {row.name: (row.values, row.differs) for row in found.params}
    assert params == {"leaves": ((6, 8), True), "trees": ((None, 3), True)}
    pinned = {row.name: row for row in found.pinned}
    assert pinned["data"].values == ("version 3 (ds_1)",) * 2
    assert not pinned["code digest"].differs
    assert "error" not in pinned, "neither run has one"
    (metric,) = found.metrics
    assert (metric.name, metric.values) == ("log_loss on the rows that judged", (0.5, 0.4))


def test_a_metric_of_one_value_has_no_course() -> None:
    once = Course("accuracy", (0,), (0.7,))
    found = compare([ONE, OTHER], [[WENT, once], [once]], metric="log_loss", numbers={})
    assert [(one.metric, one.runs) for one in found.courses] == [("loss", (WENT, None))]


@pytest.mark.parametrize("runs", [[ONE], [ONE] * 5])
def test_so_many_runs_are_not_compared(runs: list[Run]) -> None:
    with pytest.raises(TenureError, match=r"run\.too_many"):
        compare(runs, [[] for _ in runs], metric="log_loss", numbers={})
