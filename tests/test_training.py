"""What training code is written against works without a house."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from tenure.core.errors import TenureError
from tenure.core.told import MOST_POINTS
from tenure.training import Context, Result, params_for

ROWS = {"x": [1.0, 2.0, 3.0], "town": ["a", None, "b"], "y": ["no", "yes", "no"]}


@dataclass
class Params:
    depth: int = 3
    rate: float = 0.1


def train(context: Context, params: Params) -> Result:
    return Result(params.depth)


def bare(context, params):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as people write it
    return Result(params)


@pytest.mark.parametrize("rows", [ROWS, pl.DataFrame(ROWS), pa.table(ROWS)])
def test_any_frame_makes_a_context(rows: object) -> None:
    context = Context.of(rows, target="y")
    assert context.features.column_names == ["x", "town"]
    assert context.classes == ("no", "yes")
    assert context.target.tolist() == [0, 1, 0]
    assert list(context.pandas().columns) == ["x", "town"]


def test_numbers_are_predicted_as_they_are() -> None:
    context = Context.of({"x": [1, 2], "y": [0.5, 2.5]}, target="y")
    assert (context.classes, context.target.tolist()) == ((), [0.5, 2.5])


def test_metrics_parameters_and_artifacts_are_kept() -> None:
    context = Context.of(ROWS, target="y")
    for step in range(3):
        context.log_metric("loss", 1 / (step + 1), step=step)
    context.log_param("trees", 12)
    context.log_artifact("notes.txt", "fine")
    assert [(point.step, round(point.value, 2)) for point in context.points] == [
        (0, 1.0),
        (1, 0.5),
        (2, 0.33),
    ]
    assert (context.params, context.artifacts) == ({"trees": 12}, {"notes.txt": b"fine"})


def test_what_is_no_metric_and_no_file_is_refused() -> None:
    context = Context.of(ROWS, target="y")
    for name, value in (("", 1.0), ("loss", np.nan), ("loss", np.inf)):
        with pytest.raises(TenureError, match=r"run\.bad_metric"):
            context.log_metric(name, value)
    for name in ("../x", "", "/etc/x"):
        with pytest.raises(TenureError, match=r"run\.bad_artifact"):
            context.log_artifact(name, b"")
    with pytest.raises(TenureError, match="32 MiB"):
        context.log_artifact("big", bytes(32 * 1024**2 + 1))
    for step in range(MOST_POINTS):
        context.log_metric("loss", 0.0, step=step)
    with pytest.raises(TenureError, match="more than"):
        context.log_metric("loss", 0.0)


def test_parameters_are_built_as_they_are_declared() -> None:
    assert params_for(train, {}) == Params()
    assert params_for(train, {"rate": 1}) == Params(rate=1.0)
    assert params_for(bare, {"anything": "goes"}) == {"anything": "goes"}


@pytest.mark.parametrize("given", [{"depht": 3}, {"depth": 3.5}, {"depth": "deep"}])
def test_a_parameter_that_is_not_declared_so_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(TenureError) as caught:
        params_for(train, given)
    assert caught.value.code == "run.bad_param"
    assert caught.value.hint == "known: depth, rate"
