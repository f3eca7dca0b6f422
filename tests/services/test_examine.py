"""A candidate is examined as closely as clauses ask, and what is found decides."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.policies import Clause, Policy
from tenure.core.signatures import Signature
from tenure.core.stats.losses import Floats
from tenure.core.studies import StudyState
from tenure.services.examine import Judged, examined
from tests.services.conftest import Begin
from tests.small.house import spec_of

KINDS = ("slices", "fairness", "calibration", "robustness")
COLUMNS = (Column("x", ColumnType.FLOAT), Column("place", ColumnType.CATEGORY))


def judged(task: Task) -> Judged:
    """Rows of two places; in one of them answers are of no use."""
    draw = np.random.default_rng(5)
    count, classes = 3000, {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c")}
    x, place = draw.normal(size=count), draw.choice(["here", "there"], count)
    labels = {
        Task.BINARY: (x > 0).astype(float),
        Task.MULTICLASS: np.digitize(x, [-0.5, 0.5]).astype(float),
        Task.REGRESSION: x,
    }[task]
    rows = pl.DataFrame({"x": x, "place": place})
    signature = Signature(task, COLUMNS, "y", classes.get(task, ()))
    metric = "mae" if task is Task.REGRESSION else "log_loss"
    days = np.arange(count) // 100
    outputs = answers(signature)(rows)
    return Judged(signature, metric, rows, labels, outputs, days)


def answers(signature: Signature) -> Any:
    """A model that knows nothing of one place."""

    def ask(rows: pl.DataFrame) -> Floats:
        x = np.where(rows["place"].to_numpy() == "there", 0.0, np.nan_to_num(rows["x"].to_numpy()))
        if signature.task is Task.REGRESSION:
            return x[:, None]
        if signature.task is Task.BINARY:
            return 1.0 / (1.0 + np.exp(-4.0 * x[:, None]))
        powers = np.exp(-2.0 * np.abs(x[:, None] - np.array([-1.0, 0.0, 1.0])))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    return ask


def asking(*kinds: str) -> Policy:
    clauses = [Clause(kind, "evidence_present", {"kind": kind}) for kind in kinds]
    for name in ("place", "gone"):
        fact = f"{name}.loss_difference"
        clauses.append(Clause(name, "fact_max", {"kind": "fairness", "fact": fact, "value": 0.1}))
    return Policy(tuple(clauses))


@pytest.mark.parametrize("task", list(Task))
def test_every_kind_finds_what_is_wrong_with_a_task(task: Task) -> None:
    rows = judged(task)
    found = examined(asking(*KINDS), rows, answers(rows.signature), 1)
    assert set(found) == set(KINDS)
    assert "place = there" in str(found["slices"]["worst"])
    assert float(found["fairness"]["place.loss_difference.low"] or 0) > 0.1
    assert found["fairness"]["gone.why"] == "the dataset has no such column"
    assert float(found["robustness"]["missing.x"] or 0) > 0.1
    assert float(found["robustness"]["noisy"] or 0) > 0.0
    figure = "bias" if task is Task.REGRESSION else "calibration_error"
    assert found["calibration"][figure] is not None
    assert ("place.demographic_parity_ratio" in found["fairness"]) is (task is Task.BINARY)


def test_nothing_is_computed_that_no_clause_asks_for() -> None:
    def never(_: pl.DataFrame) -> Floats:
        raise AssertionError

    rows = judged(Task.BINARY)
    assert examined(Policy((Clause("c", "beats_baseline"),)), rows, never, 1) == {}
    assert set(examined(asking("slices"), rows, never, 1)) == {"slices", "fairness"}


def test_a_clause_on_a_closer_look_decides_with_its_figures(fresh_life: Begin) -> None:
    def clause(kind: str, fact: str, value: float) -> dict[str, Any]:
        return {"require": "fact_max", "kind": kind, "fact": fact, "value": value}

    gate = {
        "holdout": "5d",
        "calibrated": clause("calibration", "calibration_error", 0.9),
        "even": clause("slices", "rows", 1e9),
        "robust": clause("robustness", "noisy.high", -9.0),
    }
    life = fresh_life(spec_of(gate=gate))
    life.declare()
    life.work()
    (study,) = life.studies()
    assert study.state is StudyState.REFUSED
    assert study.reason.startswith("noisy.high of the robustness is ")
    kinds = {e.kind for e in life.read(lambda w: w.evidence.list(life.tenant, model_id=life.model))}
    assert kinds >= {"calibration", "slices", "robustness"}
    assert "fairness" not in kinds
